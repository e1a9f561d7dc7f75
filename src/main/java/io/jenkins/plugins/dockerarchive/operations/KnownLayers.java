package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.engine.EngineException;
import io.jenkins.plugins.dockerarchive.engine.ImageInspection;
import io.jenkins.plugins.dockerarchive.engine.ImageSummary;
import io.jenkins.plugins.dockerarchive.image.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The layers that an engine has, by chain ID: a layer is only of use on top of the very layers it was made on.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/config.md#layer-chainid">chain ID</a>
 */
final class KnownLayers {

    /** An engine has no list of layers, so images are asked one by one; a containerd store takes 20 ms for each. */
    private static final int MOST_IMAGES = 200;

    private final Set<String> chainIds = new HashSet<>();

    @NonNull
    static KnownLayers of(@NonNull Engine engine, @NonNull List<ImageSummary> images)
            throws EngineException, InterruptedException {
        KnownLayers known = new KnownLayers();
        for (ImageSummary image : images.subList(0, Math.min(images.size(), MOST_IMAGES))) {
            Optional<ImageInspection> found = engine.findImage(image.id());
            if (found.isPresent()) {
                known.add(found.get().diffIds());
            }
        }
        return known;
    }

    private void add(List<String> diffIds) {
        String chainId = null;
        for (String diffId : diffIds) {
            chainId = next(chainId, diffId);
            chainIds.add(chainId);
        }
    }

    /** How many layers of an image the engine has, from the lowest on. */
    int count(@NonNull List<String> diffIds) {
        String chainId = null;
        int count = 0;
        for (String diffId : diffIds) {
            chainId = next(chainId, diffId);
            if (!chainIds.contains(chainId)) {
                break;
            }
            count++;
        }
        return count;
    }

    private static String next(String chainId, String diffId) {
        return chainId == null ? diffId : Sha256.of((chainId + " " + diffId).getBytes(StandardCharsets.US_ASCII));
    }
}
