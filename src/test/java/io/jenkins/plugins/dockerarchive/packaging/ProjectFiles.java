package io.jenkins.plugins.dockerarchive.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The files of this project, wherever the build that runs the tests stands. */
final class ProjectFiles {
    static final Path ROOT = Path.of(System.getProperty("docker.archive.root", "."));

    static final Path SOURCES = ROOT.resolve("src/main/java");

    static final Path RESOURCES = ROOT.resolve("src/main/resources");

    private ProjectFiles() {}

    static List<Path> find(Path directory, String pattern) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.getFileName().toString().matches(pattern))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .collect(Collectors.toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text of a file, which must be valid UTF-8. */
    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(file.toString(), e);
        }
    }
}
