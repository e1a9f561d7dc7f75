package io.jenkins.plugins.dockerarchive.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.annotation.Retention;
import java.lang.annotation.Target;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What hermetic/jenkins-api says of Jenkins is true: each of its types and members is there in the real API. */
class StubsTest {
    private static final Path STUBS =
            Path.of(System.getProperty("docker.archive.root", "."), "hermetic/jenkins-api/src/main/java");

    private static final int KIND = Modifier.STATIC | Modifier.ABSTRACT | Modifier.FINAL | Modifier.INTERFACE;

    private final List<String> problems = new ArrayList<>();

    @Test
    void everyStubIsTrue(@TempDir Path classes) throws Exception {
        compile(classes);
        List<String> names;
        try (Stream<Path> files = Files.walk(classes)) {
            names = files.map(file -> classes.relativize(file).toString())
                    .filter(name -> name.endsWith(".class"))
                    .map(name ->
                            name.substring(0, name.length() - ".class".length()).replaceAll("[/\\\\]", "."))
                    .sorted()
                    .toList();
        }
        assertTrue(names.size() > 50, () -> "stubs found: " + names);
        try (StubLoader stubs = new StubLoader(classes)) {
            for (String name : names) {
                Class<?> stub = stubs.loadClass(name);
                if (isApi(stub.getModifiers()) && !stub.isAnonymousClass()) {
                    compare(stub);
                }
            }
        }
        assertEquals("", String.join("\n", problems));
    }

