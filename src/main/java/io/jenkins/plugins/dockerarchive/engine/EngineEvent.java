package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;

/**
 * One JSON object of a stream with which an engine tells how a call goes.
 *
 * @param stream text for a person, often with a line end
 * @param status what happens, for example {@code Loading layer}
 * @param id what it happens to, for example the first 12 digits of a diff ID
 * @param progress how far it is
 * @param error why the call failed; null when it did not
 */
public record EngineEvent(
        @CheckForNull String stream,
        @CheckForNull String status,
        @CheckForNull String id,
        @CheckForNull Progress progress,
        @CheckForNull String error) {

    /**
     * @param current bytes done
     * @param total bytes to do, 0 when unknown
     */
    public record Progress(long current, long total) {}
}
