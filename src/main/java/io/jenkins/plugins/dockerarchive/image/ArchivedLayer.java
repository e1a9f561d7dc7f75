package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;

/**
 * A layer of an archived image.
 *
 * @param diffId digest of the uncompressed tar: the name that is the same everywhere
 * @param size bytes of the uncompressed tar
 */
public record ArchivedLayer(
        @NonNull String diffId, long size, @NonNull Blob blob) {

    ArchivedLayer(Blob blob) {
        this(blob.plainDigest(), blob.plainSize(), blob);
    }
}
