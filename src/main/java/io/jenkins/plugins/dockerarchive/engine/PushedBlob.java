package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.InputStream;

/**
 * Something that an engine pushes.
 *
 * @param digest {@code sha256:...}; of a layer or config what the engine states, not checked
 * @param size bytes of content
 * @param content to be read to its end before the next one is taken; need not be closed
 */
public record PushedBlob(
        @NonNull String digest, long size, @NonNull InputStream content) {}
