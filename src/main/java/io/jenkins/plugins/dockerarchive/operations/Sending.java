package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.EngineCapabilities;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import io.jenkins.plugins.dockerarchive.image.ArchivedImage;
import io.jenkins.plugins.dockerarchive.image.EngineArchive;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How images go into an engine: in which layout, and which layers are left out because it has them. Each image store has
 * a rule of its own (measured on Docker 20.10 to 29 and podman 4.3 to 5.8).
 *
 * @param there config digest to the number of layers, from the lowest on, that are left out; empty for none
 * @param platforms that the engine is told to load, so that it refuses what it does not get whole
 */
record Sending(
        @NonNull EngineArchive.Layout layout,
        @NonNull Map<String, Integer> there,
        @NonNull List<Platform> platforms) {

    /**
     * @param known config digest to the number of layers, from the lowest on, that the engine seems to have
     * @param whole whether all layers are sent whatever is known
     */
    @NonNull
    static Sending of(
            @NonNull EngineCapabilities engine,
            @NonNull List<Staging.Piece> pieces,
            @NonNull Map<String, Integer> known,
            boolean whole) {
        boolean sparse = !whole && known.values().stream().anyMatch(count -> count > 0);
        return switch (engine.store()) {
            // Keyed by chain ID: the file of a layer that is there is never opened, and a missing one is an error.
            case GRAPH_DRIVER -> new Sending(EngineArchive.Layout.DOCKER, sparse ? known : Map.of(), List.of());
            // Keyed by blob digest, which is not asked for: it seems to load anything, unless told the platform.
            case CONTAINERD -> {
                Set<Platform> platforms = new HashSet<>();
                boolean single = true;
                for (Staging.Piece piece : pieces) {
                    single &= piece.image() != null;
                    if (piece.image() != null) {
                        platforms.add(piece.image().platform());
                    }
                }
                boolean strict = engine.platformOnSaveAndLoad() && single && platforms.size() == 1;
                yield sparse && strict
                        ? new Sending(EngineArchive.Layout.OCI, known, List.copyOf(platforms))
                        : new Sending(EngineArchive.Layout.OCI, Map.of(), List.of());
            }
            // Reuses layers of an archive in OCI layout with one image only; anything else must be whole.
            case PODMAN ->
                sparse && pieces.size() == 1
                        ? new Sending(EngineArchive.Layout.PLAIN_OCI, known, List.of())
                        : new Sending(EngineArchive.Layout.DOCKER, Map.of(), List.of());
        };
    }

    /** Whether layers are left out. */
    boolean isSparse() {
        return !there.isEmpty();
    }

    int thereOf(@NonNull ArchivedImage image) {
        return there.getOrDefault(image.configDigest(), 0);
    }
}
