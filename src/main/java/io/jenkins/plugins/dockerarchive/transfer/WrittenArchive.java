package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import java.util.List;

/**
 * An archive that an operation wrote on the agent, with everything that belongs to it.
 *
 * @param directory what the paths are relative to
 * @param name path of the archive, '/'-separated
 * @param files paths of all files to be moved: the archive and its kept configuration
 * @param size bytes of the archive
 */
record WrittenArchive(
        @NonNull FilePath directory,
        @NonNull String name,
        @NonNull List<String> files,
        long size) {

    WrittenArchive {
        files = List.copyOf(files);
    }
}
