package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.retention.RetentionRule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Removes one archive of a build and keeps its record. */
final class ArchiveRemoval {

    private final ArchivesAction action;
    private final int index;

    ArchiveRemoval(@NonNull ArchivesAction action, int index) {
        this.action = action;
        this.index = index;
    }

    /** Why it cannot be removed, for the end of a sentence; null when it can. */
    @CheckForNull
    String hindrance() {
        ArchiveFiles files = new ArchiveFiles(action.getRun());
        if (!files.isLocal()) {
            return Texts.HINDRANCE_REMOTE.text(files.storeName());
        }
        if (files.path(action.getArchives().get(index)) == null) {
            return Texts.HINDRANCE_NAME.text();
        }
        return null;
    }

    /**
     * Removes. Nothing happens when it is gone already.
     *
     * @param by limit of the rule, or who does it
     * @throws IOException when the files cannot be moved or deleted, or the record not be written
     */
    void remove(@NonNull RetentionRule rule, @NonNull String by) throws IOException {
        Run<?, ?> run = action.getRun();
        ArchiveFiles files = new ArchiveFiles(run);
        List<Path> taken;
        synchronized (action) {
            List<ArchiveRecord> records = action.getArchives();
            ArchiveRecord archive = records.get(index);
            if (archive.isExpired()) {
                return;
            }
            taken = files.takeAway(archive);
            action.expire(index, rule, by);
        }
        files.delete(taken);
    }
}
