package io.jenkins.plugins.dockerarchive.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.BlockOutput;
import io.jenkins.plugins.dockerarchive.image.Compression;
import io.jenkins.plugins.dockerarchive.image.Sha256;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import io.jenkins.plugins.dockerarchive.store.OutputInTurns.Reader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a slow reader leaves lies with it, and never in the way of those who share the connection. */
@Timeout(60)
class GrantedStreamsTest {

    private final byte[] bytes = new byte[3 * GrantedInput.WINDOW + 12_345];
    private final AtomicLong passed = new AtomicLong();
    private PipedOutputStream connection;
    private PipedInputStream grants;
    private InputStream reader;
    private GrantedOutput writer;

    @BeforeEach
    void connect() throws IOException {
        new Random(1).nextBytes(bytes);
        connection = new PipedOutputStream();
        grants = new PipedInputStream();
        reader = GrantedInput.readAhead(new PipedInputStream(connection, 64 << 10), new PipedOutputStream(grants));
        writer = new GrantedOutput(counting(connection, passed), grants);
    }

    /** Counts the bytes that have gone on. */
    private static OutputStream counting(OutputStream out, AtomicLong count) {
        return new BlockOutput() {
            @Override
            public void write(byte[] part, int offset, int length) throws IOException {
                out.write(part, offset, length);
                count.addAndGet(length);
            }

            @Override
            public void flush() throws IOException {
                out.flush();
            }

            @Override
            public void close() throws IOException {
                out.close();
            }
        };
    }

    @AfterEach
    void disconnect() throws IOException {
        reader.close();
        connection.close();
    }

    @Test
    void whatIsSentArrives() throws Exception {
        FutureTask<Void> sending = send(bytes);
        assertArrayEquals(bytes, reader.readAllBytes());
        sending.get();
    }

    @Test
    void readerThatDoesNotReadKeepsNobodyWaitingOnTheConnection() throws Exception {
        FutureTask<Void> sending = send(bytes);
        while (passed.get() < GrantedInput.WINDOW) {
            assertFalse(sending.isDone());
            Thread.onSpinWait();
        }
        // it waits for the reader before it writes, and so holds no place on the connection
        assertEquals(GrantedInput.WINDOW, passed.get());
        assertEquals(GrantedInput.GRANT, reader.readNBytes(GrantedInput.GRANT).length);
        while (passed.get() < GrantedInput.WINDOW + GrantedInput.GRANT) {
            Thread.onSpinWait();
        }
        assertEquals(GrantedInput.WINDOW + GrantedInput.GRANT, passed.get());
        assertEquals(bytes.length - GrantedInput.GRANT, reader.readAllBytes().length);
        sending.get();
    }

    @Test
    void readerThatGivesUpEndsTheWriter() throws Exception {
        FutureTask<Void> sending = send(bytes);
        while (passed.get() < GrantedInput.WINDOW) {
            Thread.onSpinWait();
        }
        reader.close();
        assertThrows(IOException.class, () -> reader.read());
        ExecutionException end = assertThrows(ExecutionException.class, sending::get);
        assertEquals("The other side reads no more.", end.getCause().getMessage());
    }

