package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.store.GrantedInput;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Receives, on a thread of its own, what an agent sends while this one waits for the agent. Closed before {@link #accept},
 * it takes back what was made, and its thread ends.
 */
public final class Reception implements Closeable {

    private static final int PATIENCE_SECONDS = 3;

    private final KeepImages keep;
    private final GrantedInput in;
    private final FutureTask<SaveResult> receiving;
    private final Thread thread;
    private boolean accepted;

    /**
     * @param who a name for the thread
     * @param grants tells a sender that heeds them how much more there is room for; closed with this
     */
    public Reception(@NonNull KeepImages keep, @NonNull String who, @NonNull OutputStream grants) {
        this.keep = keep;
        this.in = new GrantedInput(grants);
        this.receiving = new FutureTask<>(this::receive);
        this.thread = new Thread(receiving, "docker-archive receiving for " + who);
        thread.setDaemon(true);
        thread.start();
    }

    private SaveResult receive() throws IOException {
        // a sender that is ahead of a failure here must not wait for ever
        try (GrantedInput sent = in) {
            return keep.receive(sent);
        }
    }

    /** Where the agent writes to, in turn: so many streams. */
    @NonNull
    public List<OutputStream> sinks(int count) {
        return in.sinks(count);
    }

    /** What was kept, when the agent has sent everything. */
    @NonNull
    public SaveResult result() throws IOException, InterruptedException {
        try {
            return receiving.get();
        } catch (ExecutionException e) {
            throw readable(e.getCause());
        }
    }

    /** What the user shall be told: where this side gave up first, an agent only knows that it did. */
    @NonNull
    public IOException reason(@NonNull IOException agent) throws InterruptedException {
        in.fail(agent);
        try {
            receiving.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
                if (cause == agent) {
                    return agent;
                }
            }
            return readable(e.getCause());
        } catch (TimeoutException e) {
            return agent;
        }
        return agent;
    }

    private static OperationException readable(Throwable cause) {
        if (cause instanceof OperationException known) {
            return known;
        }
        String what = cause instanceof ArchiveException ? "What the agent sent was not kept" : "Nothing was kept";
        return new OperationException(what + " on the controller: " + cause.getMessage() + ".", cause);
    }

    /** All is well: what was made stays. */
    public void accept() {
        accepted = true;
    }

    @Override
    public void close() throws IOException {
        if (accepted) {
            return;
        }
        in.fail(new IOException("the save was given up"));
        thread.interrupt();
        boolean interrupted = Thread.interrupted();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        keep.discard();
    }
}
