package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.Action;
import hudson.model.Job;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.operations.Amount;
import io.jenkins.plugins.dockerarchive.retention.DiskUse;
import io.jenkins.plugins.dockerarchive.retention.StoredArchive;
import io.jenkins.plugins.dockerarchive.retention.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jenkins.model.TransientActionFactory;

/** The archives of all builds of a job, and what they take on the disk. */
public final class JobPage implements Action {

    /** Rows that a browser shows without trouble; older builds are still counted. */
    private static final int MOST = 500;

    private final Job<?, ?> job;

    JobPage(@NonNull Job<?, ?> job) {
        this.job = job;
    }

    @NonNull
    public Job<?, ?> getJob() {
        return job;
    }

    @Override
    @NonNull
    public String getIconFileName() {
        return "symbol-cube";
    }

    @Override
    @NonNull
    public String getDisplayName() {
        return Texts.ARCHIVES_NAME.text();
    }

    @Override
    @NonNull
    public String getUrlName() {
        return "docker-archives";
    }

    /** Everything that one view of the page needs, measured once. */
    @NonNull
    public Content getContent() throws IOException {
        return new Content(job);
    }

    /** What the page shows. */
    public static final class Content {

        private final List<Row> rows = new ArrayList<>();
        private final long bytes;
        private int builds;

        Content(Job<?, ?> job) throws IOException {
            JobArchives archives = new JobArchives(job);
            Map<ArchivesAction, List<StoredArchive>> stored = new HashMap<>();
            for (StoredArchive archive : archives.stored()) {
                stored.computeIfAbsent(archives.action(archive), action -> new ArrayList<>())
                        .add(archive);
            }
            Map<ArchivesAction, Map<Integer, Verdict>> due = new HashMap<>();
            for (Verdict verdict : archives.due()) {
                due.computeIfAbsent(archives.action(verdict.archive()), action -> new HashMap<>())
                        .put(verdict.archive().index(), verdict);
            }
            for (Run<?, ?> run : job.getBuilds()) {
                ArchivesAction action = run.getAction(ArchivesAction.class);
                if (action != null && !action.getArchives().isEmpty()) {
                    rows.add(new Row(
                            action, stored.getOrDefault(action, List.of()), due.getOrDefault(action, Map.of())));
                }
            }
            builds = rows.size();
            DiskUse use = new DiskUse();
            for (int i = rows.size() - 1; i >= 0; i--) { // the oldest build has what later ones share
                rows.get(i).measure(use);
            }
            bytes = archives.bytes();
        }

        @NonNull
        public List<Row> getRows() {
            return Collections.unmodifiableList(rows.subList(0, Math.min(MOST, rows.size())));
        }

        public boolean isCut() {
            return rows.size() > MOST;
        }

        /** Builds that have or had archives. */
        public int getBuilds() {
            return builds;
        }

        /** Bytes that all take together. */
        @NonNull
        public String getUse() {
            return Amount.size(bytes);
        }

        @NonNull
        public UseChart getChart() {
            return new UseChart(rows);
        }
    }

    /** One build. */
    public static final class Row {

        private final ArchivesAction action;
        private final List<StoredArchive> stored;
        private final Map<Integer, Verdict> due;
        private long bytes;
        private long added;

        Row(ArchivesAction action, List<StoredArchive> stored, Map<Integer, Verdict> due) {
            this.action = action;
            this.stored = stored;
            this.due = due;
        }

        void measure(DiskUse earlier) {
            DiskUse own = new DiskUse();
            for (StoredArchive archive : stored) {
                own.add(archive.files());
                added += earlier.add(archive.files());
            }
            bytes = own.bytes();
        }

        long bytes() {
            return bytes;
        }

        long addedBytes() {
            return added;
        }

        @NonNull
        public Run<?, ?> getBuild() {
            return action.getRun();
        }

        @NonNull
        public List<ArchivePage> getArchives() {
            return action.getPages();
        }

        /** Why the next sweep removes an archive, or null when it does not. */
        @CheckForNull
        public String due(@NonNull ArchivePage archive) {
            Verdict verdict = due.get(archive.getIndex());
            return verdict == null ? null : Expiry.reason(verdict);
        }

        /** Bytes of its archives, for people. */
        @NonNull
        public String getSizeText() {
            return Amount.size(bytes);
        }

        /** Bytes that no earlier build has, for people. */
        @NonNull
        public String getAdded() {
            return Amount.size(added);
        }

        /** For sorting. */
        public long getSizeKey() {
            return bytes;
        }

        /** For sorting. */
        public long getAddedKey() {
            return added;
        }
    }

    /** Adds the page to jobs whose newest builds have archives. */
    @Extension
    @SuppressWarnings("rawtypes") // as Jenkins knows jobs
    public static final class Factory extends TransientActionFactory<Job> {

        /** Builds that are looked at: this is asked each time Jenkins draws a job, and reads builds from the disk. */
        private static final int NEWEST = 10;

        @Override
        public Class<Job> type() {
            return Job.class;
        }

        @Override
        @NonNull
        public Collection<? extends Action> createFor(@NonNull Job target) {
            Run<?, ?> run = target.getLastBuild();
            for (int i = 0; i < NEWEST && run != null; i++) {
                ArchivesAction action = run.getAction(ArchivesAction.class);
                if (action != null && !action.getArchives().isEmpty()) {
                    return List.of(new JobPage(target));
                }
                run = run.getPreviousBuild();
            }
            return List.of();
        }
    }
}
