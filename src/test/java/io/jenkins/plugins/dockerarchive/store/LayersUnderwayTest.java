package io.jenkins.plugins.dockerarchive.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who sends a layer, and who waits for it. */
@Timeout(60)
class LayersUnderwayTest {

    private static final Runnable NOT_EXPECTED = () -> {
        throw new AssertionError("it waits");
    };

    private final LayersUnderway underway = new LayersUnderway();
    private final LayersUnderway.Job job = underway.of(Path.of("job"));
    private final ExecutorService others = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        others.shutdownNow();
    }

    @Test
    void layersThatNobodySendsAreNotWaitedFor() throws Exception {
        job.claim(List.of("a", "b"), NOT_EXPECTED);
        job.claim(List.of("c"), NOT_EXPECTED).close();
        job.claim(List.of(), NOT_EXPECTED).close();
    }

    @Test
    void anotherJobIsNotWaitedFor() throws Exception {
        job.claim(List.of("a"), NOT_EXPECTED);
        underway.of(Path.of("another")).claim(List.of("a"), NOT_EXPECTED);
    }

    @Test
    void aLayerThatIsOnItsWayIsWaitedForUntilItIsThere() throws Exception {
        LayersUnderway.Claim first = job.claim(List.of("a", "b"), NOT_EXPECTED);
        CountDownLatch waits = new CountDownLatch(1);
        Future<LayersUnderway.Claim> second = others.submit(() -> job.claim(List.of("b", "c"), waits::countDown));
        waits.await();
        assertFalse(second.isDone());
        // it has claimed nothing while it waits
        job.claim(List.of("c"), NOT_EXPECTED).close();
        assertFalse(second.isDone());
        first.close();
        assertNull(second.get(30, TimeUnit.SECONDS), "it looks again, for b may be kept now");
        LayersUnderway.Claim claim = job.claim(List.of("b", "c"), NOT_EXPECTED);
        job.claim(List.of("a"), NOT_EXPECTED).close();
        claim.close();
        job.claim(List.of("b", "c"), NOT_EXPECTED).close();
    }

    @Test
    void whoeverTakesTooLongIsNotWaitedForAnyLonger() throws Exception {
        LayersUnderway.Job slow = new LayersUnderway(Duration.ofMillis(50)).of(Path.of("job"));
        slow.claim(List.of("a", "b"), NOT_EXPECTED);
        assertNotNull(slow.claim(List.of("b", "c"), () -> {}));
    }

    @Test
    void ofThoseThatWaitInVainOneBeginsAtATime() throws Exception {
        Duration patience = Duration.ofMillis(300);
        LayersUnderway.Job slow = new LayersUnderway(patience).of(Path.of("job"));
        long start = System.nanoTime();
        slow.claim(List.of("a"), NOT_EXPECTED);
        Callable<LayersUnderway.Claim> waiting = () -> slow.claim(List.of("a"), () -> {});
        for (Future<LayersUnderway.Claim> one : List.of(others.submit(waiting), others.submit(waiting))) {
            assertNotNull(one.get(30, TimeUnit.SECONDS));
        }
        Duration both = Duration.ofNanos(System.nanoTime() - start);
        assertTrue(both.compareTo(patience.multipliedBy(2)) >= 0, both.toString());
    }

    @Test
    void whatAFasterOneBringsIsNotWaitedForAnyLongerThoughASlowOneGoesOn() throws Exception {
        LayersUnderway.Job slow = new LayersUnderway(Duration.ofSeconds(3)).of(Path.of("job"));
        slow.claim(List.of("a"), NOT_EXPECTED);
        LayersUnderway.Claim fast = slow.claim(List.of("a"), () -> {});
        FutureTask<Void> closing = new FutureTask<>(fast::close, null);
        LayersUnderway.Claim third = slow.claim(List.of("a"), () -> others.submit(closing));
        assertNull(third, "the fast one has ended, so what it brought is there");
    }

    @Test
    void manyThatWantOverlappingLayersAllGetThem() throws Exception {
        List<Future<Integer>> all = new java.util.ArrayList<>();
        for (int i = 0; i < 16; i++) {
            List<String> wanted = List.of("layer" + i % 3, "layer" + (i + 1) % 3);
            all.add(others.submit(() -> {
                for (int round = 0; round < 200; ) {
                    LayersUnderway.Claim claim = job.claim(wanted, () -> {});
                    if (claim != null) {
                        claim.close();
                        round++;
                    }
                }
                return 200;
            }));
        }
        for (Future<Integer> one : all) {
            assertEquals(200, one.get(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void anAbortEndsTheWaiting() throws Exception {
        job.claim(List.of("a"), NOT_EXPECTED);
        CountDownLatch waits = new CountDownLatch(1);
        Thread[] waiting = new Thread[1];
        Future<?> second = others.submit(() -> {
            waiting[0] = Thread.currentThread();
            return job.claim(List.of("a"), waits::countDown);
        });
        waits.await();
        waiting[0].interrupt();
        ExecutionException e = assertThrows(ExecutionException.class, () -> second.get(30, TimeUnit.SECONDS));
        assertTrue(e.getCause() instanceof InterruptedException);
    }

    @Test
    void aClaimThatIsClosedTwiceTakesNothingFromTheNext() throws Exception {
        LayersUnderway.Claim first = job.claim(List.of("a"), NOT_EXPECTED);
        first.close();
        job.claim(List.of("a"), NOT_EXPECTED);
        first.close();
        CountDownLatch waits = new CountDownLatch(1);
        others.submit(() -> job.claim(List.of("a"), waits::countDown));
        assertTrue(waits.await(30, TimeUnit.SECONDS));
    }
}
