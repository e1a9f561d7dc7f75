package io.jenkins.plugins.dockerarchive.hermetic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What a measurement leaves on a disk. */
final class BenchFiles {

    private BenchFiles() {}

    /** Bytes of all files, a file of several links once. */
    static long size(Path directory) throws IOException {
        Set<Object> seen = new HashSet<>();
        long size = 0;
        List<Path> files;
        try (Stream<Path> walk = Files.walk(directory)) {
            files = walk.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            if (seen.add(Files.getAttribute(file, "unix:ino"))) {
                size += Files.size(file);
            }
        }
        return size;
    }

    static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            LocalStore.delete(directory);
        }
    }
}
