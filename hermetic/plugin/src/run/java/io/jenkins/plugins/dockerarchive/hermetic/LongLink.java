package io.jenkins.plugins.dockerarchive.hermetic;

import io.jenkins.plugins.dockerarchive.store.InputInTurns;
import io.jenkins.plugins.dockerarchive.store.OutputInTurns;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A link with a long way and any width, on which each stream may have 1 MiB under way, as Jenkins' remoting gives to a pipe. */
final class LongLink {

    private static final int WINDOW = 1 << 20;
    private static final int END = -1;

    private final long oneWay;

    LongLink(Duration roundTrip) {
        this.oneWay = roundTrip.toNanos() / 2;
    }

    /** Seconds that so many bytes take. */
    double seconds(long bytes, int streams) throws IOException, InterruptedException {
        List<Stream> all = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            all.add(new Stream());
        }
        long start = System.nanoTime();
        Thread sender = new Thread(() -> {
            List<OutputStream> outs = all.stream().map(Stream::out).toList();
            try (OutputInTurns out = new OutputInTurns(outs, OutputInTurns.Reader.BY_SIZE)) {
                byte[] block = new byte[256 << 10];
                for (long left = bytes; left > 0; left -= block.length) {
                    out.write(block, 0, (int) Math.min(block.length, left));
                }
            } catch (IOException e) {
                all.forEach(stream -> stream.parts.add(new Part(new byte[0], 0)));
            }
        });
        sender.start();
        long received = 0;
        try (InputInTurns in = new InputInTurns(all.stream().map(Stream::in).toList())) {
            byte[] buffer = new byte[128 << 10];
            for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
                received += read;
            }
        }
        sender.join();
        if (received != bytes) {
            throw new IOException("the link lost bytes: " + received + " of " + bytes);
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private record Part(byte[] bytes, long arrives) {}

    private final class Stream {
        private final Semaphore window = new Semaphore(WINDOW);
        private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
        private final BlockingQueue<long[]> acknowledged = new LinkedBlockingQueue<>();

        Stream() {
            Thread thread = new Thread(() -> {
                try {
                    for (long[] ack = acknowledged.take(); ack[0] != END; ack = acknowledged.take()) {
                        TimeUnit.NANOSECONDS.sleep(Math.max(0, ack[1] - System.nanoTime()));
                        window.release((int) ack[0]);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        OutputStream out() {
            return new OutputStream() {
                @Override
                public void write(int b) throws IOException {
                    write(new byte[] {(byte) b}, 0, 1);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    window.acquireUninterruptibly(length);
                    parts.add(new Part(Arrays.copyOfRange(bytes, offset, offset + length), System.nanoTime() + oneWay));
                }

                @Override
                public void close() {
                    parts.add(new Part(new byte[0], System.nanoTime() + oneWay));
                }
            };
        }

        InputStream in() {
            return new InputStream() {
                private byte[] current = new byte[0];
                private int at;
                private boolean ended;

                @Override
                public int read() throws IOException {
                    byte[] one = new byte[1];
                    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
                }

                @Override
                public int read(byte[] target, int offset, int length) throws IOException {
                    if (at == current.length && !ended) {
                        next();
                    }
                    if (ended) {
                        return -1;
                    }
                    int count = Math.min(length, current.length - at);
                    System.arraycopy(current, at, target, offset, count);
                    at += count;
                    return count;
                }

                private void next() throws IOException {
                    try {
                        Part part = parts.take();
                        TimeUnit.NANOSECONDS.sleep(Math.max(0, part.arrives - System.nanoTime()));
                        current = part.bytes;
                        at = 0;
                        ended = current.length == 0;
                        acknowledged.add(new long[] {ended ? END : current.length, System.nanoTime() + oneWay});
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        throw new IOException(e);
                    }
                }
            };
        }
    }
}
