package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.is;

import hudson.ExtensionList;
import hudson.model.FreeStyleBuild;
import hudson.model.FreeStyleProject;
import hudson.model.TaskListener;
import io.jenkins.plugins.dockerarchive.builds.AdministratorPage;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchiveSweep;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.builds.JobPage;
import io.jenkins.plugins.dockerarchive.builds.Origin;
import io.jenkins.plugins.dockerarchive.builds.Retention;
import io.jenkins.plugins.dockerarchive.config.ArchiveRetentionProperty;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.RetentionDefaults;
import io.jenkins.plugins.dockerarchive.operations.ArchiveFormat;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/**
 * Bench case P11: what a sweep costs where a job has very many archives. No test that runs by itself: it is asked for by its
 * name, with {@code -Ddocker-archive.sweep.builds=10000}, and writes its figures to standard output.
 */
@WithJenkins
class SweepBench {

    private static final int BUILDS = Integer.getInteger("docker-archive.sweep.builds", 500);
    private static final int ROUNDS = Integer.getInteger("docker-archive.sweep.rounds", 5);

    private static final int REMOVED = BUILDS / 20;

    /** Of an archive's 16 files those that it shares with all others. */
    private static final int SHARED = 11;

    private static final List<String> OWN =
            List.of("oci-layout", "index.json", "manifest.json", "blobs/sha256/a", "blobs/sha256/b");

    @Test
    void sweepsManyArchives(JenkinsRule jenkins) throws Exception {
        FreeStyleProject job = jenkins.createFreeStyleProject("shop");
        makeBuilds(jenkins, job);
        time("Jenkins reads the builds", 1, () -> job.getBuilds().size());
        time("sweep without any rule", ROUNDS, SweepBench::sweep);
        RetentionDefaults defaults = new RetentionDefaults();
        defaults.setKeepDays(30);
        defaults.setKeepBuilds(2 * BUILDS);
        defaults.setJobSize("100 TB");
        DockerArchiveConfiguration.get().setRetention(defaults);
        time("sweep with days, builds and a size of the job; nothing has to go", ROUNDS, SweepBench::sweep);
        defaults.setTotalSize("100 TB");
        DockerArchiveConfiguration.get().setRetention(defaults);
        time("the same with a total size", ROUNDS, SweepBench::sweep);
        ArchiveRetentionProperty own = new ArchiveRetentionProperty();
        own.setKeepBuilds(BUILDS - REMOVED);
        job.addProperty(own);
        time(
                "dry run with " + REMOVED + " due",
                ROUNDS,
                () -> ExtensionList.lookupSingleton(AdministratorPage.class)
                        .getDue()
                        .size());
        JobPage page = job.getAction(JobPage.class);
        time("content of the job's page", ROUNDS, () -> page.getContent().getBuilds());
        time("Jenkins writes " + REMOVED + " builds", 1, () -> {
            for (int number = 1; number <= REMOVED; number++) {
                job.getBuildByNumber(number).save();
            }
            return null;
        });
        time("sweep that removes " + REMOVED, 1, SweepBench::sweep);
        // the first one is the last successful build that Jenkins knows of: it did not see the others end
        assertThat(archive(job.getBuildByNumber(1)).isExpired(), is(false));
        assertThat(archive(job.getBuildByNumber(2)).isExpired(), is(true));
        assertThat(archive(job.getBuildByNumber(REMOVED)).isExpired(), is(true));
        assertThat(archive(job.getLastBuild()).isExpired(), is(false));
    }

    private static ArchiveRecord archive(FreeStyleBuild build) {
        return build.getAction(ArchivesAction.class).getArchives().get(0);
    }

    /** One real build, and copies of its files under other numbers. */
    private static void makeBuilds(JenkinsRule jenkins, FreeStyleProject job) throws Exception {
        FreeStyleBuild first = jenkins.buildAndAssertSuccess(job);
        List<SaveResult.SavedLayer> layers = new ArrayList<>();
        for (int i = 0; i <= SHARED; i++) {
            layers.add(new SaveResult.SavedLayer("sha256:" + String.format("%064x", i), 1_000_000, i == SHARED));
        }
        SaveResult.SavedImage image = new SaveResult.SavedImage(
                "sha256:" + "a".repeat(64),
                List.of("shop:1"),
                "linux/amd64",
                layers,
                "/bin/shop",
                "2026-11-25T12:00:00Z");
        ArchivesAction.of(first)
                .add(ArchiveRecord.of(
                        new SaveResult("/ws", "shop", 12_000, "b".repeat(64), List.of(image), 1_000, false),
                        ArchiveFormat.OCI,
                        new Destination(null, true, null, Destination.Existing.REFUSE),
                        new Retention(null, null),
                        new Origin("Build", "one")));
        Path builds = job.getBuildDir().toPath();
        Path record = builds.resolve("1/build.xml");
        Path shared = builds.resolve("1/archive/shop/blobs/sha256");
        for (int number = 1; number <= BUILDS; number++) {
            Path build = Files.createDirectories(builds.resolve(String.valueOf(number)));
            Path layout = build.resolve("archive/shop");
            Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
            for (String name : OWN) {
                Files.write(layout.resolve(name), new byte[200]);
            }
            for (int i = 0; i < SHARED; i++) {
                if (number == 1) {
                    Files.write(blobs.resolve("shared" + i), new byte[1_000]);
                } else {
                    Files.createLink(blobs.resolve("shared" + i), shared.resolve("shared" + i));
                }
            }
            if (number > 1) {
                Files.copy(record, build.resolve("build.xml"));
            }
        }
        job.updateNextBuildNumber(BUILDS + 1);
        job.doReload();
    }

    /** As Jenkins does it every hour, but on this thread. */
    private static Void sweep() throws Exception {
        ArchiveSweep sweep = ExtensionList.lookupSingleton(ArchiveSweep.class);
        Method execute = ArchiveSweep.class.getDeclaredMethod("execute", TaskListener.class);
        execute.setAccessible(true);
        execute.invoke(sweep, TaskListener.NULL);
        return null;
    }

    private static void time(String what, int rounds, Callable<?> work) throws Exception {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long[] taken = new long[rounds];
        long[] worked = new long[rounds];
        for (int i = 0; i < rounds; i++) {
            long start = System.nanoTime();
            long before = threads.getCurrentThreadCpuTime();
            work.call();
            worked[i] =
                    Duration.ofNanos(threads.getCurrentThreadCpuTime() - before).toMillis();
            taken[i] = Duration.ofNanos(System.nanoTime() - start).toMillis();
        }
        System.out.println("P11 " + BUILDS + " builds, " + what + ": " + Arrays.toString(taken)
                + " ms, of the processor " + Arrays.toString(worked) + " ms");
    }
}
