package io.jenkins.plugins.dockerarchive.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.DiskFullException;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.SmallDisk;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A controller's disk that is full, read-only, or knows another time: real file systems, mounted for the test. */
@Timeout(60)
class StoreDiskTest {

    @TempDir
    Path directory;

    private final TestLayer base = new TestLayer().random("base", 200_000, 1);

    private Path build(int number) {
        return directory.resolve("jobs").resolve(String.valueOf(number));
    }

    private LayoutReceiver save(int number, List<Path> earlier, TestLayer... layers) throws IOException {
        return TestTransfer.save(
                build(number), earlier, TestTransfer.archive("shop:1", layers), "shop", directory.resolve("temporary"));
    }

    private void assertReads(int number, int layers) throws IOException {
        Path stash = new BuildStore(build(number), TestTransfer.LIMITS).stash("shop");
        assertEquals(
                layers,
                ImageArchive.read(stash, TestTransfer.LIMITS)
                        .images()
                        .get(0)
                        .layers()
                        .size());
    }

    @Test
    @Tries(Fault.F6)
    void aLayerWithoutRoomIsToldWithWhatIsFreeAndNothingOfItStays() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("jobs"), "size=2m")) {
            save(1, List.of(), base);
            TreeSet<String> before = TestTransfer.files(disk.directory());
            long free = disk.free();
            TestLayer big = new TestLayer().random("big", 4_000_000, 2);

            for (int attempt = 0; attempt < 3; attempt++) {
                DiskFullException full = assertThrows(DiskFullException.class, () -> save(2, List.of(), big));
                assertTrue(
                        full.getMessage()
                                .matches("the disk of " + build(2)
                                        + "/\\S+ is full: a layer needs more than the \\d+ bytes that were"
                                        + " written, and \\d+ bytes are free; make room there and run it again"),
                        full.getMessage());
                assertEquals(before, TestTransfer.files(disk.directory()), "nothing is left");
                assertFalse(new BuildStore(build(2), TestTransfer.LIMITS).hasStash("shop"));
            }
            assertTrue(free - disk.free() < 20_000, "no room is lost but for empty directories: " + free);

            assertReads(1, 1);
            assertEquals(
                    1,
                    save(3, List.of(build(2), build(1)), base, new TestLayer().text("a", "fits"))
                            .added()
                            .size());
            assertReads(3, 2);
        }
    }

    /** The layers fit, the documents of the layout do not: tmpfs gives inodes by number. */
    @Test
    @Tries(Fault.F6)
    void aLayoutWithoutRoomIsNotThereAtAll() throws Exception {
        for (int inodes = 8; ; inodes++) {
            try (SmallDisk disk = SmallDisk.mount(directory.resolve("jobs"), "size=2m,nr_inodes=" + inodes)) {
                try {
                    save(1, List.of(), base);
                    assertTrue(inodes > 12, "it never was too few");
                    assertReads(1, 1);
                    return;
                } catch (IOException full) {
                    assertTrue(full.getMessage().contains("jobs"), "names the place: " + full);
                    BuildStore store = new BuildStore(build(1), TestTransfer.LIMITS);
                    assertFalse(store.hasStash("shop"));
                    assertEquals(List.of(), store.layouts());
                    for (String file : TestTransfer.files(disk.directory())) {
                        assertFalse(file.contains(LayoutDirectory.UNFINISHED), file);
                    }
                    store.clear();
                    assertEquals(new TreeSet<>(), TestTransfer.files(disk.directory()));
                }
            }
        }
    }

    @Test
    @Tries(Fault.F18)
    void aDiskThatBecameReadOnlyIsToldByItsPlaceAndStillRead() throws Exception {
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("jobs"), "size=4m")) {
            save(1, List.of(), base);
            disk.remount("ro");
            IOException refused =
                    assertThrows(IOException.class, () -> save(1, List.of(), base, new TestLayer().text("a", "more")));
            assertTrue(
                    refused.getMessage().contains(build(1).toString())
                            && refused.getMessage().contains("Read-only file system"),
                    refused.getMessage());
            assertThrows(IOException.class, () -> save(2, List.of(build(1)), base));
            assertReads(1, 1);
            assertEquals(
                    1, new BuildStore(build(1), TestTransfer.LIMITS).layouts().size());
            IOException kept =
                    assertThrows(IOException.class, () -> new BuildStore(build(1), TestTransfer.LIMITS).clear());
            assertTrue(kept.getMessage().contains(build(1).toString()), kept.getMessage());
            assertReads(1, 1);
            disk.remount("rw");
            save(2, List.of(build(1)), base);
            new BuildStore(build(1), TestTransfer.LIMITS).clear();
            assertReads(2, 1);
        }
    }

    /** What is in the making has a time of the disk, and so has the sweep's now where both are the controller's. */
    @Test
    @Tries(Fault.F18)
    void aClockThatIsWrongSweepsNothingThatIsInTheMakingOrThere() throws Exception {
        save(1, List.of(), base);
        BuildStore store = new BuildStore(build(1), TestTransfer.LIMITS);
        Path tomorrow = Files.createFile(build(1).resolve("docker-archive/blobs/sha256/.docker-archive-a.part"));
        Files.setLastModifiedTime(tomorrow, FileTime.from(Instant.now().plus(Duration.ofDays(400))));
        for (String file : TestTransfer.files(build(1).resolve("docker-archive/stashes"))) {
            Path old = build(1).resolve("docker-archive/stashes").resolve(file);
            if (!file.contains("blobs")) {
                Files.setLastModifiedTime(old, FileTime.fromMillis(0));
            }
        }
        store.sweep();
        assertTrue(Files.exists(tomorrow), "somebody may still write it");
        assertReads(1, 1);
        // a layer whose time has changed is another one, and arrives again
        Path blob;
        try (var blobs = Files.list(build(1).resolve("docker-archive/blobs/sha256"))) {
            blob = blobs.filter(file -> !file.equals(tomorrow)).findFirst().orElseThrow();
        }
        Files.setLastModifiedTime(blob, FileTime.fromMillis(0));
        assertEquals(1, save(2, List.of(build(1)), base).added().size());
        assertReads(2, 1);
    }
}
