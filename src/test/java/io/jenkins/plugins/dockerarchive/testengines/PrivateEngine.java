package io.jenkins.plugins.dockerarchive.testengines;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * An engine that no other test uses, so that it may be killed or run out of disk. It has a state directory of its own
 * beside that of the shared engines, with their roots; closed, nothing is left of it.
 */
public final class PrivateEngine implements AutoCloseable {

    private static final String MARK = ".of-";

    private final String name;
    private final Path state;
    private Path tmpfs;
    private TestEngine engine;
    private int tlsPort;

    private PrivateEngine(String name, Path state) {
        this.name = name;
        this.state = state;
    }

    /** Starts an engine of the table of {@code hermetic/engines}. */
    public static PrivateEngine start(String name) throws IOException {
        return start(name, 0);
    }

    /** @param megabytes what its disk has room for; 0 for a disk that is not limited */
    public static PrivateEngine start(String name, int megabytes) throws IOException {
        return start(name, megabytes, directory -> {});
    }

    /** Starts one that does not share the machine's loopback, as in a container or on another machine. */
    public static PrivateEngine startInItsOwnNetwork(String name) throws IOException {
        return start(name, 0, directory -> Files.createFile(directory.resolve("own-network")));
    }

    /** Starts one that listens on 127.0.0.1, too, as {@code dockerd --tlsverify}: proves itself, and demands the same. */
    public static PrivateEngine startWithTls(String name, TestCertificates certificates) throws IOException {
        int port = freePort();
        PrivateEngine started = start(name, 0, directory -> listenOver(directory, certificates, port));
        started.tlsPort = port;
        return started;
    }

    /** Prepares an engine's directory. */
    private interface Preparation {
        void of(Path directory) throws IOException;
    }

    private static PrivateEngine start(String name, int megabytes, Preparation preparation) throws IOException {
        Path shared = shared();
        sweep(shared);
        Path state = Path.of(shared + MARK + ProcessHandle.current().pid() + "-" + System.nanoTime() % 10_000_000);
        Files.createDirectories(state);
        PrivateEngine started = new PrivateEngine(name, state);
        try {
            // engines of one suite share its root anyway; deleting the state deletes the link only
            Files.createSymbolicLink(state.resolve("roots"), shared.resolve("roots"));
            Path directory = Files.createDirectories(state.resolve("engines").resolve(name));
            if (megabytes > 0) {
                started.tmpfs = directory;
                command("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "m", "tmpfs", directory.toString());
            }
            preparation.of(directory);
            started.up();
            return started;
        } catch (IOException | RuntimeException | Error e) {
            started.close();
            throw e;
        }
    }

    private static void listenOver(Path directory, TestCertificates certificates, int port) throws IOException {
        Path tls = Files.createDirectories(directory.resolve("tls"));
        Files.writeString(tls.resolve("ca.pem"), certificates.authority());
        Files.writeString(tls.resolve("cert.pem"), certificates.engineCertificate());
        Files.writeString(tls.resolve("key.pem"), certificates.engineKey());
        Files.writeString(tls.resolve("port"), String.valueOf(port));
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return free.getLocalPort();
        }
    }

    public TestEngine engine() {
        return engine;
    }

    /** Where it listens over TLS. */
    public InetSocketAddress tls() throws IOException {
        return new InetSocketAddress(InetAddress.getByName("127.0.0.1"), tlsPort);
    }

    /** SIGKILL, as a crash would be. */
    public void kill() throws IOException {
        TestEngines.run(state, "kill", name);
    }

    /** After a kill. */
    public void up() throws IOException {
        for (String line : TestEngines.run(state, "up", name).split("\n")) {
            String[] columns = line.split("\t");
            if (columns[0].equals(name)) {
                engine = new TestEngine(columns[0], columns[1], columns[2], columns[3]);
                return;
            }
        }
        throw new IOException(name + " did not start.");
    }

    /** What lies in the engine's own directories for temporary files; some of it is always there. */
    public List<Path> temporaryFiles() throws IOException {
        List<Path> found = new ArrayList<>();
        for (String directory : List.of("data/tmp", "tmp")) {
            Path path = state.resolve("engines").resolve(name).resolve(directory);
            if (Files.isDirectory(path)) {
                try (Stream<Path> all = Files.list(path)) {
                    all.forEach(found::add);
                }
            }
        }
        return found;
    }

    @Override
    public void close() throws IOException {
        end(state, tmpfs);
    }

    private static Path shared() throws IOException {
        Path shared =
                Path.of(System.getenv().getOrDefault("DOCKER_ARCHIVE_ENGINES", "/var/cache/docker-archive-engines"));
        if (!Files.isDirectory(shared.resolve("roots"))) {
            throw new IOException("There are no engines in " + shared + "; run hermetic/engines up.");
        }
        return shared.toAbsolutePath();
    }

    /** What a killed test run left: its process is no more. */
    private static void sweep(Path shared) throws IOException {
        try (Stream<Path> siblings = Files.list(shared.getParent())) {
            for (Path sibling : siblings.toList()) {
                String file = sibling.getFileName().toString();
                String prefix = shared.getFileName() + MARK;
                if (file.startsWith(prefix)) {
                    long pid = Long.parseLong(file.substring(prefix.length()).split("-")[0]);
                    if (ProcessHandle.of(pid).isEmpty()) {
                        end(sibling, null);
                    }
                }
            }
        }
    }

    private static void end(Path state, Path tmpfs) throws IOException {
        TestEngines.run(state, "down");
        if (tmpfs != null) {
            command("umount", "-l", tmpfs.toString());
        }
        TestEngines.run(state, "down", "--purge");
        command("rm", "-rf", "--one-file-system", state.toString());
    }

    private static void command(String... command) throws IOException {
        try {
            Process process = new ProcessBuilder(command).inheritIO().start();
            if (process.waitFor() != 0) {
                throw new IOException("'" + String.join(" ", command) + "' failed.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
