package io.jenkins.plugins.dockerarchive.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Constructor;
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
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The classes that the hermetic build makes run on the real Jenkins: compiled against hermetic/jenkins-api as they are
 * there, each of them is verified by this Java, and whatever its constant pool names is in the real API and may be used
 * from there.
 */
class LinkageTest {

    private static final Path ROOT = Path.of(System.getProperty("docker.archive.root", "."));
    private static final Path STUBS = ROOT.resolve("hermetic/jenkins-api/src/main/java");
    private static final String PACKAGE = "io.jenkins.plugins.dockerarchive.";
    private static final Pattern CLASS_IN_DESCRIPTOR = Pattern.compile("L([\\w/$]+);");
    private static final Pattern DESCRIPTOR =
            Pattern.compile("(?:\\((?:\\[*(?:[BCDFIJSZ]|L[\\w/$]+;))*\\))?\\[*(?:[BCDFIJSZV]|L[\\w/$]+;)");

    private final Set<String> problems = new TreeSet<>();

    @Test
    void everyClassLinks(@TempDir Path directory) throws Exception {
        Path stubs = Files.createDirectory(directory.resolve("stubs"));
        Path plugin = Files.createDirectory(directory.resolve("plugin"));
        String real = System.getProperty("java.class.path");
        compile(STUBS, stubs, real);
        // The stubs come first, and with them the types and members that the hermetic build would name.
        compile(ROOT.resolve("src/main/java"), plugin, stubs + System.getProperty("path.separator") + real);
        List<String> names = names(plugin);
        assertTrue(names.size() > 100, () -> "classes of the plugin: " + names);
        try (PluginLoader loader = new PluginLoader(plugin)) {
            for (String name : names) {
                link(name, loader);
            }
        }
        assertEquals("", String.join("\n", problems));
    }

