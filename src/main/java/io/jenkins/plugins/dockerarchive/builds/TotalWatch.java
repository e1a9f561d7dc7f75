package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Computer;
import io.jenkins.plugins.dockerarchive.retention.RunningTotal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import jenkins.util.Timer;

/**
 * Has all jobs swept soon after a build that makes them take more than they may. That looks at every archive there is, so
 * it happens only when the running total says so, and never takes more than a small part of the time.
 */
final class TotalWatch {

    /** Time between two sweeps, in times of the first one. */
    private static final int PAUSE = 20;

    private final RunningTotal total = new RunningTotal();
    private boolean requested;
    private long earliest = System.nanoTime();

    @NonNull
    RunningTotal total() {
        return total;
    }

    /** All jobs have just been swept. */
    synchronized void swept(@NonNull Duration work) {
        earliest = System.nanoTime() + work.multipliedBy(PAUSE).toNanos();
    }

    /** Does the work once, now or when that is not too soon after the last time; on another thread. */
    void request(@NonNull Runnable work) {
        long delay;
        synchronized (this) {
            if (requested) {
                return;
            }
            requested = true;
            delay = Math.max(0, earliest - System.nanoTime());
        }
        Timer.get()
                .schedule(() -> Computer.threadPoolForRemoting.execute(() -> run(work)), delay, TimeUnit.NANOSECONDS);
    }

    private void run(Runnable work) {
        synchronized (this) {
            requested = false; // from here on a new request may see more than this work
        }
        work.run();
    }
}
