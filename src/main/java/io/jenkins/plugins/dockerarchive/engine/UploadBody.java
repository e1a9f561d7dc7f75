package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InputStream;

/**
 * What a call uploads, as the HTTP client reads it.
 *
 * <p>When the caller's stream throws, the connection must be dropped before the HTTP client learns of it: the client
 * would end the body politely ({@code DefaultBHttpClientConnection.sendRequestEntity} closes the chunked stream
 * whatever happened), and the engine would take the part that it got for the whole.
 */
final class UploadBody extends InputStream {

    private final InputStream source;
    private final IdleClock clock;
    private final Runnable dropConnection;

    private volatile long sent;
    private volatile boolean complete;

    @CheckForNull
    private volatile Throwable failure;

    UploadBody(@NonNull InputStream source, @NonNull IdleClock clock, @NonNull Runnable dropConnection) {
        this.source = source;
        this.clock = clock;
        this.dropConnection = dropConnection;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        clock.stop();
        int count;
        try {
            count = source.read(buffer, offset, length);
        } catch (IOException | RuntimeException | Error e) {
            failure = e;
            dropConnection.run();
            throw e;
        }
        clock.start();
        if (count < 0) {
            complete = true;
        } else {
            sent += count;
        }
        return count;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /** Leaves the source open: it is the caller's. */
    @Override
    public void close() {}

    /** Bytes that the HTTP client has taken. */
    long sent() {
        return sent;
    }

    /** Whether the HTTP client has taken all. */
    boolean isComplete() {
        return complete;
    }

    /** What the caller's stream threw, or null. */
    @CheckForNull
    Throwable failure() {
        return failure;
    }
}
