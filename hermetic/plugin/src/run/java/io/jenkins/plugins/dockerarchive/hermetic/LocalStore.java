package io.jenkins.plugins.dockerarchive.hermetic;

import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Stands for the controller's side: {@code stashes/NAME/} and {@code artifacts/} of one build, in a directory. */
final class LocalStore {

    private final Path directory;
    private final Path temporary;

    /**
     * @param directory of the store, or null when none was given
     * @param temporary where an operation looks for what was fetched for it
     */
    LocalStore(Path directory, Path temporary) {
        this.directory = directory;
        this.temporary = temporary;
    }

    /** Refuses what cannot be kept, before any byte moves. */
    void check(Destination destination) throws BadInputException {
        if (directory == null && (destination.artifact() || destination.stash() != null)) {
            throw new BadInputException("stash and archive need --store=DIR, the controller's side.");
        }
        if (destination.stash() != null && Files.exists(stashDirectory(destination.stash()))) {
            throw new BadInputException(
                    "This build has a stash '" + destination.stash() + "' already; use another name.");
        }
    }

    /** Keeps what was written. */
    void deliver(Destination destination, Path from, List<String> files) throws IOException {
        for (String file : files) {
            if (destination.artifact()) {
                copy(from.resolve(file), directory.resolve("artifacts").resolve(file));
            }
            if (destination.stash() != null) {
                copy(
                        from.resolve(file),
                        stashDirectory(destination.stash())
                                .resolve(Path.of(file).getFileName().toString()));
            }
        }
    }

    /** The archive of a stash, fetched. */
    Path stash(String name) throws IOException {
        Path stash = directory == null ? null : stashDirectory(name);
        if (stash == null || !Files.isDirectory(stash)) {
            throw new BadInputException(
                    "This build has no stash '" + name + "'; save it with stash: '" + name + "' before.");
        }
        Path fetched = temporary.resolve("stash");
        copy(stash, fetched);
        try (Stream<Path> files = Files.list(fetched)) {
            return files.filter(file -> !file.toString().endsWith(".config.json"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** An artifact, fetched. */
    Path artifact(String name) throws IOException {
        Path artifact =
                directory == null ? null : directory.resolve("artifacts").resolve(name);
        if (artifact == null || !Files.exists(artifact)) {
            throw new BadInputException("There is no artifact '" + name + "' in --store.");
        }
        Path fetched =
                temporary.resolve("artifact").resolve(artifact.getFileName().toString());
        copy(artifact, fetched);
        Path config = artifact.resolveSibling(artifact.getFileName() + ".config.json");
        if (Files.exists(config)) {
            copy(config, fetched.resolveSibling(config.getFileName().toString()));
        }
        return fetched;
    }

    private Path stashDirectory(String name) {
        return directory.resolve("stashes").resolve(name);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        List<Path> all;
        try (Stream<Path> walk = Files.walk(from)) {
            all = walk.toList();
        }
        for (Path path : all) {
            Path target = to.resolve(from.relativize(path).toString());
            if (Files.isDirectory(path)) {
                Files.createDirectories(target);
            } else {
                Files.copy(path, target);
            }
        }
    }

    static void delete(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }
}
