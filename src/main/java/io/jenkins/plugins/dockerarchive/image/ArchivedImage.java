package io.jenkins.plugins.dockerarchive.image;

import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import java.util.List;

/**
 * An image in an archive, for one platform, all of it there and verified.
 *
 * @param configDigest digest of the config, {@code sha256:...}: the same on every engine and in every archive
 * @param config what the image is and runs
 * @param configBytes the config as it lies in the archive
 * @param references that point at it, in the order of the archive
 * @param layers lowest first
 * @param manifest its OCI or Docker manifest as it lies in the archive, or null when the archive has none
 */
public record ArchivedImage(
        @NonNull String configDigest,
        @NonNull JsonNode config,
        @NonNull byte[] configBytes,
        @NonNull Platform platform,
        @NonNull List<Reference> references,
        @NonNull List<ArchivedLayer> layers,
        @CheckForNull Blob manifest) {

    /** Diff IDs of the layers, lowest first. */
    @NonNull
    public List<String> diffIds() {
        return layers.stream().map(ArchivedLayer::diffId).toList();
    }

    ArchivedImage withReferences(List<Reference> others) {
        return new ArchivedImage(configDigest, config, configBytes, platform, List.copyOf(others), layers, manifest);
    }
}
