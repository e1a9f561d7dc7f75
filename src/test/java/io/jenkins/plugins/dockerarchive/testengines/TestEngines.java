package io.jenkins.plugins.dockerarchive.testengines;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The real engines that tests run on. They are those of the file that the system property
 * {@code docker.archive.engines} names, else those that {@code hermetic/engines list} prints. Without any, tests fail,
 * unless the system property {@code docker.archive.engines.optional} is {@code true}.
 */
public final class TestEngines {

    private TestEngines() {}

    /** All running engines, at least one unless they are optional; each to be closed. */
    public static List<TestEngine> running() {
        List<TestEngine> engines = new ArrayList<>();
        String why;
        try {
            for (String line : table().split("\n")) {
                String[] columns = line.split("\t");
                if (columns.length >= 4 && !columns[0].equals("NAME")) {
                    engines.add(new TestEngine(columns[0], columns[1], columns[2], columns[3]));
                }
            }
            why = "The table of engines is empty.";
        } catch (IOException e) {
            why = e.getMessage();
        }
        if (engines.isEmpty() && !Boolean.getBoolean("docker.archive.engines.optional")) {
            throw new AssertionError(
                    why + " Start engines with 'hermetic/engines up' (as root), or skip these tests with"
                            + " -Ddocker.archive.engines.optional=true.");
        }
        return engines;
    }

    /** An engine with that image store; the newest when there are several. */
    public static Optional<TestEngine> with(TestEngine.Store store) {
        return running().stream().filter(engine -> engine.store() == store).reduce((first, second) -> second);
    }

    /**
     * All running engines, first those that give layers through their sockets only, where a relay can hold them up: those with
     * the containerd image store push them past it.
     */
    public static List<TestEngine> runningForRelays() {
        List<TestEngine> engines = new ArrayList<>(running());
        engines.sort(
                Comparator.comparing(engine -> engine.store() == TestEngine.Store.CONTAINERD)); // false comes first
        return engines;
    }

    private static String table() throws IOException {
        String file = System.getProperty("docker.archive.engines", "");
        return file.isEmpty() ? run("list") : Files.readString(Path.of(file));
    }

    /** Runs {@code hermetic/engines}, for example to kill an engine, and returns what it prints. */
    public static String run(String... arguments) throws IOException {
        return run(null, arguments);
    }

    /** @param state directory of other engines than the usual ones, or null */
    static String run(Path state, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(script().toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        if (state != null) {
            builder.environment().put("DOCKER_ARCHIVE_ENGINES", state.toString());
        }
        Process process = builder.start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes());
        try {
            if (process.waitFor() != 0) {
                throw new IOException("'" + String.join(" ", command) + "' failed.");
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return output;
    }

    private static Path script() throws IOException {
        Path directory = Path.of("").toAbsolutePath();
        while (directory != null) {
            Path script = directory.resolve("hermetic").resolve("engines");
            if (Files.isExecutable(script)) {
                return script;
            }
            directory = directory.getParent();
        }
        throw new IOException(
                "There is no hermetic/engines above " + Path.of("").toAbsolutePath() + ".");
    }
}