    @Test
    void writerThatFailsEndsTheReader() throws IOException {
        try (InputStream own = GrantedInput.readAhead(
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("the connection is gone");
                    }
                },
                OutputStream.nullOutputStream())) {
            IOException failure = assertThrows(IOException.class, own::read);
            assertEquals("the connection is gone", failure.getMessage());
        }
    }

    @Test
    void writerThatHeedsNoGrantsWaitsAndIsEndedWithTheReader() throws Exception {
        GrantedInput own = new GrantedInput(OutputStream.nullOutputStream());
        OutputStream sink = own.sinks(1).get(0);
        AtomicLong written = new AtomicLong();
        FutureTask<Void> sending = new FutureTask<>(() -> {
            for (; ; written.addAndGet(GrantedInput.GRANT)) {
                sink.write(bytes, 0, GrantedInput.GRANT);
            }
        });
        Thread thread = new Thread(sending);
        thread.start();
        while (written.get() < GrantedInput.WINDOW || thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertEquals(GrantedInput.WINDOW, written.get());
        own.close();
        ExecutionException end = assertThrows(ExecutionException.class, sending::get);
        assertEquals("The other side reads no more.", end.getCause().getMessage());
    }

    @Test
    void whatIsWrittenInTurnArrivesInOrderWhateverItsPieces() throws Exception {
        int block = OutputInTurns.BLOCK;
        for (int size : new int[] {0, 1, block - 1, block, 5 * block + 7, 2 * GrantedInput.WINDOW + 1}) {
            for (int streams : new int[] {1, 3, 8}) {
                GrantedInput in = new GrantedInput(OutputStream.nullOutputStream());
                FutureTask<Void> sending = new FutureTask<>(() -> {
                    Random random = new Random(streams);
                    try (OutputInTurns out = new OutputInTurns(in.sinks(streams), Reader.BY_ARRIVAL)) {
                        for (int at = 0; at < size; ) {
                            int part = Math.min(size - at, 1 + random.nextInt(300_000));
                            out.write(bytes, at, part);
                            at += part;
                        }
                    }
                    return null;
                });
                new Thread(sending).start();
                assertArrayEquals(Arrays.copyOf(bytes, size), in.readAllBytes(), size + " bytes over " + streams);
                sending.get();
            }
        }
    }

    @Test
    void layerIsOnItsWayWhenItEndsThoughNothingFollows() throws Exception {
        GrantedInput in = new GrantedInput(OutputStream.nullOutputStream());
        AtomicLong written = new AtomicLong();
        OutputStream out = new OutputInTurns(in.sinks(3), Reader.BY_ARRIVAL);
        LayoutSender sender = new LayoutSender(counting(out, written), List.of());
        for (int size : new int[] {1, OutputInTurns.BLOCK, 5 * OutputInTurns.BLOCK + 7}) {
            String digest = Sha256.of(Arrays.copyOf(bytes, size));
            sender.begin().write(bytes, 0, size);
            sender.end(new StoredLayer(digest, size, digest, size, Compression.NONE));
            assertEquals(written.get(), in.readNBytes((int) written.getAndSet(0)).length); // would wait for ever
        }
    }

    @Test
    void readerThatCountsBytesGetsNoShortBlockBeforeTheLast() throws Exception {
        ByteArrayOutputStream first = new ByteArrayOutputStream();
        ByteArrayOutputStream second = new ByteArrayOutputStream();
        try (OutputStream out = new OutputInTurns(List.of(first, second), Reader.BY_SIZE)) {
            out.write(bytes, 0, 10);
            out.flush();
            assertEquals(0, first.size());
            out.write(bytes, 10, OutputInTurns.BLOCK);
        }
        assertEquals(OutputInTurns.BLOCK, first.size());
        assertEquals(10, second.size());
    }

    @Test
    void readerIsToldWhyNoMoreComesWhenItHasHadWhatCame() throws Exception {
        GrantedInput in = new GrantedInput(OutputStream.nullOutputStream());
        OutputStream sink = in.sinks(1).get(0);
        sink.write(7);
        in.fail(new IOException("the agent went away"));
        assertEquals(7, in.read());
        assertEquals(
                "the agent went away", assertThrows(IOException.class, in::read).getMessage());
        assertThrows(IOException.class, () -> sink.write(1));
    }

    @Test
    void interruptedWriterStops() throws Exception {
        GrantedInput in = new GrantedInput(OutputStream.nullOutputStream());
        OutputStream sink = in.sinks(1).get(0);
        FutureTask<Void> sending = new FutureTask<>(() -> {
            for (; ; ) {
                sink.write(bytes, 0, GrantedInput.GRANT);
            }
        });
        Thread thread = new Thread(sending);
        thread.start();
        thread.interrupt();
        ExecutionException end = assertThrows(ExecutionException.class, sending::get);
        assertTrue(end.getCause() instanceof InterruptedIOException, end.toString());
    }

    @Test
    void interruptedReaderStops() throws Exception {
        FutureTask<Integer> reading = new FutureTask<>(() -> reader.read());
        Thread thread = new Thread(reading);
        thread.start();
        thread.interrupt();
        ExecutionException end = assertThrows(ExecutionException.class, reading::get);
        assertTrue(end.getCause() instanceof InterruptedIOException, end.toString());
    }

    private FutureTask<Void> send(byte[] content) {
        FutureTask<Void> sending = new FutureTask<>(() -> {
            try (GrantedOutput out = writer) {
                for (int at = 0; at < content.length; at += 100_000) {
                    out.write(content, at, Math.min(100_000, content.length - at));
                }
            }
            return null;
        });
        new Thread(sending).start();
        return sending;
    }
}
