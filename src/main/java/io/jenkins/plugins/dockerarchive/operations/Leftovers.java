package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What an agent that was killed could not delete itself: a later step does, when nobody can be using it any more. */
public final class Leftovers {

    /** Much longer than anything takes. */
    private static final Duration FORGOTTEN = Duration.ofHours(24);

    /** Directories of steps beside the workspace, and files of archives that were never finished. */
    private static final Pattern OURS =
            Pattern.compile("docker-archive-[0-9a-f-]{36}-[0-9]+" + "|\\.docker-archive-[0-9a-f-]{36}\\.part");

    private final Path directory;

    /** @param directory need not exist */
    public Leftovers(@NonNull Path directory) {
        this.directory = directory;
    }

    /** Deletes what is ours and old. What cannot be deleted stays: that is no reason for a step to fail. */
    public void sweep() {
        Instant recent = Instant.now().minus(FORGOTTEN);
        try (Stream<Path> children = Files.list(directory)) {
            for (Path child : children.filter(Leftovers::isOurs).toList()) {
                if (lastUsed(child).isBefore(recent)) {
                    FileTree.delete(child);
                }
            }
        } catch (IOException | UncheckedIOException e) {
            return; // another step was faster or is using it just now, or nothing is there
        }
    }

    private static boolean isOurs(Path path) {
        return OURS.matcher(path.getFileName().toString()).matches();
    }

    /** The time of a directory tells when something came into it, not when that was written last. */
    private static Instant lastUsed(Path path) throws IOException {
        Instant last = Instant.MIN;
        try (Stream<Path> walk = Files.walk(path)) {
            for (Path each : (Iterable<Path>) walk::iterator) {
                Instant modified = Files.getLastModifiedTime(each, LinkOption.NOFOLLOW_LINKS)
                        .toInstant();
                last = modified.isAfter(last) ? modified : last;
            }
        }
        return last;
    }
}
