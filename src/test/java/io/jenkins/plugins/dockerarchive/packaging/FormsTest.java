package io.jenkins.plugins.dockerarchive.packaging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.model.Describable;
import hudson.model.Descriptor;
import java.beans.Introspector;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.interceptor.RequirePOST;
import org.kohsuke.stapler.verb.POST;

/** Every field that Jenkins binds can be read back, has a place in the form and a help text, and is checked safely. */
class FormsTest {
    private static final Pattern FIELD =
            Pattern.compile("<f:(entry|property|optionalProperty|repeatableProperty)\\b[^>]*\\bfield=\"(\\w+)\"");

    private static final Pattern INCLUDE = Pattern.compile("<st:include\\b[^>]*\\bpage=\"([^\"]+)\"");

    @Test
    void everyBoundFieldHasGetterHelpAndEntry() {
        List<String> problems = new ArrayList<>();
        int fields = 0;
        for (Class<?> type : describables()) {
            // an optional job property has its checkbox from Jenkins, and only what is below it from us
            String form =
                    form(type, "config.jelly", new TreeSet<>()) + form(type, "config-details.jelly", new TreeSet<>());
            Set<String> inForm = new TreeSet<>();
            Set<String> nested = new TreeSet<>();
            for (Matcher found = FIELD.matcher(form); found.find(); ) {
                inForm.add(found.group(2));
                if (found.group(1).equals("property")) {
                    nested.add(found.group(2)); // the form of the value itself, which has its own help
                }
            }
            for (String field : boundFields(type)) {
                fields++;
                String name = type.getSimpleName() + "." + field;
                if (!hasGetter(type, field)) {
                    problems.add(name + " has no getter");
                }
                if (!inForm.contains(field)) {
                    problems.add(name + " is not in config.jelly");
                }
                if (!nested.contains(field) && !hasHelp(type, field)) {
                    problems.add(name + " has no help-" + field + ".html");
                }
            }
        }
        assertEquals(List.of(), problems);
        assertTrue(fields > 0, "no bound field was found");
    }

    @Test
    void oneConstructorIsBound() {
        List<String> problems = new ArrayList<>();
        for (Class<?> type : classes()) {
            List<Constructor<?>> bound = boundConstructors(type);
            if (bound.size() > 1) {
                problems.add(type + " has several bound constructors");
            }
            for (Constructor<?> constructor : bound) {
                if (!Modifier.isPublic(constructor.getModifiers()) || Modifier.isAbstract(type.getModifiers())) {
                    problems.add(constructor + " is not public or makes nothing");
                }
            }
        }
        assertEquals(List.of(), problems);
    }

    @Test
    void questionsOfFormsComeByPost() {
        List<String> problems = new ArrayList<>();
        int questions = 0;
        for (Class<?> type : classes()) {
            for (Method method : type.getDeclaredMethods()) {
                if (method.isSynthetic()
                        || !method.getName().matches("do(Check|Fill|Test|Delete|AutoComplete)[A-Z].*")) {
                    continue;
                }
                questions++;
                if (!method.isAnnotationPresent(POST.class) && !method.isAnnotationPresent(RequirePOST.class)) {
                    problems.add(method + " is not @POST");
                }
                if (!Modifier.isPublic(method.getModifiers())) {
                    problems.add(method + " is not public");
                }
            }
        }
        assertEquals(List.of(), problems);
        assertTrue(questions > 0, "no question was found");
    }

    private static List<Class<?>> describables() {
        return classes().stream()
                .filter(Describable.class::isAssignableFrom)
                .filter(type -> !Modifier.isAbstract(type.getModifiers()))
                .toList();
    }

    private static List<Class<?>> classes() {
        List<Class<?>> classes = new ArrayList<>();
        for (Path file : ProjectFiles.find(ProjectFiles.SOURCES, "[A-Z].*\\.java")) {
            String name = ProjectFiles.SOURCES.relativize(file).toString().replaceAll("[/\\\\]", ".");
            addWithNested(load(name.substring(0, name.length() - ".java".length())), classes);
        }
        return classes;
    }

