package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;

/**
 * A blob of an OCI image layout that nobody has read yet.
 *
 * @param size bytes as they lie on the disk
 * @param compression told by its first bytes
 */
public record UnreadBlob(long size, @NonNull Compression compression) implements Serializable {}
