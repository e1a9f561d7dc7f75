package io.jenkins.plugins.dockerarchive.engine;

import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.time.Instant;
import java.util.List;

/**
 * What an engine says of an image.
 *
 * @param id {@code sha256:...}: the digest of the configuration, or of a manifest on a containerd image store
 * @param repoTags its references with tags, as the engine spells them; podman's are fully qualified
 * @param repoDigests its references with digests
 * @param diffIds of its layers, bottom first: SHA-256 of the uncompressed tar; may be empty on a containerd image store
 *     that lacks the content
 * @param platform what it was built for, or null when the engine does not say (a file system import may leave it empty)
 * @param created or null when not recorded
 * @param size bytes, as the engine counts them
 * @param config the run configuration ({@code Cmd}, {@code Entrypoint}, {@code Env}, ...); an empty object when absent
 */
public record ImageInspection(
        @NonNull String id,
        @NonNull List<String> repoTags,
        @NonNull List<String> repoDigests,
        @NonNull List<String> diffIds,
        @CheckForNull Platform platform,
        @CheckForNull Instant created,
        long size,
        @NonNull JsonNode config) {

    public ImageInspection {
        repoTags = List.copyOf(repoTags);
        repoDigests = List.copyOf(repoDigests);
        diffIds = List.copyOf(diffIds);
    }
}
