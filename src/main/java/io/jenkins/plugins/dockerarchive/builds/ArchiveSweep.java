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
import io.jenkins.plugins.dockerarchive.retention.DiskUse;
import io.jenkins.plugins.dockerarchive.retention.RetentionPlan;
import io.jenkins.plugins.dockerarchive.retention.StoredArchive;
import io.jenkins.plugins.dockerarchive.retention.Verdict;
import io.jenkins.plugins.dockerarchive.transfer.Whole;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.logging.Level;
import java.util.logging.Logger;
import jenkins.model.Jenkins;

/** Removes what has to go, every hour for all jobs and after each build for its own; measures the disk on the way. */
@Extension
public final class ArchiveSweep extends AsyncPeriodicWork {

    private static final Logger LOGGER = Logger.getLogger(ArchiveSweep.class.getName());

    private final Turns turns = new Turns();
    private final TotalWatch watch = new TotalWatch();
    private final SettledBuilds settled = new SettledBuilds();
    private final BuildLeftovers leftovers = new BuildLeftovers();

    /** One sweep of all jobs at a time. */
    private final ReentrantLock all = new ReentrantLock();

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
        sweepAll(SweepLog.of(listener));
    }

    /**
     * Removes what has to go after a build: by the rules of its job now, by those for all jobs soon after, when the build
     * may have made them too large.
     */
    void afterBuild(@NonNull Run<?, ?> run) throws IOException, InterruptedException {
        SweepLog log = SweepLog.of(LOGGER);
        settled.forget(run.getParent(), run.getNumber());
        leftovers.forget(run.getParent(), run.getNumber());
        ArchivesAction action = run.getAction(ArchivesAction.class);
        if (action != null) {
            watch.total().add(new ArchiveFiles(run).unshared(action.getArchives()));
        }
        if (isRuled(run, action)) {
            sweep(run.getParent(), log);
        }
        for (Run<?, ?> part : Whole.parts(run)) {
            // each was over before, and kept everything while this build ran
            if (isRuled(part, part.getAction(ArchivesAction.class))) {
                sweep(part.getParent(), log);
            }
        }
        if (action != null && isTooLarge()) {
            watch.request(this::sweepWhenTooLarge);
        }
    }

    /** Reading all builds of a job is not for nothing: only where something has a limit. */
    private static boolean isRuled(Run<?, ?> run, @CheckForNull ArchivesAction action) {
        return !JobArchives.policy(run.getParent()).isUnlimited()
                || action != null
                        && action.getArchives().stream()
                                .anyMatch(archive -> archive.getKeepDays() != null || archive.getKeepBuilds() != null);
    }

    private boolean isTooLarge() {
        Long limit = totalSize();
        return limit != null && watch.total().mayExceed(limit);
    }

    private void sweepWhenTooLarge() {
        if (!isTooLarge()) {
            return; // the hourly sweep was faster
        }
        try {
            sweepAll(SweepLog.of(LOGGER));
        } catch (IOException e) {
            LOGGER.log(Level.WARNING, "Could not sweep all archives: {0}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sweepAll(SweepLog log) throws IOException, InterruptedException {
        all.lockInterruptibly();
        try {
            long start = System.nanoTime();
            watch.total().measuring();
            List<JobUse> uses = new ArrayList<>();
            watch.total().measured(sweepAll(uses, log));
            uses.sort(Comparator.comparingLong(JobUse::bytes).reversed().thenComparing(JobUse::job));
            measurement = new Measurement(System.currentTimeMillis(), Collections.unmodifiableList(uses));
            watch.swept(Duration.ofNanos(System.nanoTime() - start));
        } finally {
            all.unlock();
        }
    }

    /** @return bytes of all archives that are left */
    private long sweepAll(List<JobUse> uses, SweepLog log) throws IOException, InterruptedException {
        List<StoredArchive> stored = new ArrayList<>();
        Map<String, Job<?, ?>> jobs = new HashMap<>();
        long bytes = 0;
        for (Job<?, ?> job : jobs()) {
            leftovers.sweep(job, log);
            try {
                JobArchives rest = sweep(job, log);
                long taken = rest.bytes();
                if (!rest.stored().isEmpty() || taken > 0) {
                    uses.add(new JobUse(job.getFullName(), rest.stored().size(), taken));
                    stored.addAll(rest.stored());
                    jobs.put(job.getFullName(), job);
                    bytes += rest.archiveBytes();
                }
            } catch (IOException e) {
                // one job whose disk fails must not keep the others from being swept
                log.failed("Could not sweep the archives of " + job.getFullName() + ": " + e.getMessage());
            }
        }
        Long limit = totalSize();
        if (limit != null) {
            Set<Job<?, ?>> changed = new HashSet<>();
            for (Verdict verdict : RetentionPlan.ofAll(stored, limit)) {
                Job<?, ?> job = jobs.get(verdict.archive().job());
                if (turns.take(verdict.archive().job(), () -> remove(job, verdict, log))) {
                    changed.add(job);
                }
            }
            for (Job<?, ?> job : changed) {
                JobArchives rest = new JobArchives(job, settled);
                bytes += rest.archiveBytes()
                        - DiskUse.bytes(stored.stream()
                                .filter(archive -> archive.job().equals(job.getFullName()))
                                .toList());
                uses.removeIf(use -> use.job().equals(job.getFullName()));
                uses.add(new JobUse(job.getFullName(), rest.stored().size(), rest.bytes()));
            }
        }
        return bytes;
    }

    private static boolean remove(Job<?, ?> job, Verdict verdict, SweepLog log) {
        Due due = due(job, verdict);
        return due != null && remove(due, log);
    }

    /** Builds are not kept in memory while all jobs are gone through; one may have been deleted meanwhile. */
    @CheckForNull
    private static Due due(Job<?, ?> job, Verdict verdict) {
        Run<?, ?> run = job.getBuildByNumber(verdict.archive().build());
        ArchivesAction action = run == null ? null : run.getAction(ArchivesAction.class);
        return action == null ? null : new Due(action, verdict);
    }

    /** Removes what has to go by the rules of one job, and tells what is left. */
    @NonNull
    private JobArchives sweep(@NonNull Job<?, ?> job, @NonNull SweepLog log) throws IOException, InterruptedException {
        return turns.take(job.getFullName(), () -> {
            JobArchives archives = new JobArchives(job, settled);
            boolean removed = false;
            for (Verdict verdict : archives.due()) {
                removed |= remove(new Due(archives.action(verdict.archive()), verdict), log);
            }
            if (!removed) {
                return archives;
            }
            JobArchives rest = new JobArchives(job, settled);
            watch.total().add(rest.archiveBytes() - archives.archiveBytes());
            return rest;
        });
    }

    /** What the next sweep would remove; nothing is touched. */
    @NonNull
    List<Due> dryRun() throws IOException {
        List<Due> due = new ArrayList<>();
        List<StoredArchive> rest = new ArrayList<>();
        Map<String, Job<?, ?>> jobs = new HashMap<>();
        for (Job<?, ?> job : jobs()) {
            jobs.put(job.getFullName(), job);
            JobArchives archives = new JobArchives(job, settled);
            Set<StoredArchive> going = Collections.newSetFromMap(new IdentityHashMap<>());
            for (Verdict verdict : archives.due()) {
                due.add(new Due(archives.action(verdict.archive()), verdict));
                going.add(verdict.archive());
            }
            archives.stored().stream()
                    .filter(archive -> !going.contains(archive))
                    .forEach(rest::add);
        }
        Long limit = totalSize();
        if (limit != null) {
            for (Verdict verdict : RetentionPlan.ofAll(rest, limit)) {
                Due one = due(jobs.get(verdict.archive().job()), verdict);
                if (one != null) {
                    due.add(one);
                }
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

    private static boolean remove(Due due, SweepLog log) {
        Run<?, ?> run = due.action().getRun();
        int index = due.verdict().archive().index();
        ArchiveRemoval removal = new ArchiveRemoval(due.action(), index);
        String name = due.action().getArchives().get(index).getFile() + " of " + run.getFullDisplayName();
        String rule = due.verdict().rule().text() + ": " + Expiry.limit(due.verdict());
        String hindrance = removal.hindrance();
        if (hindrance != null) {
            log.kept("Kept " + name + ", which should go by " + rule + ": " + hindrance + ".");
            return false;
        }
        // it may have been marked, or have become the last successful one, since the plan was made
        if (JobArchives.protection(run, index == due.action().newestArtifact()) != null) {
            return false;
        }
        try {
            removal.remove(due.verdict().rule(), Expiry.limit(due.verdict()));
            log.removed("Removed " + name + " by " + rule + ".");
            return true;
        } catch (IOException e) {
            log.failed("Could not remove " + name + ": " + e.getMessage());
            return false;
        }
    }
}
