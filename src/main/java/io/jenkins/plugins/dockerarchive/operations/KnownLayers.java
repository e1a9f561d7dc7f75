package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.engine.EngineException;
import io.jenkins.plugins.dockerarchive.engine.ImageInspection;
import io.jenkins.plugins.dockerarchive.engine.ImageSummary;
import io.jenkins.plugins.dockerarchive.image.ArchivedImage;
import io.jenkins.plugins.dockerarchive.image.Reference;
import io.jenkins.plugins.dockerarchive.image.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
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
    private static final int MOST_IMAGES = 1000;

    private static final Duration LONGEST = Duration.ofSeconds(1);

    private final Set<String> chainIds = new HashSet<>();

    /**
     * Asks the images that are likely to share layers first, those of the same repositories, and stops when all layers
     * are known or it takes too long: a missed layer is sent, no more.
     */
    @NonNull
    static KnownLayers of(@NonNull Engine engine, @NonNull List<Arrival> arrivals)
            throws EngineException, InterruptedException {
        KnownLayers known = new KnownLayers();
        List<ArchivedImage> wanted = new ArrayList<>();
        Set<String> repositories = new LinkedHashSet<>();
        for (Arrival arrival : arrivals) {
            wanted.addAll(arrival.images());
            arrival.before().forEach(image -> known.add(image.diffIds()));
            for (Reference reference : arrival.root().references()) {
                repositories.add(reference.familiarRepository());
            }
        }
        long end = System.nanoTime() + LONGEST.toNanos();
        Set<String> asked = new HashSet<>();
        if (!repositories.isEmpty() && !known.hasAll(wanted)) {
            known.ask(engine, engine.listImages(repositories), asked, wanted, end);
        }
        if (!known.hasAll(wanted)) {
            known.ask(engine, engine.listImages(), asked, wanted, end); // slow on a containerd image store
        }
        return known;
    }

    private void ask(Engine engine, List<ImageSummary> images, Set<String> asked, List<ArchivedImage> wanted, long end)
            throws EngineException, InterruptedException {
        for (ImageSummary image : images) {
            if (hasAll(wanted) || asked.size() >= MOST_IMAGES || System.nanoTime() > end) {
                return;
            }
            if (asked.add(image.id())) {
                Optional<ImageInspection> found = engine.findImage(image.id());
                if (found.isPresent()) {
                    add(found.get().diffIds());
                }
            }
        }
    }

    private boolean hasAll(List<ArchivedImage> images) {
        return images.stream()
                .allMatch(image -> count(image.diffIds()) == image.layers().size());
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
