package io.jenkins.plugins.dockerarchive.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.FileTree;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.image.LayoutContent;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Layers are on the disk once for all builds of a job, and go when the last of them goes. */
@Timeout(60)
class BuildStoreTest {

    @TempDir
    Path directory;

    private final TestLayer base = new TestLayer().random("base", 100_000, 1);

    private Path build(int number) {
        return directory.resolve("builds").resolve(String.valueOf(number));
    }

    private BuildStore store(int number) {
        return new BuildStore(build(number), TestTransfer.LIMITS);
    }

    private byte[] shop(String text) throws IOException {
        return TestTransfer.archive("shop:1", base, new TestLayer().text("app", text));
    }

    private LayoutReceiver save(int number, String text, int... earlier) throws IOException {
        List<Path> builds = new ArrayList<>();
        for (int other : earlier) {
            builds.add(build(other));
        }
        return TestTransfer.save(build(number), builds, shop(text), "shop", directory.resolve("temporary"));
    }

    private static int links(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:nlink");
    }

    private Path blob(int number, StoredLayer layer) {
        return store(number).stash("shop").resolve(LayoutContent.blobName(layer.digest()));
    }

    private StoredLayer layer(int number, int index) throws IOException {
        String diffId = ImageArchive.read(store(number).stash("shop"), TestTransfer.LIMITS)
                .images()
                .get(0)
                .diffIds()
                .get(index);
        return store(number).find(diffId).layer();
    }

    private void assertReads(int number) throws IOException {
        assertEquals(
                2,
                ImageArchive.read(store(number).stash("shop"), TestTransfer.LIMITS)
                        .images()
                        .get(0)
                        .layers()
                        .size());
    }

    @Test
    void twoBuildsShareALayerAndTheSecondOutlivesTheFirst() throws IOException {
        assertEquals(2, save(1, "one").added().size());
        LayoutReceiver second = save(2, "two", 1);
        assertEquals(1, second.added().size());
        assertTrue(second.stored() < 1000, "only the small layer, but " + second.stored());
        StoredLayer shared = layer(2, 0);
        // stash and waiting blob of both builds
        assertEquals(4, links(blob(2, shared)));
        assertEquals(2, links(blob(2, layer(2, 1))));
        FileTree.delete(build(1));
        assertEquals(2, links(blob(2, shared)));
        assertReads(2);
    }

    @Test
    void aBuildMayGoWhileItsArtifactsAreLookedUp() throws IOException {
        save(1, "one");
        store(1).makeArtifact(
                        build(1).resolve("archive/shop"), store(1).layouts().get(0));
        // what a reader sees of an entry that goes after it was listed: its name, and no file
        Files.createSymbolicLink(build(1).resolve("docker-archive/artifacts/gone"), directory.resolve("nowhere"));
        assertEquals(2, store(1).layouts().size());
        assertEquals(1, save(2, "two", 1).added().size());
    }

    @Test
    void theBuildThatHasALayerMayGoWhileAnotherIsMadeOfIt() throws IOException {
        save(1, "one");
        byte[] archive = shop("two");
        BuildStore own = store(2);
        var known = TestTransfer.known(own, List.of(build(1)), archive, directory.resolve("temporary"));
        assertEquals(1, known.size());
        FileTree.delete(build(1));
        byte[] sent = TestTransfer.sent(archive, known, directory.resolve("temporary"));
        own.makeStash(
                "shop", new LayoutReceiver(own, known, TestTransfer.LIMITS).receive(new ByteArrayInputStream(sent)));
        assertReads(2);
    }

    @Test
    void clearingLeavesNothing() throws IOException {
        save(1, "one");
        store(1).clear();
        assertEquals(new TreeSet<>(), TestTransfer.files(build(1)));
        assertFalse(Files.exists(build(1).resolve(BuildStore.DIRECTORY)));
        store(1).clear();
    }

    @Test
    void anArtifactStaysWhenStashesAreClearedAndLaterBuildsStillUseItsLayers() throws IOException {
        save(1, "one");
        BuildStore store = store(1);
        store.makeArtifact(build(1).resolve("archive/shop.oci"), store.layouts().get(0));
        store.clear();
        assertFalse(store.hasStash("shop"));
        ImageArchive.read(build(1).resolve("archive/shop.oci"), TestTransfer.LIMITS);
        assertEquals(1, save(2, "two", 1).added().size());
        store.removeArtifact(build(1).resolve("archive/shop.oci"));
        assertEquals(2, save(3, "three", 1).added().size());
        store.clear();
        assertEquals(new TreeSet<>(), TestTransfer.files(build(1)));
    }

    @Test
    void aBlobThatSomebodyWroteIntoIsNotUsedAgain() throws IOException {
        save(1, "one");
        Path blob = blob(1, layer(1, 0));
        byte[] bytes = Files.readAllBytes(blob);
        bytes[bytes.length / 2] ^= 1;
        blob.toFile().setWritable(true);
        Files.write(blob, bytes);
        Files.setLastModifiedTime(blob, FileTime.fromMillis(System.currentTimeMillis() + 5000));
        assertEquals(2, save(2, "two", 1).added().size());
        assertReads(2);
    }

