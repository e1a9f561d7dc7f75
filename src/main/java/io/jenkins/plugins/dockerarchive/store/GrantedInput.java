package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.BlockInput;
import io.jenkins.plugins.dockerarchive.image.BlockOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/**
 * What others bring, in the order in which they bring it. It is taken at once, so that whoever brings it for many is never
 * kept waiting, and more is granted when it has been used. Holds {@link #WINDOW} bytes at most: who brings more than was
 * granted waits.
 *
 * @see GrantedOutput
 */
public final class GrantedInput extends BlockInput {

    /** Bytes that may be on their way or waiting here: at a round trip of 20 ms enough for 400 MB/s. */
    static final int WINDOW = 8 << 20;

    /** Bytes that one grant stands for. */
    static final int GRANT = 256 << 10;

    private final OutputStream grants;
    private final Deque<byte[]> waiting = new ArrayDeque<>();
    private long held;
    private int taken;
    private int used;
    private boolean ended;
    private boolean closed;
    private IOException failure;

    /** @param grants gets a byte each time {@link #GRANT} bytes were used; closed with this */
    public GrantedInput(@NonNull OutputStream grants) {
        this.grants = grants;
    }

    /** So many streams to be written in turn, by one thread; the first that is closed is the end. */
    @NonNull
    public List<OutputStream> sinks(int count) {
        return Stream.generate(() -> (OutputStream) new Sink()).limit(count).toList();
    }

    /**
     * Takes all of a stream, on a thread of its own.
     *
     * @param in closed with the result
     * @return what was taken
     */
    @NonNull
    public static InputStream readAhead(@NonNull InputStream in, @NonNull OutputStream grants) {
        GrantedInput input = new GrantedInput(grants);
        Thread thread = new Thread(() -> input.takeAll(in), "docker-archive reading ahead");
        thread.setDaemon(true);
        thread.start();
        return new BlockInput() {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                return input.read(buffer, offset, length);
            }

            @Override
            public void close() throws IOException {
                try (in) {
                    input.close();
                } finally {
                    thread.interrupt();
                }
            }
        };
    }

    private void takeAll(InputStream in) {
        try {
            byte[] buffer = new byte[GRANT];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                put(Arrays.copyOf(buffer, read));
            }
            end();
        } catch (IOException e) {
            fail(e);
        }
    }

    /** No more will come, for that reason: reads fail when they have had what is here. */
    public synchronized void fail(@NonNull IOException reason) {
        if (failure == null && !ended) {
            failure = reason;
        }
        ended = true;
        notifyAll();
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int count = take(buffer, offset, length);
        for (used += Math.max(0, count); used >= GRANT; used -= GRANT) {
            grant();
        }
        return count;
    }

    private synchronized int take(byte[] buffer, int offset, int length) throws IOException {
        while (waiting.isEmpty() && !ended && !closed) {
            pause();
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
        notifyAll();
        return count;
    }

    private void pause() throws InterruptedIOException {
        try {
            wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
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

    private synchronized void put(byte[] bytes) throws IOException {
        while (held + bytes.length > WINDOW && held > 0 && !ended && !closed) {
            pause();
        }
        if (ended || closed) {
            throw new IOException("The other side reads no more.");
        }
        if (bytes.length > 0) {
            held += bytes.length;
            waiting.add(bytes);
            notifyAll();
        }
    }

    private synchronized void end() {
        ended = true;
        notifyAll();
    }

    /** Nothing more is read: who brings something is told so. */
    @Override
    public void close() throws IOException {
        synchronized (this) {
            closed = true;
            waiting.clear();
            notifyAll();
        }
        grants.close();
    }

    private final class Sink extends BlockOutput {
        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            put(Arrays.copyOfRange(bytes, offset, offset + length));
        }

        @Override
        public void close() {
            end();
        }
    }
}
