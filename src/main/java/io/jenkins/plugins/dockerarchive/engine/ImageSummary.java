package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.List;

/**
 * A line of an engine's list of images.
 *
 * @param id {@code sha256:...}
 * @param repoTags its references with tags; empty when it has none
 * @param repoDigests its references with digests
 * @param size bytes, as the engine counts them
 */
public record ImageSummary(
        @NonNull String id,
        @NonNull List<String> repoTags,
        @NonNull List<String> repoDigests,
        long size) {

    public ImageSummary {
        repoTags = List.copyOf(repoTags);
        repoDigests = List.copyOf(repoDigests);
    }
}
