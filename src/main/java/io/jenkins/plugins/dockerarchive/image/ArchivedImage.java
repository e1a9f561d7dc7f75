package io.jenkins.plugins.dockerarchive.image;

import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import java.util.List;
import java.util.StringJoiner;

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

    private static final int SHOWN = 1000;

    /** Diff IDs of the layers, lowest first. */
    @NonNull
    public List<String> diffIds() {
        return layers.stream().map(ArchivedLayer::diffId).toList();
    }

    /** ENTRYPOINT and CMD as one line, for people to read and cut after 1000 characters; empty for none. */
    @NonNull
    public String command() {
        StringJoiner words = new StringJoiner(" ");
        for (String field : List.of("Entrypoint", "Cmd")) {
            config.path("config").path(field).forEach(word -> words.add(word.asText()));
        }
        return shown(words.toString());
    }

    /** When it was made, RFC 3339 as the config says; empty where it says nothing. */
    @NonNull
    public String created() {
        return shown(config.path("created").asText(""));
    }

    private static String shown(String text) {
        return text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
    }

    ArchivedImage withReferences(List<Reference> others) {
        return new ArchivedImage(configDigest, config, configBytes, platform, List.copyOf(others), layers, manifest);
    }
}
