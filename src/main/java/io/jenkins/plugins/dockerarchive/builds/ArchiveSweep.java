package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.ExtensionList;
import hudson.model.AsyncPeriodicWork;
import hudson.model.Job;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.dockerarchive.config.ByteSize;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.RetentionDefaults;
import io.jenkins.plugins.dockerarchive.retention.RetentionPlan;
import io.jenkins.plugins.dockerarchive.retention.StoredArchive;
import io.jenkins.plugins.dockerarchive.retention.Verdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jenkins.model.Jenkins;

/** Removes what has to go, every hour for all jobs and after each build for its own; measures the disk on the way. */
@Extension
public final class ArchiveSweep extends AsyncPeriodicWork {

    private final Turns turns = new Turns();

    @CheckForNull
    private volatile Measurement measurement;

    /**
     * What the archives of all jobs took on the disk after a sweep.
     *
     * @param time milliseconds since 1970
     * @param jobs biggest first
     */
    record Measurement(long time, @NonNull List<JobUse> jobs) {}

    /**
     * What the archives of a job take.
     *
     * @param job its full name
     */
    record JobUse(@NonNull String job, int archives, long bytes) {}

    /** An archive that has to go, and where. */
    record Due(@NonNull ArchivesAction action, @NonNull Verdict verdict) {}

    public ArchiveSweep() {
        super("Docker archive retention");
    }

    @NonNull
    static ArchiveSweep get() {
        return ExtensionList.lookupSingleton(ArchiveSweep.class);
    }

    @Override
    public long getRecurrencePeriod() {
        return HOUR;
    }

    /** The last measurement since this Jenkins started, or null. */
    @CheckForNull
    Measurement measurement() {
        return measurement;
    }

    @Override
    protected void execute(TaskListener listener) throws IOException, InterruptedException {
        List<JobUse> uses = new ArrayList<>();
        Map<StoredArchive, ArchivesAction> all = new HashMap<>();
        for (Job<?, ?> job : jobs()) {
            try {
                JobArchives rest = sweep(job, listener);
                if (!rest.stored().isEmpty() || rest.bytes() > 0) {
                    uses.add(new JobUse(job.getFullName(), rest.stored().size(), rest.bytes()));
                    rest.stored().forEach(archive -> all.put(archive, rest.action(archive)));
                }
            } catch (IOException e) {
                // one job whose disk fails must not keep the others from being swept
                listener.error("Could not sweep the archives of " + job.getFullName() + ": " + e.getMessage());
            }
        }
        Long limit = totalSize();
        if (limit != null) {
            Set<String> changed = new HashSet<>();
            for (Verdict verdict : RetentionPlan.ofAll(all.keySet(), limit)) {
                changed.add(verdict.archive().job());
                turns.take(verdict.archive().job(), () -> {
                    remove(new Due(all.get(verdict.archive()), verdict), listener);
                    return null;
                });
            }
            for (Job<?, ?> job : jobs()) {
                if (changed.contains(job.getFullName())) {
                    JobArchives rest = new JobArchives(job);
                    uses.removeIf(use -> use.job().equals(job.getFullName()));
                    uses.add(new JobUse(job.getFullName(), rest.stored().size(), rest.bytes()));
                }
            }
        }
        uses.sort(Comparator.comparingLong(JobUse::bytes).reversed().thenComparing(JobUse::job));
        measurement = new Measurement(System.currentTimeMillis(), Collections.unmodifiableList(uses));
    }

    /** Removes what has to go by the rules of one job, and tells what is left. */
    @NonNull
    JobArchives sweep(@NonNull Job<?, ?> job, @NonNull TaskListener listener) throws IOException, InterruptedException {
        return turns.take(job.getFullName(), () -> {
            JobArchives archives = new JobArchives(job);
            List<Verdict> due = archives.due();
            boolean removed = false;
            for (Verdict verdict : due) {
                removed |= remove(new Due(archives.action(verdict.archive()), verdict), listener);
            }
            return removed ? new JobArchives(job) : archives;
        });
    }

    /** What the next sweep would remove; nothing is touched. */
    @NonNull
    List<Due> dryRun() throws IOException {
        List<Due> due = new ArrayList<>();
        Map<StoredArchive, ArchivesAction> rest = new HashMap<>();
        for (Job<?, ?> job : jobs()) {
            JobArchives archives = new JobArchives(job);
            Set<StoredArchive> going = new HashSet<>();
            for (Verdict verdict : archives.due()) {
                due.add(new Due(archives.action(verdict.archive()), verdict));
                going.add(verdict.archive());
            }
            for (StoredArchive archive : archives.stored()) {
                if (!going.contains(archive)) {
                    rest.put(archive, archives.action(archive));
                }
            }
        }
        Long limit = totalSize();
        if (limit != null) {
            for (Verdict verdict : RetentionPlan.ofAll(rest.keySet(), limit)) {
                due.add(new Due(rest.get(verdict.archive()), verdict));
            }
        }
        return due;
    }

    @SuppressWarnings("rawtypes") // as Jenkins gives them
    private static List<Job<?, ?>> jobs() {
        List<Job<?, ?>> jobs = new ArrayList<>();
        for (Job job : Jenkins.get().allItems(Job.class)) {
            jobs.add((Job<?, ?>) job);
        }
        return jobs;
    }

    @CheckForNull
    private static Long totalSize() {
        RetentionDefaults defaults = DockerArchiveConfiguration.get().getRetention();
        return defaults == null ? null : ByteSize.parse("totalSize", defaults.getTotalSize());
    }

    private static boolean remove(Due due, TaskListener listener) {
        Run<?, ?> run = due.action().getRun();
        int index = due.verdict().archive().index();
        ArchiveRemoval removal = new ArchiveRemoval(due.action(), index);
        String name = due.action().getArchives().get(index).getFile() + " of " + run.getFullDisplayName();
        String rule = due.verdict().rule().text() + ": " + Expiry.limit(due.verdict());
        String hindrance = removal.hindrance();
        if (hindrance != null) {
            listener.getLogger().println("Kept " + name + ", which should go by " + rule + ": " + hindrance + ".");
            return false;
        }
        // it may have been marked, or have become the last successful one, since the plan was made
        if (JobArchives.protection(run, index == due.action().newestArtifact()) != null) {
            return false;
        }
        try {
            removal.remove(due.verdict().rule(), Expiry.limit(due.verdict()));
            listener.getLogger().println("Removed " + name + " by " + rule + ".");
            return true;
        } catch (IOException e) {
            listener.error("Could not remove " + name + ": " + e.getMessage());
            return false;
        }
    }
}
