package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Takes what arrives at once, on a thread of its own, so that whoever brings it is never kept waiting, and grants more when
 * it has been used. Holds {@link #WINDOW} bytes at most.
 *
 * @see GrantedOutput
 */
public final class ReadAhead extends InputStream {

    /** Bytes that may be on their way or waiting here: at a round trip of 20 ms enough for 400 MB/s. */
    static final int WINDOW = 8 << 20;

    /** Bytes that one grant stands for. */
    static final int GRANT = 256 << 10;

    private final InputStream in;
    private final OutputStream grants;
    private final Thread thread;
    private final Deque<byte[]> waiting = new ArrayDeque<>();
    private long held;
    private int taken;
    private int used;
    private boolean ended;
    private boolean closed;
    private IOException failure;

    /**
     * @param in closed with this
     * @param grants gets a byte each time {@link #GRANT} bytes were used; closed with this
     */
    public ReadAhead(@NonNull InputStream in, @NonNull OutputStream grants) {
        this.in = in;
        this.grants = grants;
        this.thread = new Thread(this::takeAll, "docker-archive reading ahead");
        thread.setDaemon(true);
        thread.start();
    }

    private void takeAll() {
        IOException end = null;
        try {
            byte[] buffer = new byte[GRANT];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                take(Arrays.copyOf(buffer, read));
            }
        } catch (IOException e) {
            end = e;
            abandon();
        }
        synchronized (this) {
            ended = true;
            failure = end;
            notifyAll();
        }
    }

    /** Lets whoever still brings something go. */
    private void abandon() {
        try {
            in.close();
        } catch (IOException e) {
            return; // it is closed
        }
    }

    private synchronized void take(byte[] bytes) throws IOException {
        if (held + bytes.length > WINDOW) {
            throw new IOException("more was sent than there is room for");
        }
        if (bytes.length > 0) {
            held += bytes.length;
            waiting.add(bytes);
            notifyAll();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int count = copy(buffer, offset, length);
        for (used += Math.max(0, count); used >= GRANT; used -= GRANT) {
            grant();
        }
        return count;
    }

    private synchronized int copy(byte[] buffer, int offset, int length) throws IOException {
        while (waiting.isEmpty() && !ended && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted");
            }
        }
        if (closed) {
            throw new IOException("closed");
        }
        if (waiting.isEmpty()) {
            if (failure != null) {
                throw new IOException(failure.getMessage(), failure);
            }
            return -1;
        }
        byte[] first = waiting.peek();
        int count = Math.min(length, first.length - taken);
        System.arraycopy(first, taken, buffer, offset, count);
        taken += count;
        held -= count;
        if (taken == first.length) {
            waiting.remove();
            taken = 0;
        }
        return count;
    }

    private void grant() {
        try {
            grants.write(1);
            grants.flush();
        } catch (IOException e) {
            // Who listens no more has sent all, or is gone: how that ended comes with the bytes.
            return;
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (this) {
            closed = true;
            waiting.clear();
            notifyAll();
        }
        thread.interrupt();
        try (grants) {
            in.close();
        }
    }
}