    private static Class<?> load(String name) {
        try {
            return Class.forName(name, false, FormsTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    private static void addWithNested(Class<?> type, List<Class<?>> classes) {
        classes.add(type);
        for (Class<?> nested : type.getDeclaredClasses()) {
            addWithNested(nested, classes);
        }
    }

    private static List<Constructor<?>> boundConstructors(Class<?> type) {
        return Arrays.stream(type.getDeclaredConstructors())
                .filter(constructor -> constructor.isAnnotationPresent(DataBoundConstructor.class))
                .toList();
    }

    private static Set<String> boundFields(Class<?> type) {
        Set<String> names = new TreeSet<>();
        for (Constructor<?> constructor : boundConstructors(type)) {
            for (Parameter parameter : constructor.getParameters()) {
                assertTrue(parameter.isNamePresent(), "compiled with -parameters");
                names.add(parameter.getName());
            }
        }
        for (Class<?> t = type; t != null; t = t.getSuperclass()) {
            for (Method method : t.getDeclaredMethods()) {
                if (method.isAnnotationPresent(DataBoundSetter.class)) {
                    names.add(Introspector.decapitalize(method.getName().substring("set".length())));
                }
            }
            for (Field field : t.getDeclaredFields()) {
                if (field.isAnnotationPresent(DataBoundSetter.class)) {
                    names.add(field.getName());
                }
            }
        }
        return names;
    }

    private static boolean hasGetter(Class<?> type, String field) {
        return Stream.of(type.getMethods())
                .filter(method -> method.getParameterCount() == 0)
                .filter(method -> method.getName().matches("(get|is)[A-Z].*"))
                .map(method -> Introspector.decapitalize(method.getName().replaceFirst("get|is", "")))
                .anyMatch(field::equals);
    }

    /** The text of a view with what it includes. */
    private static String form(Class<?> type, String page, Set<Path> seen) {
        Path view = view(List.of(type), page);
        return view == null ? "" : form(type, view, seen);
    }

    private static String form(Class<?> type, Path view, Set<Path> seen) {
        if (!seen.add(view)) {
            return "";
        }
        StringBuilder form = new StringBuilder(ProjectFiles.read(view));
        for (Matcher include = INCLUDE.matcher(form.toString()); include.find(); ) {
            boolean ofAnotherClass = include.group().contains(" class=");
            for (Class<?> owner : ofAnotherClass ? shownInstead(type) : List.<Class<?>>of(type)) {
                form.append(form(owner, include.group(1), seen));
            }
        }
        return form.toString();
    }

    private static boolean hasHelp(Class<?> type, String field) {
        List<Class<?>> owners = new ArrayList<>(List.of(type));
        owners.addAll(shownInstead(type));
        return view(owners, "help-" + field + ".html") != null;
    }

    /** Where Jenkins finds a view: beside the class, its descriptor's, or a superclass of one of them. */
    private static Path view(List<Class<?>> types, String page) {
        for (Class<?> type : types) {
            for (Class<?> start : withDescriptors(type)) {
                for (Class<?> t = start; t != null; t = t.getSuperclass()) {
                    Path view = ProjectFiles.RESOURCES.resolve(t.getName().replaceAll("[.$]", "/") + "/" + page);
                    if (Files.isRegularFile(view)) {
                        return view;
                    }
                }
            }
        }
        return null;
    }

    private static List<Class<?>> withDescriptors(Class<?> type) {
        List<Class<?>> classes = new ArrayList<>(List.of(type));
        for (Class<?> nested : type.getDeclaredClasses()) {
            if (Descriptor.class.isAssignableFrom(nested)) {
                classes.add(nested);
            }
        }
        return classes;
    }

    /** A build step shows the form and help of the Pipeline step it is made for: its type argument. */
    private static List<Class<?>> shownInstead(Class<?> type) {
        List<Class<?>> shown = new ArrayList<>();
        for (Class<?> t = type; t != null; t = t.getSuperclass()) {
            if (t.getGenericSuperclass() instanceof ParameterizedType parameterized) {
                for (Type argument : parameterized.getActualTypeArguments()) {
                    if (argument instanceof Class<?> other && Describable.class.isAssignableFrom(other)) {
                        shown.add(other);
                    }
                }
            }
        }
        return shown;
    }
}
