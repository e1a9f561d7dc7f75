package io.jenkins.plugins.dockerarchive.hermetic;

import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.operations.ArchiveFormat;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.FoundImages;
import io.jenkins.plugins.dockerarchive.operations.KeepImages;
import io.jenkins.plugins.dockerarchive.operations.OperationContext;
import io.jenkins.plugins.dockerarchive.operations.SaveRequest;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import io.jenkins.plugins.dockerarchive.store.JobLayers;
import io.jenkins.plugins.dockerarchive.store.LayersUnderway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Stands for the controller's side, in a directory as Jenkins has one for a job: {@code builds/NUMBER/} with {@code archive/}
 * for artifacts, layers as the plugin itself keeps them, and {@code stashes/NAME/} for what goes as whole files.
 */
final class LocalStore {

    private static final String ARTIFACTS = "archive";

    private final Path builds;
    private final int build;
    private final Path directory;
    private final Path temporary;
    private final LayersUnderway underway;

    /**
     * @param job directory of the job, or null when none was given
     * @param build number
     * @param temporary where an operation looks for what was fetched for it
     * @param underway what the saves of this process know of each other
     */
    LocalStore(Path job, int build, Path temporary, LayersUnderway underway) {
        this.underway = underway;
        this.builds = job == null ? null : job.resolve("builds");
        this.build = build;
        this.directory = job == null ? null : builds.resolve(String.valueOf(build));
        this.temporary = temporary;
    }

    /** Whether an archive is kept in layers, as on Jenkins' own storage. */
    static boolean isLayered(SaveRequest request) {
        return request.destination().stash() != null
                || request.destination().artifact() && request.format() == ArchiveFormat.OCI;
    }

    /** The controller's part of a save in layers. */
    KeepImages keep(OperationContext context, SaveRequest request, FoundImages found) {
        BuildStore store = store();
        return new KeepImages(
                store,
                new JobLayers(store, others(), underway.of(builds)),
                context.limits(),
                context.log(),
                request,
                found,
                directory.resolve(ARTIFACTS));
    }

    private BuildStore store() {
        return new BuildStore(directory, ArchiveLimits.defaults());
    }

    /** Looked at each time anew: builds that run at the same time come and go. */
    private Iterable<BuildStore> others() {
        return () -> {
            try (Stream<Path> all = Files.list(builds)) {
                return all.filter(other -> !other.equals(directory))
                        .sorted(Comparator.comparingInt((Path other) ->
                                        Integer.parseInt(other.getFileName().toString()))
                                .reversed())
                        .map(other -> new BuildStore(other, ArchiveLimits.defaults()))
                        .toList()
                        .iterator();
            } catch (NoSuchFileException e) {
                return Collections.emptyIterator(); // the first build
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }

    /** Refuses what cannot be kept, before any byte moves. */
    void check(Destination destination) throws BadInputException {
        if (directory == null && (destination.artifact() || destination.stash() != null)) {
            throw new BadInputException("stash and archive need --store=DIR, the controller's side.");
        }
        String stash = destination.stash();
        if (stash != null && (Files.exists(stashDirectory(stash)) || store().hasStash(stash))) {
            throw new BadInputException(
                    "This build has a stash '" + destination.stash() + "' already; use another name.");
        }
    }

    /** Keeps what was written. */
    void deliver(Destination destination, Path from, List<String> files) throws IOException {
        for (String file : files) {
            if (destination.artifact()) {
                copy(from.resolve(file), directory.resolve(ARTIFACTS).resolve(file));
            }
            if (destination.stash() != null) {
                copy(
                        from.resolve(file),
                        stashDirectory(destination.stash())
                                .resolve(Path.of(file).getFileName().toString()));
            }
        }
    }

    /** Makes a file an artifact. */
    void artifact(Path from, String file) throws IOException {
        copy(from.resolve(file), directory.resolve(ARTIFACTS).resolve(file));
    }

    /** The archive of a stash, fetched. */
    Path stash(String name) throws IOException {
        Path stash = directory == null ? null : stashDirectory(name);
        if (directory != null && store().hasStash(name)) {
            Path layout = temporary.resolve("stash").resolve(name + ".oci");
            copy(store().stash(name), layout);
            return layout;
        }
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
        Path artifact = directory == null ? null : directory.resolve(ARTIFACTS).resolve(name);
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
