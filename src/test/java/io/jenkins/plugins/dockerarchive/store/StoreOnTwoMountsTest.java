package io.jenkins.plugins.dockerarchive.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.FileTree;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two controllers at one store, as when one takes over from another: through two mounts of a network file system, each
 * with a cache of its own, where {@code -Ddocker.archive.mounts=A,B} names them, as {@code hermetic/nfs} does; else through
 * two names of one directory.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@Tries(Fault.F18)
class StoreOnTwoMountsTest {

    private static final int THREADS = 4;
    private static final int BUILDS_EACH = 12;

    @TempDir
    Path directory;

    private final TestLayer base = new TestLayer().random("base", 300_000, 1);
    private Path here;
    private Path there;

    @BeforeEach
    void mount() throws IOException {
        String mounts = System.getProperty("docker.archive.mounts", "");
        if (mounts.isEmpty()) {
            here = Files.createDirectory(directory.resolve("here"));
            there = Files.createSymbolicLink(directory.resolve("there"), here);
        } else {
            here = Files.createTempDirectory(Path.of(mounts.split(",")[0]), "store");
            there = Path.of(mounts.split(",")[1]).resolve(here.getFileName());
            await(() -> Files.isDirectory(there));
        }
    }

    @AfterEach
    void clean() throws IOException {
        FileTree.delete(here);
    }

    /** What one mount has written is seen through the other when its cache has been looked at again. */
    private static void await(Callable<Boolean> seen) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        try {
            while (!seen.call()) {
                assertTrue(System.nanoTime() < end, "it is never seen");
                Thread.sleep(50);
            }
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static Path build(Path mount, int number) {
        return mount.resolve(String.valueOf(number));
    }

    private static BuildStore store(Path mount, int number) {
        return new BuildStore(build(mount, number), TestTransfer.LIMITS);
    }

    private LayoutReceiver save(Path mount, int number, List<Integer> earlier, String app) throws IOException {
        byte[] archive = TestTransfer.archive("shop:" + app, base, new TestLayer().text("app", app));
        List<Path> builds = earlier.stream().map(other -> build(mount, other)).toList();
        Path temporary = directory.resolve("temporary" + mount.getFileName() + number + app);
        return TestTransfer.save(build(mount, number), builds, archive, "shop", temporary);
    }

    private static ImageArchive read(Path mount, int number) throws IOException {
        return ImageArchive.read(store(mount, number).stash("shop"), TestTransfer.LIMITS);
    }

    private static Path biggest(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .max(Comparator.comparingLong(file -> file.toFile().length()))
                    .orElseThrow();
        }
    }

    @Test
    void whatOneSavesTheOtherReadsAndLinksTo() throws Exception {
        save(here, 1, List.of(), "one");
        await(() -> store(there, 1).hasStash("shop"));
        assertEquals(2, read(there, 1).images().get(0).layers().size());
        assertEquals(1, save(there, 2, List.of(1), "two").added().size(), "the base is known, by its time as well");
        await(() -> store(here, 2).hasStash("shop"));
        assertEquals(2, read(here, 2).images().get(0).layers().size());
        assertEquals(
                Files.getAttribute(biggest(store(here, 1).stash("shop")), "unix:ino"),
                Files.getAttribute(biggest(store(there, 2).stash("shop")), "unix:ino"));
        store(here, 1).clear();
        assertEquals(2, read(there, 2).images().get(0).layers().size());
    }

    @Test
    void ofTwoThatSaveUnderOneNameOneIsThereWholeAndTheOtherIsRefused() throws Exception {
        ExecutorService two = Executors.newFixedThreadPool(2);
        try {
            for (int round = 1; round <= 5; round++) {
                int number = round;
                List<Callable<LayoutReceiver>> saves = List.of(
                        () -> save(here, number, List.of(), "here"), () -> save(there, number, List.of(), "there"));
                int kept = 0;
                for (Future<LayoutReceiver> save : two.invokeAll(saves)) {
                    try {
                        save.get();
                        kept++;
                    } catch (ExecutionException e) {
                        assertTrue(e.getCause() instanceof FileAlreadyExistsException, () -> String.valueOf(e));
                    }
                }
                assertEquals(1, kept);
                await(() -> store(here, number).hasStash("shop")
                        && store(there, number).hasStash("shop"));
                assertEquals(
                        read(here, number).references(), read(there, number).references());
                assertTrue(TestTransfer.files(build(here, number)).stream().noneMatch(file -> file.contains(".part")));
            }
        } finally {
            two.shutdownNow();
        }
    }