    @Test
    void whatCannotBeReadIsSkipped() throws IOException {
        save(1, "one");
        save(2, "one", 1);
        for (String file : TestTransfer.files(build(2).resolve("docker-archive/layers"))) {
            Files.writeString(build(2).resolve("docker-archive/layers").resolve(file), "{\"diffId\":7");
        }
        Files.delete(store(2).stash("shop").resolve("index.json"));
        assertEquals(List.of(), store(2).layouts());
        assertEquals(1, save(3, "two", 2, 1).added().size());
    }

    @Test
    void aStashIsNeverReplaced() throws IOException {
        save(1, "one");
        assertThrows(java.nio.file.FileSystemException.class, () -> save(1, "two"));
        assertEquals(
                "shop:1",
                ImageArchive.read(store(1).stash("shop"), TestTransfer.LIMITS)
                        .references()
                        .get(0)
                        .familiar());
        assertTrue(TestTransfer.files(build(1)).stream().noneMatch(file -> file.contains(".part")));
    }

    @Test
    void noStashLeadsOutOfItsDirectory() throws IOException {
        save(1, "one");
        for (String name : List.of("..", ".", "../stashes/shop", "shop/blobs", "/etc", "")) {
            assertFalse(store(1).hasStash(name), name);
            assertThrows(IllegalArgumentException.class, () -> store(1).stash(name), name);
        }
        assertTrue(store(1).hasStash("shop"));
    }

    @Test
    void severalThatSendTheSameLayerAtOnceKeepItOnce() throws Exception {
        byte[] archive = shop("one");
        ExecutorService executor = Executors.newFixedThreadPool(8);
        try {
            List<Callable<LayoutReceiver>> saves = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String stash = "stash" + i;
                Path temporary = directory.resolve("temporary" + i);
                saves.add(() -> TestTransfer.save(build(1), List.of(), archive, stash, temporary));
            }
            for (Future<LayoutReceiver> save : executor.invokeAll(saves)) {
                save.get();
            }
        } finally {
            executor.shutdownNow();
        }
        for (int i = 0; i < 8; i++) {
            ImageArchive.read(store(1).stash("stash" + i), TestTransfer.LIMITS);
        }
        assertEquals(
                2, TestTransfer.files(build(1).resolve("docker-archive/blobs")).size());
    }

    /** Parallel branches, and agents, that give one name to two images. */
    @Test
    @Tries(Fault.F15)
    void ofSeveralSavesUnderOneNameAtOnceOneIsThereWholeAndTheOthersAreRefused() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(8);
        try {
            for (int round = 1; round <= 5; round++) {
                Path build = build(round);
                List<Callable<LayoutReceiver>> saves = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    byte[] archive = TestTransfer.archive("shop:" + i, base, new TestLayer().text("app", "" + i));
                    Path temporary = directory.resolve("temporary" + i);
                    saves.add(() -> TestTransfer.save(build, List.of(), archive, "shop", temporary));
                }
                int kept = 0;
                for (Future<LayoutReceiver> save : executor.invokeAll(saves)) {
                    try {
                        save.get();
                        kept++;
                    } catch (ExecutionException e) {
                        assertTrue(e.getCause() instanceof java.nio.file.FileAlreadyExistsException, String.valueOf(e));
                    }
                }
                assertEquals(1, kept);
                assertReads(round);
                assertTrue(TestTransfer.files(build).stream().noneMatch(file -> file.contains(".part")));
            }
        } finally {
            executor.shutdownNow();
        }
    }

    @Test
    void aReaderKeepsALayerThatIsDeletedMeanwhile() throws IOException {
        save(1, "one");
        Path blob = blob(1, layer(1, 0));
        long size = Files.size(blob);
        try (InputStream in = Files.newInputStream(blob)) {
            in.readNBytes(1000);
            store(1).clear();
            assertEquals(size - 1000, in.readAllBytes().length);
        }
    }

    @Test
    void orphansAreSweptByAge() throws IOException {
        save(1, "one");
        Path young = Files.createFile(build(1).resolve("docker-archive/blobs/sha256/.docker-archive-young.part"));
        Path old = Files.createFile(build(1).resolve("docker-archive/blobs/sha256/.docker-archive-old.part"));
        Path half = Files.createDirectories(build(1).resolve("docker-archive/.docker-archive-old.part/blobs"))
                .getParent();
        FileTime past = FileTime.from(java.time.Instant.now().minus(Duration.ofDays(2)));
        Files.setLastModifiedTime(old, past);
        Files.setLastModifiedTime(half, past);
        store(1).sweep();
        assertTrue(Files.exists(young));
        assertFalse(Files.exists(old));
        assertFalse(Files.exists(half));
        assertReads(1);
    }

    @Test
    void aRestartedBuildHasTheStashesOfTheFirst() throws IOException {
        save(1, "one");
        store(2).copyStashes(store(1));
        FileTree.delete(build(1));
        assertReads(2);
        store(2).copyStashes(store(3));
    }
}
