package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One stream of bytes over several streams in turn, so that a long link carries as many windows as there are streams.
 * Each stream is written by a thread of its own; what waits for them is bounded.
 *
 * @see StripedInput
 */
public final class StripedOutput extends OutputStream {

    /** Bytes that go to one stream before it is the next one's turn. */
    static final int SEGMENT = 128 << 10;

    private static final int WAITING = 2;
    private static final byte[] END = new byte[0];

    private final List<Stripe> stripes = new ArrayList<>();
    private byte[] segment = new byte[SEGMENT];
    private int filled;
    private long segments;
    private boolean closed;

    public StripedOutput(@NonNull List<? extends OutputStream> streams) {
        for (OutputStream stream : streams) {
            stripes.add(new Stripe(stream, stripes.size()));
        }
        stripes.forEach(stripe -> stripe.thread.start());
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            int part = Math.min(length - done, SEGMENT - filled);
            System.arraycopy(bytes, offset + done, segment, filled, part);
            filled += part;
            done += part;
            if (filled == SEGMENT) {
                hand(segment);
                segment = new byte[SEGMENT];
                filled = 0;
            }
        }
    }

    private void hand(byte[] full) throws IOException {
        stripes.get((int) (segments++ % stripes.size())).put(full);
    }

    /** Sends what is left and waits until all has been taken. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        try {
            if (filled > 0) {
                byte[] last = new byte[filled];
                System.arraycopy(segment, 0, last, 0, filled);
                hand(last);
            }
            for (Stripe stripe : stripes) {
                stripe.put(END);
            }
            for (Stripe stripe : stripes) {
                stripe.join();
            }
        } finally {
            abort();
        }
    }

    /** Ends the threads, whatever they do; what was not taken yet is lost. */
    public void abort() {
        closed = true;
        stripes.forEach(stripe -> stripe.thread.interrupt());
    }

    /** One stream and the thread that writes it. */
    private static final class Stripe implements Runnable {
        private final OutputStream stream;
        private final BlockingQueue<byte[]> queue = new ArrayBlockingQueue<>(WAITING);
        private final Thread thread;
        private volatile Throwable failure;

        Stripe(OutputStream stream, int number) {
            this.stream = stream;
            this.thread = new Thread(this, "docker-archive sending " + number);
            this.thread.setDaemon(true);
        }

        @Override
        public void run() {
            try {
                for (byte[] next = queue.take(); next != END; next = queue.take()) {
                    stream.write(next, 0, next.length);
                }
                stream.close();
            } catch (IOException | RuntimeException e) {
                failure = e;
            } catch (InterruptedException e) {
                failure = new InterruptedIOException("interrupted");
            }
        }

        void put(byte[] bytes) throws IOException {
            try {
                while (!queue.offer(bytes, 100, TimeUnit.MILLISECONDS)) {
                    check();
                }
                check();
            } catch (InterruptedException e) {
                throw interrupted();
            }
        }

        void join() throws IOException {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw interrupted();
            }
            check();
        }

        private void check() throws IOException {
            if (failure != null) {
                throw new IOException("The other side takes no more: " + failure.getMessage(), failure);
            }
        }

        private static InterruptedIOException interrupted() {
            Thread.currentThread().interrupt();
            return new InterruptedIOException("interrupted");
        }
    }
}
