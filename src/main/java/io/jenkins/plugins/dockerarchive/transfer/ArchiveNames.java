package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Run;
import java.util.Set;

/** Knows what the archives of a build are called, where that was written down when they were made. */
public interface ArchiveNames {

    /**
     * Which artifacts of a build go by a name.
     *
     * @param name of an archive or of an image in it; null for all archives
     * @return artifact paths, empty when nothing was written down
     */
    @NonNull
    Set<String> artifacts(@NonNull Run<?, ?> build, @CheckForNull String name);

    /**
     * When and why an archive that a build had is gone, for the end of a sentence; null when there was none of that name
     * or it is still there.
     *
     * @param name of an archive or of an image in it; null for any archive
     */
    @CheckForNull
    String whatBecameOf(@NonNull Run<?, ?> build, @CheckForNull String name);
}
