package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InterruptedIOException;

/** Hands what several connections of an engine bring to the one thread that takes it, one after another. */
final class PushTurns {

    /** Guarded by this, like all fields. What waits to be taken, or is being read. */
    @CheckForNull
    private PushedBlob offered;

    private boolean taken;
    private boolean ended;

    @CheckForNull
    private IOException failure;

    /**
     * Waits until the blob was read to its end and found good.
     *
     * @throws IOException when nobody takes it any more
     */
    synchronized void give(@NonNull PushedBlob blob) throws IOException, InterruptedException {
        while (offered != null && !ended) {
            wait();
        }
        if (!ended) {
            offered = blob;
            notifyAll();
        }
        while (offered == blob && !ended) {
            wait();
        }
        if (ended) {
            throw new IOException("Nobody takes what is pushed any more.");
        }
    }

    /**
     * Waits for the next blob; the one before it counts as good.
     *
     * @return null when all were taken
     * @throws NotPushedException when there will be no more because the push failed
     */
    @CheckForNull
    synchronized PushedBlob take() throws IOException {
        if (taken) {
            taken = false;
            offered = null;
            notifyAll();
        }
        try {
            while (offered == null && !ended) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("Interrupted while an engine pushed.").initCause(e);
        }
        if (failure != null) {
            throw new NotPushedException(failure);
        }
        taken = offered != null;
        return offered;
    }

    /** Nothing more will come, or be taken; the first word counts. */
    synchronized void end(@CheckForNull IOException why) {
        if (!ended) {
            ended = true;
            failure = why;
            notifyAll();
        }
    }
}
