package io.jenkins.plugins.dockerarchive.engine;

import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * One request to an engine, from connecting to the answer's last byte, which any thread can end at any time.
 *
 * <p>Nothing in a blocking HTTP client can be interrupted reliably: an interrupt ends a read of a unix socket but not
 * one of a TCP socket, a name look-up ends by itself only, and there is no response to close before the engine has sent
 * its status line. So a thread of the call's own sends the request, the caller waits for it, and whoever ends the call
 * closes its sockets. Afterwards that same thread watches over the caller's reads of the answer.
 */
final class EngineCall implements Closeable {

    /** How often a waiting caller and its reads are looked after. */
    private static final long TICK_MILLIS = 100;

    /** How long the sender may take to let go of the caller's upload. */
    private static final long RELEASE_MILLIS = 1000;

    private enum Ending {
        /** The caller has what it wants. */
        CLOSED,
        ABORTED,
        INTERRUPTED,
        IDLE,
        /** What the caller uploads could not be read. */
        SOURCE_FAILED
    }

    private final String task;
    private final DockerHttpClient client;
    private final TlsSockets tlsSockets;
    private final Duration idleLimit;
    private final EngineFaults faults;
    private final Consumer<EngineCall> onEnd;

    private final IdleClock clock = new IdleClock();
    private final CompletableFuture<Response> answer = new CompletableFuture<>();

    /** Guarded by this. */
    @CheckForNull
    private Ending ending;

    @CheckForNull
    private volatile Thread sender;

    /** The thread that reads the answer just now. */
    @CheckForNull
    private volatile Thread reader;

    /**
     * @param task what the engine is to do, in words that follow "could not"
     * @param client for this call alone
     * @param tlsSockets those of {@code client}
     */
    EngineCall(
            @NonNull String task,
            @NonNull DockerHttpClient client,
            @NonNull TlsSockets tlsSockets,
            @NonNull Duration idleLimit,
            @NonNull EngineFaults faults,
            @NonNull Consumer<EngineCall> onEnd) {
        this.task = task;
        this.client = client;
        this.tlsSockets = tlsSockets;
        this.idleLimit = idleLimit;
        this.faults = faults;
        this.onEnd = onEnd;
    }

    /**
     * Sends the request and waits for the beginning of the answer.
     *
     * @param source of the request's body, or null
     * @throws IOException {@link EngineException}, or what {@code source} threw
     */
    @NonNull
    Answer send(@NonNull Request.Builder request, @CheckForNull InputStream source)
            throws IOException, InterruptedException {
        UploadBody upload = source == null ? null : new UploadBody(source, clock, () -> end(Ending.SOURCE_FAILED));
        Request complete =
                upload == null ? request.build() : request.body(upload).build();
        clock.start();
        Thread thread =
                new Thread(() -> exchange(complete), "engine call: " + complete.method() + " " + complete.path());
        thread.setDaemon(true);
        sender = thread;
        thread.start();
        try {
            Response response = await();
            clock.stop();
            return new Answer(task, response.getStatusCode(), new AnswerStream(response.getBody()), response, faults);
        } catch (InterruptedException e) {
            end(Ending.INTERRUPTED);
            release(thread, upload);
            throw e;
        } catch (CancellationException e) {
            release(thread, upload);
            throw endedBy(upload, e);
        } catch (ExecutionException e) {
            end(Ending.CLOSED);
            throw failedBy(upload, e.getCause());
        }
    }

    private Response await() throws InterruptedException, ExecutionException {
        while (true) {
            try {
                return answer.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                endWhenIdle();
            }
        }
    }

    /** The caller may use its stream again when this returns. */
    private static void release(Thread thread, @CheckForNull UploadBody upload) throws InterruptedException {
        if (upload != null) {
            thread.join(RELEASE_MILLIS);
        }
    }

