package io.jenkins.plugins.dockerarchive.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One stream over many: in order, bounded, and ended from either side. */
@Timeout(60)
class StripedStreamsTest {

    private final ExecutorService executor = Executors.newCachedThreadPool();

    @AfterEach
    void end() throws Exception {
        executor.shutdownNow();
        assertTrue(executor.awaitTermination(5, TimeUnit.SECONDS));
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @Test
    void whatIsWrittenInAnyPiecesArrivesInOrder() throws Exception {
        for (int size : new int[] {
            0, 1, StripedOutput.SEGMENT - 1, StripedOutput.SEGMENT, 5 * StripedOutput.SEGMENT + 7, 20_000_001
        }) {
            for (int streams : new int[] {1, 3, 8}) {
                byte[] sent = random(size);
                StripedInput in = new StripedInput(streams);
                Future<byte[]> received = executor.submit(() -> in.readAllBytes());
                try (StripedOutput out = new StripedOutput(in.sinks())) {
                    Random random = new Random(streams);
                    for (int at = 0; at < size; ) {
                        int part = Math.min(size - at, 1 + random.nextInt(300_000));
                        out.write(sent, at, part);
                        at += part;
                    }
                }
                assertArrayEquals(sent, received.get(), size + " bytes over " + streams);
            }
        }
    }

    /** As remoting does: one thread writes what arrives for all streams, so a write that waits stops all others. */
    @Test
    void oneThreadThatFeedsAllSinksNeverWaitsForItself() throws Exception {
        int segments = 400;
        byte[] sent = random(segments * StripedOutput.SEGMENT);
        StripedInput in = new StripedInput(8);
        Future<byte[]> received = executor.submit(() -> in.readAllBytes());
        List<OutputStream> sinks = in.sinks();
        // within each round of the streams the last one is the first to arrive
        for (int round = 0; round < segments / 8; round++) {
            for (int stream = 7; stream >= 0; stream--) {
                sinks.get(stream).write(sent, (round * 8 + stream) * StripedOutput.SEGMENT, StripedOutput.SEGMENT);
            }
        }
        for (OutputStream sink : sinks) {
            sink.close();
        }
        assertArrayEquals(sent, received.get());
    }

    @Test
    void aSenderWaitsForASlowReaderAndNotForEver() throws Exception {
        StripedInput in = new StripedInput(4);
        StripedOutput out = new StripedOutput(in.sinks());
        CountDownLatch began = new CountDownLatch(1);
        Future<?> sender = executor.submit(() -> {
            byte[] block = new byte[1 << 20];
            for (int i = 0; i < 100; i++) {
                out.write(block, 0, block.length);
                began.countDown();
            }
            return null;
        });
        began.await();
        assertThrows(java.util.concurrent.TimeoutException.class, () -> sender.get(500, TimeUnit.MILLISECONDS));
        in.close();
        Exception failure =
                assertThrows(java.util.concurrent.ExecutionException.class, () -> sender.get(5, TimeUnit.SECONDS));
        assertTrue(failure.getCause().getMessage().contains("stopped this transfer"), failure.toString());
        out.abort();
        assertNoThread("docker-archive sending");
    }

    @Test
    void anInterruptedSenderEndsAndSoDoItsThreads() throws Exception {
        StripedInput in = new StripedInput(4);
        StripedOutput out = new StripedOutput(in.sinks());
        Future<IOException> sender = executor.submit(() -> assertThrows(IOException.class, () -> {
            for (; ; ) {
                out.write(new byte[1 << 20]);
            }
        }));
        while (in.read() < 0) {
            Thread.onSpinWait();
        }
        executor.shutdownNow();
        assertEquals(
                InterruptedIOException.class, sender.get(5, TimeUnit.SECONDS).getClass());
        out.abort();
        in.close();
        assertNoThread("docker-archive sending");
    }

    private static void assertNoThread(String name) throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith(name)) {
                thread.join(5000);
                assertFalse(thread.isAlive(), thread.getName());
            }
        }
    }

    @Test
    void anInterruptedReaderEnds() throws Exception {
        StripedInput in = new StripedInput(2);
        Future<IOException> reader = executor.submit(() -> assertThrows(IOException.class, in::read));
        executor.shutdownNow();
        assertEquals(
                InterruptedIOException.class, reader.get(5, TimeUnit.SECONDS).getClass());
    }

    @Test
    void aReaderIsToldWhyNoMoreComes() throws Exception {
        StripedInput in = new StripedInput(2);
        Future<IOException> reader = executor.submit(() -> assertThrows(IOException.class, in::read));
        in.fail(new IOException("the agent went away"));
        assertTrue(reader.get(5, TimeUnit.SECONDS).getMessage().contains("the agent went away"));
        assertThrows(IOException.class, () -> in.sinks().get(0).write(1));
    }

    @Test
    void aSenderThatSkipsAStreamIsStopped() throws Exception {
        StripedInput in = new StripedInput(2);
        OutputStream second = in.sinks().get(1);
        byte[] block = new byte[1 << 20];
        IOException failure = assertThrows(IOException.class, () -> {
            for (int i = 0; i < 100; i++) {
                second.write(block);
            }
        });
        assertTrue(failure.getMessage().contains("out of order"), failure.getMessage());
        assertThrows(IOException.class, in::read);
    }

    @Test
    void aGapAtTheEndIsNotTheEnd() throws Exception {
        StripedInput in = new StripedInput(2);
        in.sinks().get(1).write(new byte[10]);
        for (OutputStream sink : in.sinks()) {
            sink.close();
        }
        assertThrows(java.io.EOFException.class, in::read);
    }
}
