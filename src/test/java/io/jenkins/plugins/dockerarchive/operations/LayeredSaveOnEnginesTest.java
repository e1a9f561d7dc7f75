package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.SmallDisk;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Saves that the controller keeps in layers: what has to move moves once, and what has not does not move at all. */
class LayeredSaveOnEnginesTest extends KeptInLayersTest {

    private String shop(TestEngine engine, String tag, long seed) throws IOException {
        String reference = repository("shop") + ":" + tag;
        return image(
                engine,
                reference,
                new TestLayer().random("base", 2_000_000, 1),
                new TestLayer().random("app", 100_000, seed));
    }

    private static List<Boolean> added(SaveResult result) {
        return result.images().get(0).layers().stream()
                .map(SaveResult.SavedLayer::added)
                .toList();
    }

    @EveryEngine
    void anUnchangedImageIsNotReadAgainAndAChangedOneAddsItsLayer(TestEngine engine) throws Exception {
        String one = shop(engine, "1", 7);
        SaveResult first = keep(engine, 1, one, "a");
        assertFalse(first.skipped());
        assertEquals(List.of(true, true, true, true), added(first));
        assertTrue(first.stored() > 2_000_000);
        assertEquals(diffIds(engine, one), read(1, "a").images().get(0).diffIds());

        long since = System.nanoTime();
        SaveResult again = keep(engine, 2, one, "b");
        assertTrue(again.skipped(), log.toString());
        assertTrue(again.stored() < 20_000, "documents only, but " + again.stored());
        assertEquals(List.of(false, false, false, false), added(again));
        assertEquals(first.images().get(0).id(), again.images().get(0).id());
        assertTrue(System.nanoTime() - since < TimeUnit.SECONDS.toNanos(30));
        assertEquals(diffIds(engine, one), read(2, "b").images().get(0).diffIds());

        String two = shop(engine, "2", 8);
        SaveResult changed = keep(engine, 3, two, "c");
        assertFalse(changed.skipped());
        assertEquals(List.of(false, false, false, true), added(changed));
        assertTrue(changed.stored() < 120_000, "one small layer, but " + changed.stored());
        // the big layer: pool and stash of three builds
        Path big = biggest(store(3).stash("c"));
        assertEquals(6, Files.getAttribute(big, "unix:nlink"));
        store(1).clear();
        store(2).clear();
        assertEquals(2, Files.getAttribute(big, "unix:nlink"));
        assertEquals(diffIds(engine, two), read(3, "c").images().get(0).diffIds());
        assertFiles();
    }

    @EveryEngine
    void eightBuildsAtOnceSendAndKeepALayerOnce(TestEngine engine) throws Exception {
        String one = shop(engine, "1", 7);
        String two = shop(engine, "2", 8);
        List<Callable<SaveResult>> saves = new ArrayList<>();
        for (int number = 1; number <= 8; number++) {
            int build = number;
            saves.add(() -> keep(engine, build, build % 2 == 0 ? one : two, "a"));
        }
        ExecutorService builds = Executors.newFixedThreadPool(saves.size());
        long stored = 0;
        try {
            for (Future<SaveResult> save : builds.invokeAll(saves)) {
                stored += save.get().stored();
            }
        } finally {
            builds.shutdownNow();
        }
        assertTrue(stored > 2_000_000 && stored < 4_000_000, "the big layer more than once: " + stored);
        Object inode = Files.getAttribute(biggest(store(1).stash("a")), "unix:ino");
        for (int number = 1; number <= 8; number++) {
            assertEquals(inode, Files.getAttribute(biggest(store(number).stash("a")), "unix:ino"), "build " + number);
            assertEquals(
                    diffIds(engine, number % 2 == 0 ? one : two),
                    read(number, "a").images().get(0).diffIds());
        }
    }