    private IOException endedBy(@CheckForNull UploadBody upload, Throwable cause) {
        Throwable failure = upload == null ? null : upload.failure();
        if (ending() != Ending.SOURCE_FAILED || failure == null) {
            return ended(cause);
        }
        if (failure instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (failure instanceof Error error) {
            throw error;
        }
        return (IOException) failure;
    }

    private EngineException failedBy(@CheckForNull UploadBody upload, Throwable failure) {
        // docker-java wraps every IOException
        Throwable cause = failure instanceof RuntimeException && failure.getCause() instanceof IOException
                ? failure.getCause()
                : failure;
        return upload != null && upload.sent() > 0 && !upload.isComplete()
                ? faults.closedUpload(task, upload.sent(), cause)
                : faults.broken(task, cause);
    }

    /** What the call's own thread does. */
    private void exchange(Request request) {
        try {
            Response response = client.execute(request);
            if (!answer.complete(response)) {
                response.close(); // ended meanwhile
                return;
            }
        } catch (RuntimeException | Error e) {
            answer.completeExceptionally(e);
            return;
        }
        try {
            watch();
        } catch (InterruptedException e) {
            // Only the end of the call interrupts this thread.
        }
    }

    private void watch() throws InterruptedException {
        while (ending() == null) {
            Thread thread = reader;
            if (thread != null && thread.isInterrupted()) {
                end(Ending.INTERRUPTED);
            }
            endWhenIdle();
            synchronized (this) {
                if (ending == null) {
                    wait(TICK_MILLIS);
                }
            }
        }
    }

    private void endWhenIdle() {
        if (clock.exceeds(idleLimit)) {
            end(Ending.IDLE);
        }
    }

    void abort() {
        end(Ending.ABORTED);
    }

    /** Drops the connection; what the engine still sends is not read. */
    @Override
    public void close() {
        end(Ending.CLOSED);
    }

    private void end(Ending how) {
        synchronized (this) {
            if (ending != null) {
                return;
            }
            ending = how;
            notifyAll();
        }
        Response response = null;
        if (!answer.cancel(false) && !answer.isCompletedExceptionally()) {
            response = answer.getNow(null);
        }
        // First the sockets, then the sender: woken while it can still write it would end the request's body, and the
        // engine would take a part for the whole.
        tlsSockets.close();
        if (response != null) {
            response.close();
        }
        try {
            client.close();
        } catch (IOException | RuntimeException e) {
            // Its sockets are closed all the same.
        }
        Thread thread = sender;
        if (thread != null && thread != Thread.currentThread()) {
            thread.interrupt();
        }
        onEnd.accept(this);
    }

    @CheckForNull
    private synchronized Ending ending() {
        return ending;
    }

    private IOException ended(@CheckForNull Throwable cause) {
        Ending how = ending();
        if (how == Ending.INTERRUPTED) {
            return new CallInterruptedException(task);
        }
        if (how == Ending.IDLE) {
            return faults.idle(task, idleLimit);
        }
        if (how == Ending.ABORTED) {
            return faults.aborted(task);
        }
        return new IOException("The engine's answer is closed.", cause);
    }

    /** The answer's body. Ends the call when it is closed, and as soon as it is read to its end. */
    private final class AnswerStream extends InputStream {

        private final InputStream body;
        private boolean complete;

        AnswerStream(InputStream body) {
            this.body = body;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (complete || length == 0) {
                return complete ? -1 : 0;
            }
            int count;
            Thread thread = Thread.currentThread();
            reader = thread;
            clock.start();
            try {
                if (thread.isInterrupted()) {
                    end(Ending.INTERRUPTED);
                }
                if (ending() != null) {
                    throw ended(null);
                }
                count = body.read(buffer, offset, length);
            } catch (CallInterruptedException | EngineException e) {
                throw e;
            } catch (IOException | RuntimeException e) {
                if (thread.isInterrupted()) {
                    end(Ending.INTERRUPTED); // a unix socket notices by itself
                }
                if (ending() != null) {
                    throw ended(e);
                }
                end(Ending.CLOSED);
                throw faults.lost(task, e);
            } finally {
                clock.stop();
                reader = null;
            }
            if (count < 0) {
                if (ending() != null) {
                    throw ended(null); // a closed socket may look like the end
                }
                complete = true;
                close();
            }
            return count;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        /** Never reads the rest, however much it is: docker-java's own stream would. */
        @Override
        public void close() {
            EngineCall.this.close();
        }
    }
}