    @Test
    void whatAControllerDeletesWhileItReadsItIsReadToItsEndAndThenGone() throws Exception {
        save(here, 1, List.of(), "one");
        Path layer = biggest(store(here, 1).stash("shop"));
        byte[] all = Files.readAllBytes(layer);
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try (InputStream in = Files.newInputStream(layer)) {
            read.writeBytes(in.readNBytes(1000));
            store(here, 1).removeStash("shop");
            assertFalse(store(here, 1).hasStash("shop"));
            store(here, 1).clear();
            in.transferTo(read);
        }
        assertArrayEquals(all, read.toByteArray());
        await(() -> store(here, 1).sweep() && store(here, 1).clear());
        assertEquals(new TreeSet<>(), TestTransfer.files(build(here, 1)));
        assertFalse(Files.exists(build(here, 1).resolve(BuildStore.DIRECTORY)));
    }

    /** A server forgets what it has deleted: the reader of another machine may not get to the end, but never gets else. */
    @Test
    void whatOneDeletesWhileTheOtherReadsItIsReadAsItWasOrIsAFailure() throws Exception {
        save(here, 1, List.of(), "one");
        await(() -> store(there, 1).hasStash("shop"));
        Path layer = biggest(store(there, 1).stash("shop"));
        byte[] all = Files.readAllBytes(biggest(store(here, 1).stash("shop")));
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        String end = "whole";
        try (InputStream in = Files.newInputStream(layer)) {
            read.writeBytes(in.readNBytes(1000));
            store(here, 1).clear();
            in.transferTo(read);
        } catch (IOException e) {
            end = e.getMessage();
        }
        System.out.println("soak: read through another mount while deleted: " + end);
        byte[] got = read.toByteArray();
        assertArrayEquals(java.util.Arrays.copyOf(all, got.length), got);
        assertTrue(got.length == all.length || !end.equals("whole"), "a short read is a failure");
        assertFalse(Files.exists(build(here, 1).resolve(BuildStore.DIRECTORY)));
    }

    @Test
    void manySavesThroughBothWhileOldBuildsAreDeletedThroughBothAreAllWhole() throws Exception {
        long seed = Long.getLong("docker.archive.seed", System.nanoTime());
        String when = "-Ddocker.archive.seed=" + seed;
        System.out.println("soak: saves through two mounts, " + when);
        AtomicInteger numbers = new AtomicInteger(1);
        save(here, 1, List.of(), "0"); // stays
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        List<Future<Integer>> all = new ArrayList<>();
        try {
            for (int thread = 0; thread < THREADS; thread++) {
                Path mount = thread % 2 == 0 ? here : there;
                Random random = new Random(seed + thread);
                all.add(threads.submit(() -> {
                    int deleted = 0;
                    List<Integer> own = new ArrayList<>();
                    for (int i = 0; i < BUILDS_EACH; i++) {
                        int number = numbers.incrementAndGet();
                        List<Integer> earlier = new ArrayList<>();
                        for (int other = number - 1; other > 0; other--) {
                            earlier.add(other);
                        }
                        save(mount, number, earlier, String.valueOf(random.nextInt(3)));
                        assertEquals(
                                2, read(mount, number).images().get(0).layers().size());
                        own.add(number);
                        if (own.size() > 3) {
                            store(mount, own.remove(0)).clear();
                            deleted++;
                        }
                    }
                    return deleted;
                }));
            }
            for (Future<Integer> one : all) {
                try {
                    assertEquals(BUILDS_EACH - 3, one.get());
                } catch (ExecutionException e) {
                    throw new AssertionError(when, e.getCause());
                }
            }
        } finally {
            threads.shutdownNow();
        }
        int whole = 0;
        for (int number = 1; number <= numbers.get(); number++) {
            if (store(here, number).hasStash("shop")) {
                assertEquals(2, read(here, number).images().get(0).layers().size(), when);
                whole++;
            }
        }
        assertEquals(1 + 3 * THREADS, whole, when);
        for (String file : TestTransfer.files(here)) {
            assertFalse(file.contains(LayoutDirectory.UNFINISHED), file + " is left, " + when);
        }
    }
}