    @EveryEngine
    void aSaveThatFailsLetsTheOneThatWaitsForItsLayersSendThem(TestEngine engine) throws Exception {
        String one = shop(engine, "1", 7);
        Save broken = new Save(engine, 1, "images", one, "stash", "a");
        assertNull(broken.keep.unchanged());
        CountDownLatch waits = new CountDownLatch(1);
        Save next = new Save(engine, 2, "images", one, "stash", "a");
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            Future<SaveResult> result = other.submit(() -> {
                waits.countDown();
                return next.run();
            });
            waits.await();
            broken.keep.close();
            assertTrue(result.get(60, TimeUnit.SECONDS).stored() > 2_000_000);
        } finally {
            other.shutdownNow();
        }
        assertEquals(diffIds(engine, one), read(2, "a").images().get(0).diffIds());
    }

    private static Path biggest(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .max(java.util.Comparator.comparingLong(
                            file -> file.toFile().length()))
                    .orElseThrow();
        }
    }

    @EveryEngine
    void aLayoutOfTheStoreLoadsOnEveryEngine(TestEngine engine) throws Exception {
        String one = shop(engine, "1", 7);
        keep(engine, 1, one, "a");
        SaveResult again = keep(engine, 2, one, "a");
        assertTrue(again.skipped());
        String saved = again.images().get(0).references().get(0);
        Path layout = workspace().resolve("layout");
        copy(store(2).stash("a"), layout);
        for (TestEngine to : engines()) {
            String there = one.replace(":1", ":" + to.name());
            load(to, "file", "layout", "rename", Map.of(saved, there));
            assertEquals(diffIds(engine, one), diffIds(to, there), to.name());
        }
    }

    @EveryEngine
    void oneSaveMakesStashArtifactAndFileOfOneImage(TestEngine engine) throws Exception {
        String one = shop(engine, "1", 7);
        Save save =
                new Save(engine, 1, "images", one, "stash", "a", "archive", true, "file", "out/shop", "format", "oci");
        SaveResult result = save.run();
        assertEquals("out/shop", result.file());
        assertEquals(1, log.stream().filter(line -> line.startsWith("Saving ")).count());
        List<String> expected = diffIds(engine, one);
        assertEquals(expected, read(1, "a").images().get(0).diffIds());
        for (Path layout :
                List.of(build(1).resolve("archive/out/shop"), workspace().resolve("out/shop"))) {
            assertEquals(
                    expected,
                    ImageArchive.read(layout, context(null).limits())
                            .images()
                            .get(0)
                            .diffIds());
        }
        Save other = new Save(engine, 1, "images", one, "archive", true, "file", "tar.tar", "stash", "b");
        assertNull(other.keep.unchanged());
        SaveResult layered = other.send(out -> out);
        assertEquals(
                0,
                layered.images().get(0).layers().stream().filter(l -> l.added()).count());
        assertTrue(Files.isRegularFile(workspace().resolve("tar.tar")));
        assertEquals(expected, read(1, "b").images().get(0).diffIds());
    }

    @EveryEngine
    void aSecondStashOfOneNameIsRefusedAndTheFirstStays(TestEngine engine) throws Exception {
        String one = shop(engine, "1", 7);
        keep(engine, 1, one, "a");
        String two = shop(engine, "2", 8);
        failure(() -> keep(engine, 1, two, "a"), "stash 'a'", "another step");
        assertEquals(diffIds(engine, one), read(1, "a").images().get(0).diffIds());
    }

    /** What arrived whole before the agent died is not sent again. */
    @EveryEngine
    @Tries(Fault.F5)
    void aRetryInTheSameBuildSendsOnlyWhatIsMissing(TestEngine engine) throws Exception {
        String one = image(
                engine,
                repository("shop") + ":1",
                new TestLayer().random("one", 2_000_000, 1),
                new TestLayer().random("two", 2_000_000, 2),
                new TestLayer().random("three", 2_000_000, 3));
        int layers = diffIds(engine, one).size();
        AtomicInteger ended = new AtomicInteger();
        Save broken = new Save(engine, 1, "images", one, "stash", "a");
        assertNull(broken.keep.unchanged());
        assertThrows(
                IOException.class,
                () -> broken.send(out -> new FilterOutputStream(out) {
                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        out.write(bytes, offset, length);
                    }

                    @Override
                    public void flush() throws IOException {
                        // each layer is flushed when it ends: the agent dies with the end of the last one on its way
                        if (ended.incrementAndGet() == layers) {
                            throw new IOException("the agent dies");
                        }
                        out.flush();
                    }
                }));
        assertFalse(store(1).hasStash("a"));
        SaveResult retry = keep(engine, 1, one, "a");
        assertFalse(retry.skipped());
        assertTrue(retry.stored() < 2_200_000, "all but the interrupted layer was there, but " + retry.stored());
        assertNotNull(read(1, "a"));
    }

    /** Where the name of a layer tells nothing, one that may be known waits in a file until its digest tells. */
    @EveryEngine
    @Tries(Fault.F6)
    void anAgentWithoutRoomForALayerThatWaitsSaysSoAndLeavesNothing(TestEngine engine) throws Exception {
        Path temporary = directory.resolve("temporary");
        keep(engine, 1, shop(engine, "1", 7), "a");
        String other =
                image(engine, repository("other") + ":1", new TestLayer().random("base", 2_000_000, 9), text("other"));
        try (SmallDisk disk = SmallDisk.mount(temporary, "size=1m")) {
            Save save = new Save(engine, 2, "images", other, "stash", "b");
            assertNull(save.keep.unchanged());
            try {
                save.send(out -> out);
                assertEquals(
                        diffIds(engine, other), read(2, "b").images().get(0).diffIds());
            } catch (OperationException full) {
                assertTrue(
                        full.getMessage()
                                .matches("Cannot save .*" + disk.directory() + " (has no room for|is full).* bytes are"
                                        + " free; make room there and run it again\\."),
                        full.getMessage());
                assertFalse(store(2).hasStash("b"));
            }
            assertFiles();
        }
    }

    @EveryEngine
    @Tries(Fault.F7)
    void anAbortEndsBothSidesAndLeavesNoArchive(TestEngine engine) throws Exception {
        String one = shop(engine, "1", 7);
        Save save = new Save(engine, 1, "images", one, "stash", "a");
        assertNull(save.keep.unchanged());
        CountDownLatch sending = new CountDownLatch(1);
        Thread step = new Thread(() -> {
            try {
                save.send(out -> new FilterOutputStream(out) {
                    @Override
                    public void write(byte[] bytes, int offset, int length) throws IOException {
                        sending.countDown();
                        try {
                            Thread.sleep(60_000); // a link that stalls
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                            throw new java.io.InterruptedIOException();
                        }
                    }
                });
            } catch (IOException | InterruptedException e) {
                log.add("ended: " + e);
            }
        });
        step.start();
        assertTrue(sending.await(60, TimeUnit.SECONDS));
        step.interrupt();
        step.join(5000);
        assertFalse(step.isAlive());
        assertTrue(logged("ended: java.lang.InterruptedException"), log.toString());
        assertFalse(store(1).hasStash("a"));
        assertTrue(Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("docker-archive receiving for a test")));
        assertFiles();
    }

    @EveryEngine
    void platformsAndOtherImagesAreNeverTakenForUnchanged(TestEngine engine) throws Exception {
        String one = shop(engine, "1", 7);
        String two = shop(engine, "2", 8);
        keep(engine, 1, one, "a");
        keep(engine, 1, two, "b");
        SaveResult both = new Save(engine, 2, "images", List.of(one, two), "stash", "c").run();
        assertTrue(both.skipped());
        assertEquals(2, both.images().size());
        assertEquals(2, read(2, "c").roots().size());
        String other = repository("other") + ":1";
        tag(engine, one, repository("other"), "1");
        SaveResult tagged = keep(engine, 2, other, "d");
        assertTrue(tagged.skipped(), "the same image under another reference");
        assertEquals(
                familiar(other), familiar(tagged.images().get(0).references().get(0)));
        assertEquals(1, read(2, "d").references().size());
    }
}
