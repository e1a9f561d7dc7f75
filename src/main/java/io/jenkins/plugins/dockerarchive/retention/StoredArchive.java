package io.jenkins.plugins.dockerarchive.retention;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.Map;

/**
 * An archive that lies on the disk, as far as its retention depends on it.
 *
 * @param job full name of the job
 * @param build number of the build
 * @param index of the archive's record in the build
 * @param written milliseconds since 1970
 * @param keepDays what the step that wrote it asked for, or null for what the job has
 * @param keepBuilds likewise
 * @param protection why it stays whatever the rules say, or null
 * @param files sizes in bytes by what a file is on its disk: hard links of one file have one key
 */
public record StoredArchive(
        @NonNull String job,
        int build,
        int index,
        long written,
        @CheckForNull Integer keepDays,
        @CheckForNull Integer keepBuilds,
        @CheckForNull Protection protection,
        @NonNull Map<Object, Long> files) {

    /** Why an archive stays. */
    public enum Protection {
        KEPT_FOREVER,
        RUNNING,
        LAST_SUCCESSFUL
    }

    /** Bytes of its files, as if it shared none. */
    public long bytes() {
        return files.values().stream().mapToLong(Long::longValue).sum();
    }
}
