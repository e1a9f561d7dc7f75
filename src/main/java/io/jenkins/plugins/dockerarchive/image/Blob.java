package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;

/**
 * A file of an image archive and what its bytes are, or, in an archive that was not read to its end, what they are said
 * to be.
 *
 * @param entry name of the archive entry
 * @param size bytes as they lie in the archive
 * @param digest of those bytes
 * @param compression of those bytes
 * @param plainDigest of the bytes when decompressed; for a layer this is its diff ID
 * @param plainSize bytes when decompressed
 * @param json the bytes themselves where they may be JSON and are few, else null
 */
record Blob(
        @NonNull String entry,
        long size,
        @NonNull String digest,
        @NonNull Compression compression,
        @NonNull String plainDigest,
        long plainSize,
        @CheckForNull byte[] json) {}