    private static void compile(Path sources, Path classes, String classPath) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter log = new StringWriter();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, null);
                Stream<Path> files = Files.walk(sources)) {
            List<Path> all = files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.startsWith(STUBS.resolve("io"))) // tools of the hermetic build
                    .toList();
            List<String> options =
                    List.of("-proc:none", "-nowarn", "-parameters", "-d", classes.toString(), "-cp", classPath);
            assertTrue(
                    compiler.getTask(log, manager, null, options, null, manager.getJavaFileObjectsFromPaths(all))
                            .call(),
                    log::toString);
        }
    }

    private static List<String> names(Path classes) throws IOException {
        try (Stream<Path> files = Files.walk(classes)) {
            return files.map(file -> classes.relativize(file).toString())
                    .filter(name -> name.endsWith(".class"))
                    .map(name ->
                            name.substring(0, name.length() - ".class".length()).replaceAll("[/\\\\]", "."))
                    .filter(name -> !name.endsWith("package-info"))
                    .sorted()
                    .toList();
        }
    }

    private void link(String name, PluginLoader loader) throws IOException {
        Class<?> type;
        try {
            type = Class.forName(name, false, loader);
            type.getDeclaredMethods(); // links, and so verifies, the class without running any of it
            type.getDeclaredConstructors();
            type.getDeclaredFields();
        } catch (ClassNotFoundException | LinkageError e) {
            problems.add(name + ": " + e);
            return;
        }
        checkImplemented(type);
        try (InputStream in = loader.getResourceAsStream(name.replace('.', '/') + ".class")) {
            ConstantPool pool = new ConstantPool(new DataInputStream(in));
            for (String other : pool.classes()) {
                find(type, other, loader);
            }
            for (MemberName member : pool.members()) {
                check(type, member, loader);
            }
        }
    }

    /** A method that nothing implements fails only when somebody calls it. */
    private void checkImplemented(Class<?> type) {
        if (Modifier.isAbstract(type.getModifiers())) {
            return;
        }
        for (Class<?> supertype : supertypes(type)) {
            for (Method method : supertype.getDeclaredMethods()) {
                if (Modifier.isAbstract(method.getModifiers()) && implementation(type, method) == null) {
                    problems.add(type.getName() + " does not implement " + method);
                }
            }
        }
    }

    private static Method implementation(Class<?> type, Method method) {
        return supertypes(type).stream()
                .flatMap(t -> Arrays.stream(t.getDeclaredMethods()))
                .filter(m -> !Modifier.isAbstract(m.getModifiers()))
                .filter(m -> m.getName().equals(method.getName()))
                .filter(m -> descriptor(m).equals(descriptor(method)))
                .findFirst()
                .orElse(null);
    }

    private Class<?> find(Class<?> user, String internalName, ClassLoader loader) {
        try {
            return Class.forName(internalName.replace('/', '.'), false, loader);
        } catch (ClassNotFoundException | LinkageError e) {
            problems.add(user.getName() + " uses " + internalName + ": " + e);
            return null;
        }
    }

    private void check(Class<?> user, MemberName member, ClassLoader loader) {
        Class<?> owner = find(user, member.owner(), loader);
        if (owner == null || owner.isArray()) {
            return; // clone() of arrays is the JVM's own
        }
        if (owner == MethodHandle.class || owner == VarHandle.class) {
            return; // so are their calls, which take any arguments
        }
        Member found = member.resolve(owner);
        String what = user.getName() + " uses " + member;
        if (found == null) {
            problems.add(what + ", which does not exist");
        } else if (!mayUse(user, found)) {
            problems.add(what + ", which it may not: " + found);
        } else if (!member.isField() && member.ofInterface() != owner.isInterface()) {
            problems.add(what + ", whose owner is " + (owner.isInterface() ? "an" : "no") + " interface");
        }
    }

    private static boolean mayUse(Class<?> user, Member member) {
        Class<?> owner = member.getDeclaringClass();
        int modifiers = member.getModifiers();
        boolean neighbours =
                owner.getPackageName().equals(user.getPackageName()) && owner.getClassLoader() == user.getClassLoader();
        if (Modifier.isPublic(modifiers)) {
            return true;
        }
        if (Modifier.isPrivate(modifiers)) {
            return owner.isNestmateOf(user);
        }
        return neighbours || Modifier.isProtected(modifiers) && owner.isAssignableFrom(user);
    }

    /** The type itself first, then what it extends and implements; of an interface, Object as well. */
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
        if (type.isInterface()) {
            all.add(Object.class);
        }
        return all;
    }

    private static String descriptor(Method method) {
        return MethodType.methodType(method.getReturnType(), method.getParameterTypes())
                .toMethodDescriptorString();
    }

    /** What a class names of another one. */
    private record MemberName(String owner, String name, String descriptor, boolean ofInterface) {

        boolean isField() {
            return !descriptor.startsWith("(");
        }

        Member resolve(Class<?> type) {
            Stream<Class<?>> places = supertypes(type).stream();
            if (isField()) {
                return places.flatMap(t -> Arrays.stream(t.getDeclaredFields()))
                        .filter(f -> f.getName().equals(name) && descriptor(f).equals(descriptor))
                        .findFirst()
                        .orElse(null);
            }
            if (name.equals("<init>")) {
                return Arrays.stream(type.getDeclaredConstructors())
                        .filter(c -> descriptor(c).equals(descriptor))
                        .findFirst()
                        .orElse(null);
            }
            return places.flatMap(t -> Arrays.stream(t.getDeclaredMethods()))
                    .filter(m -> m.getName().equals(name)
                            && LinkageTest.descriptor(m).equals(descriptor))
                    .findFirst()
                    .orElse(null);
        }

        private static String descriptor(Field field) {
            return field.getType().descriptorString();
        }

        private static String descriptor(Constructor<?> constructor) {
            return MethodType.methodType(void.class, constructor.getParameterTypes())
                    .toMethodDescriptorString();
        }

        @Override
        public String toString() {
            return owner.replace('/', '.') + "." + name + descriptor;
        }
    }

    /**
     * The names in a class file.
     *
     * @see <a href="https://docs.oracle.com/javase/specs/jvms/se17/html/jvms-4.html#jvms-4.4">The constant pool</a>
     */
    private static final class ConstantPool {
        private final Object[] entries;

        /** One entry: its tag and the places of the entries that it consists of. */
        private record Entry(int tag, int first, int second) {}

        ConstantPool(DataInputStream in) throws IOException {
            in.skipNBytes(8); // magic number and version
            entries = new Object[in.readUnsignedShort()];
            for (int i = 1; i < entries.length; i++) {
                int tag = in.readUnsignedByte();
                switch (tag) {
                    case 1 -> entries[i] = in.readUTF();
                    case 3, 4 -> in.skipNBytes(4);
                    case 5, 6 -> {
                        in.skipNBytes(8);
                        i++; // takes two places
                    }
                    case 7, 8, 16, 19, 20 -> entries[i] = new Entry(tag, in.readUnsignedShort(), 0);
                    case 9, 10, 11, 12, 17, 18 ->
                        entries[i] = new Entry(tag, in.readUnsignedShort(), in.readUnsignedShort());
                    case 15 -> in.skipNBytes(3); // names a member that has an entry of its own
                    default -> throw new IOException("constant " + tag);
                }
            }
        }

        /** Classes by their internal names, those in descriptors and annotations among them. */
        Set<String> classes() {
            Set<String> names = new TreeSet<>();
            for (Object entry : entries) {
                if (entry instanceof Entry named && named.tag() == 7) {
                    names.add(text(named.first()));
                } else if (entry instanceof String text
                        && DESCRIPTOR.matcher(text).matches()) {
                    Matcher matcher = CLASS_IN_DESCRIPTOR.matcher(text);
                    while (matcher.find()) {
                        names.add(matcher.group(1));
                    }
                }
            }
            return names;
        }

        List<MemberName> members() {
            List<MemberName> members = new ArrayList<>();
            for (Object entry : entries) {
                if (entry instanceof Entry reference && reference.tag() >= 9 && reference.tag() <= 11) {
                    Entry name = (Entry) entries[reference.second()];
                    members.add(new MemberName(
                            text(((Entry) entries[reference.first()]).first()),
                            text(name.first()),
                            text(name.second()),
                            reference.tag() == 11));
                }
            }
            return Collections.unmodifiableList(members);
        }

        private String text(int place) {
            return (String) entries[place];
        }
    }

    /** Takes the classes that were compiled here before those of the same name that run in other tests. */
    private static final class PluginLoader extends URLClassLoader {

        PluginLoader(Path classes) throws IOException {
            super(new URL[] {classes.toUri().toURL()}, LinkageTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                if (!name.startsWith(PACKAGE)) {
                    return super.loadClass(name, resolve);
                }
                Class<?> loaded = findLoadedClass(name);
                return loaded == null ? findClass(name) : loaded;
            }
        }

        @Override
        public URL getResource(String name) {
            URL own = findResource(name);
            return own == null ? super.getResource(name) : own;
        }
    }
}
