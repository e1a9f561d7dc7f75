package io.jenkins.plugins.dockerarchive.testengines;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A directory on a file system of its own that is really that small; gone when closed. Needs root, as the engines do. */
public final class SmallDisk implements AutoCloseable {

    private final Path directory;

    private SmallDisk(Path directory) {
        this.directory = directory;
    }

    /** @param options of the mount, as in {@code size=4m} or {@code size=4m,ro} */
    public static SmallDisk mount(Path directory, String options) throws IOException {
        Files.createDirectories(directory);
        run("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString());
        return new SmallDisk(directory);
    }

    /** Changes what the mount may do: {@code ro}, {@code rw}, another size. */
    public void remount(String options) throws IOException {
        run("mount", "-o", "remount," + options, directory.toString());
    }

    public Path directory() {
        return directory;
    }

    public long free() throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    @Override
    public void close() throws IOException {
        run("umount", "-l", directory.toString());
    }

    private static void run(String... command) throws IOException {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("'" + String.join(" ", command) + "' failed: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
