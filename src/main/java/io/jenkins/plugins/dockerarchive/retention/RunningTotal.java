package io.jenkins.plugins.dockerarchive.retention;

/**
 * What all archives take together, without a look at the disk: what was measured last, and what came and went since. Never
 * knows of what others delete, and so is rather too large than too small until the next measurement.
 */
public final class RunningTotal {

    private boolean known;
    private long bytes;

    /** Bytes added while a measurement is under way, which may have seen them or not. */
    private long meanwhile;

    /** A measurement begins. */
    public synchronized void measuring() {
        meanwhile = 0;
    }

    /** The measurement that began last has found so many bytes. */
    public synchronized void measured(long found) {
        known = true;
        bytes = found + meanwhile;
    }

    /** Bytes have come; a negative number have gone. */
    public synchronized void add(long more) {
        bytes += more;
        meanwhile += Math.max(0, more);
    }

    /** Whether there may be more than that; nobody knows before the first measurement. */
    public synchronized boolean mayExceed(long limit) {
        return !known || bytes > limit;
    }
}
