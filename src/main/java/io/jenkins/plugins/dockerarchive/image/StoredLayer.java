package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;

/**
 * A layer as it lies in an OCI image layout.
 *
 * @param diffId digest of the uncompressed tar, {@code sha256:...}
 * @param plainSize bytes of the uncompressed tar
 * @param digest of the bytes as they lie there; the name of the blob
 * @param size of those bytes
 * @param compression of those bytes: none, gzip or zstd
 */
public record StoredLayer(
        @NonNull String diffId,
        long plainSize,
        @NonNull String digest,
        long size,
        @NonNull Compression compression) implements Serializable {

    public StoredLayer {
        if (!Sha256.isDigest(diffId) || !Sha256.isDigest(digest)) {
            throw new IllegalArgumentException("A layer's digests begin with sha256:");
        }
        if (plainSize < 0 || size < 0 || !OciManifest.knows(compression)) {
            throw new IllegalArgumentException("No layer has a negative size or is compressed by " + compression);
        }
    }

    /** The layer as a file of its layout. */
    @NonNull
    Blob blob() {
        return new Blob(LayoutContent.blobName(digest), size, digest, compression, diffId, plainSize, null);
    }

    /** The same layer as a file of a layout that has it uncompressed. */
    @NonNull
    Blob plainBlob() {
        return new Blob(LayoutContent.blobName(diffId), plainSize, diffId, Compression.NONE, diffId, plainSize, null);
    }
}
