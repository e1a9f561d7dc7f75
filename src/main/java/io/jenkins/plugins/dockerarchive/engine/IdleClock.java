package io.jenkins.plugins.dockerarchive.engine;

import java.time.Duration;

/** Measures how long an engine has been silent while somebody waits for it. */
final class IdleClock {

    private static final long STOPPED = Long.MIN_VALUE;

    /** {@code System.nanoTime()} of the latest byte, or {@link #STOPPED} while it is not the engine that is waited for. */
    private volatile long since = STOPPED;

    /** From now on it is the engine's turn. */
    void start() {
        long now = System.nanoTime();
        since = now == STOPPED ? now + 1 : now;
    }

    void stop() {
        since = STOPPED;
    }

    boolean exceeds(Duration limit) {
        long start = since;
        return start != STOPPED && System.nanoTime() - start > limit.toNanos();
    }
}
