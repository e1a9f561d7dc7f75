package io.jenkins.plugins.dockerarchive.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.FilePath;
import hudson.model.Action;
import hudson.model.Describable;
import hudson.model.Descriptor;
import hudson.remoting.Callable;
import io.jenkins.plugins.dockerarchive.engine.ClientCertificates;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.operations.LayerRoute;
import java.io.ByteArrayOutputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.reflect.Field;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import jenkins.agents.ControllerToAgentFileCallable;
import org.jenkinsci.plugins.workflow.steps.Step;
import org.jenkinsci.plugins.workflow.steps.StepExecution;
import org.junit.jupiter.api.Test;

/**
 * Which objects travel between controller and agents and which are written down, found among all classes of the plugin:
 * the first go in one direction and may carry secrets, the second never do.
 */
class CallablesTest {

    private static final String PACKAGE = "io.jenkins.plugins.dockerarchive.";

    private static List<Class<?>> classes() throws Exception {
        URI place = ClientCertificates.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI();
        Path path = Path.of(place);
        if (Files.isDirectory(path)) {
            return classes(path);
        }
        try (FileSystem jar = FileSystems.newFileSystem(path)) {
            return classes(jar.getPath("/"));
        }
    }

    private static List<Class<?>> classes(Path root) throws Exception {
        List<Class<?>> classes = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted().toList()) {
                String name = root.relativize(file).toString().replace('\\', '/');
                if (name.startsWith(PACKAGE.replace('.', '/')) && name.endsWith(".class")) {
                    String type =
                            name.substring(0, name.length() - ".class".length()).replace('/', '.');
                    classes.add(Class.forName(type, false, CallablesTest.class.getClassLoader()));
                }
            }
        }
        assertTrue(classes.size() > 200, "the classes of the plugin: " + classes.size());
        return classes;
    }

    private static List<Class<?>> callables() throws Exception {
        return classes().stream()
                .filter(type -> !type.isInterface() && !Modifier.isAbstract(type.getModifiers()))
                .filter(type ->
                        FilePath.FileCallable.class.isAssignableFrom(type) || Callable.class.isAssignableFrom(type))
                .toList();
    }

    /** The types of a class's own fields that are written with it, and of theirs, type arguments included. */
    private static Set<Class<?>> reach(Type type) {
        Set<Class<?>> reached = new LinkedHashSet<>();
        reach(type, reached);
        return reached;
    }

    private static void reach(Type type, Set<Class<?>> reached) {
        if (type instanceof ParameterizedType generic) {
            reach(generic.getRawType(), reached);
            for (Type argument : generic.getActualTypeArguments()) {
                reach(argument, reached);
            }
        } else if (type instanceof WildcardType wildcard) {
            for (Type bound : wildcard.getUpperBounds()) {
                reach(bound, reached);
            }
        } else if (type instanceof GenericArrayType array) {
            reach(array.getGenericComponentType(), reached);
        } else if (type instanceof Class<?> found
                && reached.add(found)
                && found.getName().startsWith(PACKAGE)) {
            for (Class<?> own = found; own != null; own = own.getSuperclass()) {
                for (Field field : own.getDeclaredFields()) {
                    if (!Modifier.isStatic(field.getModifiers()) && !Modifier.isTransient(field.getModifiers())) {
                        reach(field.getGenericType(), reached);
                    }
                }
            }
        }
    }

    private static boolean carriesSecrets(Class<?> type) {
        return reach(type).contains(ClientCertificates.class);
    }

    @Test
    void everythingThatIsCalledGoesFromTheControllerToAnAgent() throws Exception {
        List<Class<?>> callables = callables();
        assertTrue(callables.size() >= 8, callables.toString());
        for (Class<?> callable : callables) {
            assertTrue(ControllerToAgentFileCallable.class.isAssignableFrom(callable), callable.getName());
            for (Method method : callable.getDeclaredMethods()) {
                assertFalse(method.getName().equals("checkRoles"), callable + " has a check of its own");
            }
            assertTrue(callable.isRecord(), callable + " is a value: nothing of the controller hangs on it");
        }
    }

    @Test
    void secretsTravelInTheseAndNoOthers() throws Exception {
        Set<String> carriers = new TreeSet<>();
        for (Class<?> callable : callables()) {
            if (carriesSecrets(callable)) {
                carriers.add(callable.getSimpleName());
            }
        }
        assertEquals(
                new TreeSet<>(Set.of(
                        "EngineProbe",
                        "ExportOnAgent",
                        "FindOnAgent",
                        "ImportOnAgent",
                        "LoadLayersOnAgent",
                        "LoadOnAgent",
                        "PackOnAgent",
                        "PlanOnAgent",
                        "SaveOnAgent",
                        "SendOnAgent")),
                carriers);
    }

    /** Steps and their executions are in program.dat, actions and job properties in build.xml and config.xml. */
    @Test
    void nothingThatIsWrittenDownReachesASecret() throws Exception {
        int written = 0;
        for (Class<?> type : classes()) {
            boolean persistent = Step.class.isAssignableFrom(type)
                    || StepExecution.class.isAssignableFrom(type)
                    || Action.class.isAssignableFrom(type)
                    || Describable.class.isAssignableFrom(type)
                    || Descriptor.class.isAssignableFrom(type)
                    || type.getName().startsWith(PACKAGE + "builds.")
                    || type.getName().startsWith(PACKAGE + "steps.")
                    || type.getName().startsWith(PACKAGE + "builders.");
            if (persistent) {
                assertFalse(carriesSecrets(type), type.getName());
                assertFalse(reach(type).contains(EngineChoice.class), type.getName());
                written++;
            }
        }
        assertTrue(written > 30, "types that are written down: " + written);
    }

    /** What an agent answers is read by the controller: values of ours and of the JDK, nothing that acts by itself. */
    @Test
    void answersAreValuesWithoutSecrets() throws Exception {
        for (Class<?> callable : callables()) {
            for (Method method : callable.getDeclaredMethods()) {
                if (!method.getName().equals("invoke") || method.isBridge() || method.isSynthetic()) {
                    continue;
                }
                for (Class<?> part : reach(method.getGenericReturnType())) {
                    assertFalse(part == ClientCertificates.class, callable.getName());
                    boolean value = part.isPrimitive()
                            || part.isEnum()
                            || part.isRecord() && part.getName().startsWith(PACKAGE)
                            || Set.of(Void.class, String.class, List.class, Map.class, Long.class, Integer.class)
                                    .contains(part);
                    assertTrue(value, callable.getSimpleName() + " answers a " + part.getName());
                }
            }
        }
    }

    @Test
    void whatTravelsCanAndItsTextTellsNothing() throws Exception {
        ClientCertificates secret = new ClientCertificates("SECRET-KEY", "SECRET-CERT", "SECRET-CA");
        EngineChoice choice = new EngineChoice("tcp://engine:2376", secret, Map.of(), "dockerServer");
        AgentSide side = new AgentSide(
                choice, "/tmp/x", IdleTimeout.DEFAULT, ArchiveLimits.defaults(), LayerRoute.SAVE, new SilentListener());
        List<Object> all = List.of(
                choice,
                side,
                new EngineProbe(choice),
                new FindOnAgent(null, side),
                new SaveOnAgent(null, side),
                new PackOnAgent(null, side),
                new SendOnAgent(null, List.of(), List.of(), null, side),
                new ExportOnAgent(null, side),
                new LoadOnAgent(null, side),
                new PlanOnAgent(null, null, side),
                new LoadLayersOnAgent(null, null, null, null, side),
                new ImportOnAgent(null, side));
        for (Object one : all) {
            assertFalse(one.toString().contains("SECRET"), one.toString());
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
                out.writeObject(one);
            }
            String travels = bytes.toString(StandardCharsets.ISO_8859_1);
            assertTrue(travels.contains("SECRET-KEY"), "it is what the agent needs: " + one);
        }
    }

    private static final class SilentListener implements hudson.model.TaskListener, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public java.io.PrintStream getLogger() {
            return System.out;
        }
    }
}
