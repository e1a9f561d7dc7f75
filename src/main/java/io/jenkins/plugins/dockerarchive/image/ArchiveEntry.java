package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;

/**
 * One entry of an archive.
 *
 * @param name normalised: no leading {@code ./}, no trailing {@code /}
 * @param size bytes of content, 0 for all but files
 * @param target normalised name of the entry that a link stands for, or null
 */
record ArchiveEntry(
        @NonNull String name,
        @NonNull Kind kind,
        long size,
        @CheckForNull String target) {

    enum Kind {
        FILE,
        DIRECTORY,
        LINK
    }
}
