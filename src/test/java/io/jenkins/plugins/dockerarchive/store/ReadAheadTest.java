package io.jenkins.plugins.dockerarchive.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
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
class ReadAheadTest {

    private final byte[] bytes = new byte[3 * ReadAhead.WINDOW + 12_345];
    private final AtomicLong passed = new AtomicLong();
    private PipedOutputStream connection;
    private PipedInputStream grants;
    private ReadAhead reader;
    private GrantedOutput writer;

    @BeforeEach
    void connect() throws IOException {
        new Random(1).nextBytes(bytes);
        connection = new PipedOutputStream();
        grants = new PipedInputStream();
        reader = new ReadAhead(new PipedInputStream(connection, 64 << 10), new PipedOutputStream(grants));
        writer = new GrantedOutput(
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        write(new byte[] {(byte) b}, 0, 1);
                    }

                    @Override
                    public void write(byte[] part, int offset, int length) throws IOException {
                        connection.write(part, offset, length);
                        passed.addAndGet(length);
                    }

                    @Override
                    public void close() throws IOException {
                        connection.close();
                    }
                },
                grants);
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
        while (passed.get() < ReadAhead.WINDOW) {
            assertFalse(sending.isDone());
            Thread.onSpinWait();
        }
        // it waits for the reader before it writes, and so holds no place on the connection
        assertEquals(ReadAhead.WINDOW, passed.get());
        assertEquals(ReadAhead.GRANT, reader.readNBytes(ReadAhead.GRANT).length);
        while (passed.get() < ReadAhead.WINDOW + ReadAhead.GRANT) {
            Thread.onSpinWait();
        }
        assertEquals(ReadAhead.WINDOW + ReadAhead.GRANT, passed.get());
        assertEquals(bytes.length - ReadAhead.GRANT, reader.readAllBytes().length);
        sending.get();
    }

    @Test
    void readerThatGivesUpEndsTheWriter() throws Exception {
        FutureTask<Void> sending = send(bytes);
        while (passed.get() < ReadAhead.WINDOW) {
            Thread.onSpinWait();
        }
        reader.close();
        assertThrows(IOException.class, () -> reader.read());
        ExecutionException end = assertThrows(ExecutionException.class, sending::get);
        assertEquals("The other side reads no more.", end.getCause().getMessage());
    }

    @Test
    void writerThatFailsEndsTheReader() throws IOException {
        try (ReadAhead own = new ReadAhead(
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
    void writerThatSendsMoreThanGrantedIsStopped() throws Exception {
        FutureTask<Void> sending = new FutureTask<>(() -> {
            connection.write(bytes);
            return null;
        });
        new Thread(sending).start();
        assertThrows(ExecutionException.class, sending::get); // its reader is gone
        IOException failure = assertThrows(IOException.class, () -> reader.readAllBytes());
        assertEquals("more was sent than there is room for", failure.getMessage());
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
