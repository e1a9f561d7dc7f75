package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** Lets work for the same job happen one after another, and for different jobs at once. */
final class Turns {

    /** Something for one job. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException, InterruptedException;
    }

    private final Set<String> busy = new HashSet<>();

    /** Waits until nobody works for this job, then works. */
    <T> T take(@NonNull String job, @NonNull Work<T> work) throws IOException, InterruptedException {
        synchronized (this) {
            while (!busy.add(job)) {
                wait();
            }
        }
        try {
            return work.run();
        } finally {
            synchronized (this) {
                busy.remove(job);
                notifyAll();
            }
        }
    }
}
