package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;

/**
 * What an archive may ask of us before it is refused.
 *
 * @param entries in an image archive
 * @param fileSystemEntries in a container's file system archive
 * @param nameLength characters of an entry's name and of a link's target
 * @param headerBytes of one long name or one extended header
 * @param jsonBytes of one JSON document; all of an archive together have four times that
 * @param jsonDepth nesting of one JSON document
 * @param layers in one image
 * @param images in one archive
 * @param totalBytes after decompression
 * @param expansionRatio bytes after decompression per byte before
 */
public record ArchiveLimits(
        int entries,
        long fileSystemEntries,
        int nameLength,
        int headerBytes,
        int jsonBytes,
        int jsonDepth,
        int layers,
        int images,
        long totalBytes,
        long expansionRatio)
        implements Serializable {

    /** Limits that no archive of daily life meets. */
    @NonNull
    public static ArchiveLimits defaults() {
        return new ArchiveLimits(50_000, 20_000_000L, 4_096, 64 << 10, 4 << 20, 64, 512, 1_000, 1L << 40, 100_000);
    }
}
