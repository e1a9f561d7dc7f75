package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Job;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.config.ArchiveRetentionProperty;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.RetentionDefaults;
import io.jenkins.plugins.dockerarchive.retention.DiskUse;
import io.jenkins.plugins.dockerarchive.retention.RetentionPlan;
import io.jenkins.plugins.dockerarchive.retention.RetentionPolicy;
import io.jenkins.plugins.dockerarchive.retention.StoredArchive;
import io.jenkins.plugins.dockerarchive.retention.StoredArchive.Protection;
import io.jenkins.plugins.dockerarchive.retention.Verdict;
import io.jenkins.plugins.dockerarchive.transfer.Whole;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The archives that the builds of one job still have, measured now. */
final class JobArchives {

    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,8}");

    private final Job<?, ?> job;
    private final Map<StoredArchive, ArchivesAction> archives = new LinkedHashMap<>();
    private final List<Map<Object, Long>> stashes = new ArrayList<>();

    /** Negative until somebody asks. */
    private long archiveBytes = -1;

    /** Reads all builds of the job and looks at their files; newest build first. */
    JobArchives(@NonNull Job<?, ?> job) throws IOException {
        this(job, new SettledBuilds());
    }

    /**
     * The same without a look at builds that are known to have nothing; adds to these.
     *
     * @param settled of this job and of others
     */
    JobArchives(@NonNull Job<?, ?> job, @NonNull SettledBuilds settled) throws IOException {
        this.job = job;
        Run<?, ?> successful = job.getLastSuccessfulBuild();
        for (int number : numbers(job)) {
            if (settled.has(job, number)) {
                continue;
            }
            Run<?, ?> run = job.getBuildByNumber(number);
            if (run == null) {
                continue; // deleted meanwhile, or nothing that Jenkins can read
            }
            int before = archives.size() + stashes.size();
            ArchivesAction action = run.getAction(ArchivesAction.class);
            if (action != null) {
                read(run, action, successful);
            }
            if (archives.size() + stashes.size() == before && !run.isLogUpdated()) {
                settled.add(job, number);
            }
        }
    }

    /** Numbers of all builds as their directories are called, newest first: Jenkins itself would read each build. */
    @NonNull
    static List<Integer> numbers(Job<?, ?> job) {
        String[] names = job.getBuildDir().list();
        return Stream.of(names == null ? new String[0] : names)
                .filter(name -> NUMBER.matcher(name).matches())
                .map(Integer::valueOf)
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    private void read(Run<?, ?> run, ArchivesAction action, @CheckForNull Run<?, ?> successful) throws IOException {
        ArchiveFiles files = new ArchiveFiles(run);
        Map<Object, Long> ofStashes = files.useOfStashes();
        if (!ofStashes.isEmpty()) {
            stashes.add(ofStashes);
        }
        List<ArchiveRecord> records = action.getArchives();
        int newest = action.newestArtifact();
        for (int i = 0; i < records.size(); i++) {
            ArchiveRecord record = records.get(i);
            if (record.isArtifact() && !record.isExpired() && !action.isReplaced(i)) {
                StoredArchive archive = new StoredArchive(
                        job.getFullName(),
                        run.getNumber(),
                        i,
                        record.getTime(),
                        record.getKeepDays(),
                        record.getKeepBuilds(),
                        protection(run, i == newest ? successful : null),
                        files.use(record));
                archives.put(archive, action);
            }
        }
    }

    /** Why an archive stays whatever the rules say; asked again before it is deleted. */
    @CheckForNull
    static Protection protection(@NonNull Run<?, ?> run, boolean newestOfBuild) {
        return protection(run, newestOfBuild ? run.getParent().getLastSuccessfulBuild() : null);
    }

    /** @param spared build whose newest archive stays, if it is one that is asked about */
    @CheckForNull
    private static Protection protection(Run<?, ?> run, @CheckForNull Run<?, ?> spared) {
        Run<?, ?> whole = Whole.of(run);
        if (run.isBuilding() || whole.isBuilding()) {
            return Protection.RUNNING;
        }
        if (run.isKeepLog() || whole.isKeepLog()) {
            return Protection.KEPT_FOREVER;
        }
        return spared != null && spared.getNumber() == run.getNumber() ? Protection.LAST_SUCCESSFUL : null;
    }

    /** What holds for archives of a job whose steps say nothing else. */
    @NonNull
    static RetentionPolicy policy(@NonNull Job<?, ?> job) {
        ArchiveRetentionProperty own = Whole.of(job).getProperty(ArchiveRetentionProperty.class);
        RetentionDefaults defaults = DockerArchiveConfiguration.get().getRetention();
        return new RetentionPolicy(
                ArchiveRetentionProperty.days(own, defaults),
                ArchiveRetentionProperty.builds(own, defaults),
                ArchiveRetentionProperty.bytes(own, defaults));
    }

    @NonNull
    List<StoredArchive> stored() {
        return new ArrayList<>(archives.keySet());
    }

    /** Where an archive's record is. */
    @NonNull
    ArchivesAction action(@NonNull StoredArchive archive) {
        return archives.get(archive);
    }

    /** Bytes of the archives on the disk, shared files once. */
    long archiveBytes() {
        if (archiveBytes < 0) {
            archiveBytes = DiskUse.bytes(archives.keySet());
        }
        return archiveBytes;
    }

    /** Bytes on the disk, stashes that builds keep included, shared files once. */
    long bytes() {
        if (stashes.isEmpty()) {
            return archiveBytes();
        }
        DiskUse use = new DiskUse();
        archives.keySet().forEach(archive -> use.add(archive.files()));
        stashes.forEach(use::add);
        return use.bytes();
    }

    /** What has to go now by the rules of the job. */
    @NonNull
    List<Verdict> due() {
        return RetentionPlan.ofJob(archives.keySet(), policy(job), System.currentTimeMillis());
    }
}
