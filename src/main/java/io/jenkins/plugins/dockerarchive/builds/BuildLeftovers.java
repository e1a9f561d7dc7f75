package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Job;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import java.io.File;
import java.io.IOException;

/**
 * What saves and deletions left in builds that are over, because Jenkins was killed or somebody still read it. Each build
 * is looked at once since this Jenkins started, and again until nothing of it has to wait.
 */
final class BuildLeftovers {

    private final SettledBuilds tidy = new SettledBuilds();

    /** Removes them from all builds of a job. */
    void sweep(@NonNull Job<?, ?> job, @NonNull SweepLog log) {
        for (int number : JobArchives.numbers(job)) {
            if (!tidy.has(job, number) && isTidy(job, number, log)) {
                tidy.add(job, number);
            }
        }
    }

    /** A build of this number has just ended. */
    void forget(@NonNull Job<?, ?> job, int number) {
        tidy.forget(job, number);
    }

    private static boolean isTidy(Job<?, ?> job, int number, SweepLog log) {
        File directory = new File(job.getBuildDir(), String.valueOf(number));
        if (!new File(directory, BuildStore.DIRECTORY).isDirectory()) {
            return true; // Jenkins need not read the build
        }
        Run<?, ?> run = job.getBuildByNumber(number);
        if (run == null || run.isBuilding() || run.isLogUpdated()) {
            return false;
        }
        try {
            return LayeredStashes.tidy(run);
        } catch (IOException e) {
            log.failed("Could not delete what was left in " + run.getFullDisplayName() + ": " + e.getMessage());
            return false;
        }
    }
}
