package io.jenkins.plugins.dockerarchive.engine;

import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.NonNull;

/**
 * What an engine says of a container.
 *
 * @param id 64 hexadecimal digits
 * @param name without the leading slash
 * @param image the reference or ID that it was created from
 * @param imageId {@code sha256:...}
 * @param state what it does now
 * @param config the run configuration ({@code Cmd}, {@code Entrypoint}, {@code Env}, ...); an empty object when absent
 */
public record ContainerInspection(
        @NonNull String id,
        @NonNull String name,
        @NonNull String image,
        @NonNull String imageId,
        @NonNull State state,
        @NonNull JsonNode config) {

    /**
     * @param status for example {@code created}, {@code running}, {@code paused}, {@code exited}, {@code dead}
     * @param running also true while paused
     * @param paused true while its processes are frozen
     * @param exitCode of the last run, 0 before the first
     */
    public record State(@NonNull String status, boolean running, boolean paused, int exitCode) {}
}
