package io.jenkins.plugins.dockerarchive.retention;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;

/**
 * How long the archives of a job are kept where the step that wrote one says nothing else.
 *
 * @param days after it was written, or null for no limit
 * @param builds newest builds with archives that keep theirs, or null for all
 * @param bytes that all archives of the job may take on the disk, or null for no limit
 */
public record RetentionPolicy(
        @CheckForNull Integer days,
        @CheckForNull Integer builds,
        @CheckForNull Long bytes) {

    /** No limit at all. */
    @NonNull
    public static RetentionPolicy unlimited() {
        return new RetentionPolicy(null, null, null);
    }

    public boolean isUnlimited() {
        return days == null && builds == null && bytes == null;
    }
}
