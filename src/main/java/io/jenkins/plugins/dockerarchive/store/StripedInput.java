package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/**
 * The bytes of a {@link StripedOutput} in their order again. A write to one of the {@link #sinks} waits while enough is
 * there to be read, and never while the reader waits for another sink: the sinks may be written by one thread in turn, as
 * Jenkins' remoting does. What arrives out of order is bounded; a sender that exceeds it is not ours.
 */
public final class StripedInput extends InputStream {

    /** Bytes that may wait for the reader before a writer does. */
    private static final int ENOUGH = 4 << 20;

    /** Bytes that may be there out of order; a sender of ours has less than 4 MiB under way. */
    private static final int MOST = 32 << 20;

    private final List<Sink> sinks = new ArrayList<>();
    private final Object lock = new Object();
    private long position;
    private long waiting;
    private boolean closed;
    private IOException failure;

    public StripedInput(int streams) {
        for (int i = 0; i < streams; i++) {
            sinks.add(new Sink());
        }
    }

    /** The streams that the sender writes, in its order. */
    @NonNull
    public List<OutputStream> sinks() {
        return List.copyOf(sinks);
    }

    /** No more will come, for that reason: reads fail when they have had what is here. */
    public void fail(@NonNull IOException reason) {
        synchronized (lock) {
            if (failure == null) {
                failure = reason;
            }
            lock.notifyAll();
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
        synchronized (lock) {
            Sink sink = current();
            while (sink.chunks.isEmpty() && !sink.ended) {
                check();
                pause();
            }
            if (closed) {
                throw new IOException("closed");
            }
            if (sink.chunks.isEmpty()) {
                check();
                if (waiting > 0) {
                    throw new EOFException("A part of what the agent sent is missing");
                }
                return -1;
            }
            byte[] chunk = sink.chunks.peek();
            int inSegment = StripedOutput.SEGMENT - (int) (position % StripedOutput.SEGMENT);
            int read = Math.min(Math.min(length, inSegment), chunk.length - sink.taken);
            System.arraycopy(chunk, sink.taken, buffer, offset, read);
            sink.taken += read;
            if (sink.taken == chunk.length) {
                sink.chunks.remove();
                sink.taken = 0;
            }
            position += read;
            waiting -= read;
            lock.notifyAll();
            return read;
        }
    }

    private Sink current() {
        return sinks.get((int) (position / StripedOutput.SEGMENT % sinks.size()));
    }

    private void check() throws IOException {
        if (failure != null) {
            throw new IOException(failure.getMessage(), failure);
        }
        if (closed) {
            throw new IOException("closed");
        }
    }

    private void pause() throws InterruptedIOException {
        try {
            lock.wait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }

    /** Nothing more is read: writes to the sinks fail from now on, those that wait as well. */
    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            waiting = 0;
            sinks.forEach(sink -> sink.chunks.clear());
            lock.notifyAll();
        }
    }

    private final class Sink extends OutputStream {
        private final Deque<byte[]> chunks = new ArrayDeque<>();
        private int taken;
        private boolean ended;

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            synchronized (lock) {
                while (waiting >= ENOUGH
                        && !closed
                        && failure == null
                        && !current().chunks.isEmpty()) {
                    pause();
                }
                if (closed || failure != null || ended) {
                    throw new IOException("the controller has stopped this transfer");
                }
                if (waiting + length > MOST) {
                    failure = new IOException("The agent sent too much out of order");
                    lock.notifyAll();
                    throw failure;
                }
                if (length > 0) {
                    chunks.add(Arrays.copyOfRange(bytes, offset, offset + length));
                    waiting += length;
                    lock.notifyAll();
                }
            }
        }

        @Override
        public void close() {
            synchronized (lock) {
                ended = true;
                lock.notifyAll();
            }
        }
    }
}
