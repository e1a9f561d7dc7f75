package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Job;
import java.util.BitSet;
import java.util.Map;
import java.util.WeakHashMap;

/**
 * Builds that are over and have no archive left, as found out since this Jenkins started. Reading one from the disk takes
 * milliseconds, and a job may have thousands of them.
 */
final class SettledBuilds {

    private final Map<Job<?, ?>, BitSet> numbers = new WeakHashMap<>();

    synchronized boolean has(@NonNull Job<?, ?> job, int build) {
        BitSet settled = numbers.get(job);
        return settled != null && settled.get(build);
    }

    synchronized void add(@NonNull Job<?, ?> job, int build) {
        numbers.computeIfAbsent(job, j -> new BitSet()).set(build);
    }

    /** A build of this number has just ended: whatever was known of it was known of another. */
    synchronized void forget(@NonNull Job<?, ?> job, int build) {
        BitSet settled = numbers.get(job);
        if (settled != null) {
            settled.clear(build);
        }
    }
}
