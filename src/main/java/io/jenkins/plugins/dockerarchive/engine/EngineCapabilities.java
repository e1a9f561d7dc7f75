package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.Set;

/**
 * What an engine said of itself when it was connected to. Ask the questions; do not compare versions.
 *
 * @param product who made it
 * @param version of the engine, for example {@code 28.5.2}
 * @param apiVersion the newest version of the API that it speaks; paths without a version get this one
 * @param minimumApiVersion the oldest version of the API that it speaks
 * @param store where it keeps images
 * @param platform the machine it runs on
 */
public record EngineCapabilities(
        @NonNull Product product,
        @NonNull String version,
        @NonNull ApiVersion apiVersion,
        @NonNull ApiVersion minimumApiVersion,
        @NonNull ImageStore store,
        @NonNull Platform platform) {

    /** Who made the engine. */
    public enum Product {
        DOCKER("Docker"),
        PODMAN("Podman");

        private final String label;

        Product(String label) {
            this.label = label;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /** Where an engine keeps images; image IDs of the same image differ between the first two. */
    public enum ImageStore {
        /** Docker's own: layers are keyed by chain ID, an image ID is the digest of the configuration. */
        GRAPH_DRIVER,
        /** Docker on containerd: content is keyed by blob digest, an image ID is the digest of a manifest. */
        CONTAINERD,
        /** containers/storage. */
        PODMAN
    }

    /** Whether a platform can be picked when images are saved and loaded; other engines ignore the parameter. */
    public boolean platformOnSaveAndLoad() {
        return product == Product.DOCKER && apiVersion.isAtLeast(new ApiVersion(1, 48));
    }

    /** Whether an image may lack content, and the engine says so when asked. */
    boolean tellsMissingContent() {
        return store == ImageStore.CONTAINERD && apiVersion.isAtLeast(new ApiVersion(1, 48));
    }

    /** Whether more than one platform can be picked at once; an engine that cannot refuses with status 400. */
    public boolean severalPlatforms() {
        return product == Product.DOCKER && apiVersion.isAtLeast(new ApiVersion(1, 52));
    }

    /**
     * Whether an import's platform decides the architecture of the image. Docker before 23.0 takes the operating system
     * from it and its own architecture.
     */
    public boolean honoursImportArchitecture() {
        return product == Product.PODMAN || apiVersion.isAtLeast(new ApiVersion(1, 42));
    }

    /**
     * Dockerfile instructions, in upper case, that an import does not take as a change although an image can have them.
     * Docker 20.10 answers "stopsignal is not a valid change command", podman "invalid instruction HEALTHCHECK" (both
     * measured).
     */
    @NonNull
    public Set<String> instructionsRefusedByImport() {
        if (product == Product.PODMAN) {
            return Set.of("HEALTHCHECK");
        }
        return apiVersion.isAtLeast(new ApiVersion(1, 42)) ? Set.of() : Set.of("STOPSIGNAL");
    }

    /** For a log, for example {@code Docker 28.5.2 (API 1.51, containerd image store, linux/amd64)}. */
    @NonNull
    public String describe() {
        String kept =
                switch (store) {
                    case GRAPH_DRIVER -> "graph driver, ";
                    case CONTAINERD -> "containerd image store, ";
                    case PODMAN -> "";
                };
        return product + " " + version + " (API " + apiVersion + ", " + kept + platform + ")";
    }
}
