package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import java.io.IOException;

/** How an archive gets from one agent of a build to another: the seam for other ways than whole files. */
interface StashTransfer {

    /** Refuses, before anything was done, a file that this way cannot carry. */
    void check(@NonNull String name, @NonNull String file) throws IOException;

    /**
     * Keeps an archive for the other agents of the build; all of it or nothing.
     *
     * @param name of the stash, which the build does not have yet
     */
    void keep(@NonNull BuildContext context, @NonNull String name, @NonNull WrittenArchive archive)
            throws IOException, InterruptedException;

    /** Brings everything that was kept under a name into a directory on the agent. */
    void fetch(@NonNull BuildContext context, @NonNull String name, @NonNull FilePath directory)
            throws IOException, InterruptedException;
}