    private static void compile(Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter log = new StringWriter();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null);
                Stream<Path> files = Files.walk(STUBS)) {
            List<Path> sources = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !STUBS.relativize(file).startsWith("io")) // tools of the hermetic build
                    .toList();
            List<String> options = List.of(
                    "-proc:none", "-nowarn", "-d", classes.toString(), "-cp", System.getProperty("java.class.path"));
            boolean compiled = compiler.getTask(
                            log, manager, null, options, null, manager.getJavaFileObjectsFromPaths(sources))
                    .call();
            assertTrue(compiled, log::toString);
        }
    }

    private void compare(Class<?> stub) {
        Class<?> real;
        try {
            real = Class.forName(stub.getName(), false, StubsTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            problems.add(stub.getName() + " does not exist");
            return;
        }
        String name = stub.getName();
        if (!stub.isEnum()) { // whose kind depends on bodies of constants
            same(name + ": kind", kind(stub.getModifiers()), kind(real.getModifiers()));
        }
        same(name + ": enum", stub.isEnum(), real.isEnum());
        same(name + ": annotation", stub.isAnnotation(), real.isAnnotation());
        Set<String> supertypes = names(supertypes(real));
        for (Class<?> supertype : supertypes(stub)) {
            if (!supertypes.contains(supertype.getName())) {
                problems.add(name + " is not a " + supertype.getName());
            }
        }
        for (Method method : stub.getDeclaredMethods()) {
            if (isApi(method)) {
                compare(method, real);
            }
        }
        for (Constructor<?> constructor : stub.getDeclaredConstructors()) {
            if (isApi(constructor)
                    && Arrays.stream(real.getDeclaredConstructors())
                            .noneMatch(c ->
                                    isApi(c.getModifiers()) && parameters(c).equals(parameters(constructor)))) {
                problems.add(constructor + " does not exist");
            }
        }
        for (Field field : stub.getDeclaredFields()) {
            if (isApi(field) && !field.getName().equals("serialVersionUID")) {
                compare(field, real);
            }
        }
        if (stub.isAnnotation()) {
            same(name + ": retention", stub.getAnnotation(Retention.class), real.getAnnotation(Retention.class));
            same(name + ": target", targets(stub), targets(real));
        }
    }

    private void compare(Method stub, Class<?> type) {
        Method real = supertypes(type).stream()
                .flatMap(t -> Arrays.stream(t.getDeclaredMethods()))
                .filter(m -> isApi(m.getModifiers()))
                .filter(m -> m.getName().equals(stub.getName()) && parameters(m).equals(parameters(stub)))
                .filter(m ->
                        m.getReturnType().getName().equals(stub.getReturnType().getName()))
                .findFirst()
                .orElse(null);
        if (real == null) {
            problems.add(stub + " does not exist");
            return;
        }
        same(stub + ": static", Modifier.isStatic(stub.getModifiers()), Modifier.isStatic(real.getModifiers()));
        if (real.getDeclaringClass() == type) {
            same(stub + ": kind", kind(stub.getModifiers()), kind(real.getModifiers()));
            same(stub + ": default", stub.isDefault(), real.isDefault());
            same(stub + ": throws", thrown(stub), thrown(real));
            same(stub + ": value", text(stub.getDefaultValue()), text(real.getDefaultValue()));
        }
    }

    private void compare(Field stub, Class<?> type) {
        Field real = supertypes(type).stream()
                .flatMap(t -> Arrays.stream(t.getDeclaredFields()))
                .filter(f -> f.getName().equals(stub.getName()))
                .findFirst()
                .orElse(null);
        if (real == null) {
            problems.add(stub + " does not exist");
            return;
        }
        same(stub + ": type", stub.getType().getName(), real.getType().getName());
        same(stub + ": kind", kind(stub.getModifiers()), kind(real.getModifiers()));
        boolean inlined = stub.getType().isPrimitive() || stub.getType() == String.class;
        if (inlined && Modifier.isStatic(stub.getModifiers()) && Modifier.isFinal(stub.getModifiers())) {
            try {
                stub.setAccessible(true); // constants may be there for subclasses only
                real.setAccessible(true);
                same(stub + ": value", stub.get(null), real.get(null));
            } catch (IllegalAccessException e) {
                problems.add(stub + ": " + e);
            }
        }
    }

    private void same(String what, Object stub, Object real) {
        if (!Objects.equals(stub, real)) {
            problems.add(what + " is " + real + ", not " + stub);
        }
    }

    private static String kind(int modifiers) {
        return Modifier.toString(modifiers & KIND);
    }

    private static boolean isApi(Member member) {
        return isApi(member.getModifiers()) && !member.isSynthetic();
    }

    private static boolean isApi(int modifiers) {
        return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
    }

    private static List<String> parameters(Executable executable) {
        return Arrays.stream(executable.getParameterTypes()).map(Class::getName).toList();
    }

    /** Checked exceptions only: the others are not part of what a caller compiles against. */
    private static Set<String> thrown(Method method) {
        return names(Arrays.stream(method.getExceptionTypes())
                .filter(type -> !RuntimeException.class.isAssignableFrom(type))
                .toList());
    }

    private static Set<String> targets(Class<?> annotation) {
        return Arrays.stream(annotation.getAnnotation(Target.class).value())
                .map(Enum::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String text(Object annotationDefault) {
        return annotationDefault == null ? null : annotationDefault.toString();
    }

    private static Set<String> names(Iterable<Class<?>> types) {
        Set<String> names = new TreeSet<>();
        types.forEach(type -> names.add(type.getName()));
        return names;
    }

    /** The type itself first, then what it extends and implements. */
    private static Set<Class<?>> supertypes(Class<?> type) {
        Set<Class<?>> all = new LinkedHashSet<>();
        for (Class<?> t = type; t != null; t = t.getSuperclass()) {
            all.add(t);
        }
        for (Class<?> t : List.copyOf(all)) {
            for (Class<?> i : t.getInterfaces()) {
                all.addAll(supertypes(i));
            }
        }
        return all;
    }

    /** Takes stubs before the real types of the same name. */
    private static final class StubLoader extends URLClassLoader {
        private final Path classes;

        StubLoader(Path classes) throws IOException {
            super(new URL[] {classes.toUri().toURL()}, StubsTest.class.getClassLoader());
            this.classes = classes;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!Files.exists(classes.resolve(name.replace('.', '/') + ".class"))) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }
    }
}
