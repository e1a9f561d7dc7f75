package io.jenkins.plugins.dockerarchive.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The store on file systems that refuse what most of them do, or do it in another way. {@code hermetic/nfs} runs the
 * store's tests on a real NFS; these are single traits of it, and of others.
 */
@Timeout(60)
@Tries(Fault.F18)
class StoreOnOddDiskTest {

    @TempDir
    Path directory;

    private final TestLayer base = new TestLayer().random("base", 20_000, 1);
    private OddDisk disk;

    @BeforeEach
    void makeDisk() throws IOException {
        disk = new OddDisk(Files.createDirectories(directory.resolve("builds")));
    }

    private Path build(int number) {
        return disk.root().resolve(String.valueOf(number));
    }

    private BuildStore store(int number) {
        return new BuildStore(build(number), TestTransfer.LIMITS);
    }

    private LayoutReceiver save(int number, List<Path> earlier, String app) throws IOException {
        byte[] archive = TestTransfer.archive("shop:1", base, new TestLayer().text("app", app));
        return TestTransfer.save(build(number), earlier, archive, "shop", directory.resolve("temporary"));
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

    private TreeSet<String> files() throws IOException {
        return TestTransfer.files(disk.realRoot());
    }

    private void assertNothingUnfinished() throws IOException {
        assertTrue(files().stream().noneMatch(file -> file.contains(LayoutDirectory.UNFINISHED)), files()::toString);
    }

    // hard links

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"Operation not permitted", "Too many links", "Invalid cross-device link"})
    void whereLinksAreRefusedLayersAreCopiedAndNothingElseChanges(String reason) throws Exception {
        disk.refuseLinks(reason);
        assertEquals(2, save(1, List.of(), "one").added().size());
        assertEquals(
                1, save(2, List.of(build(1)), "two").added().size(), "the base is known, though it has to be copied");
        assertReads(1);
        assertReads(2);
        store(2).makeArtifact(
                        build(2).resolve("archive/shop.oci"), store(2).layouts().get(0));
        assertNothingUnfinished();
        store(1).clear();
        assertReads(2);
        store(2).clear();
        assertEquals(
                2,
                ImageArchive.read(build(2).resolve("archive/shop.oci"), TestTransfer.LIMITS)
                        .images()
                        .get(0)
                        .layers()
                        .size());
        assertEquals(0, save(3, List.of(build(2)), "two").added().size(), "the artifact's layers are known, too");
        assertReads(3);
    }

    /** The first blob to have as many names as the file system has room for. */
    @Test
    void aLayerWithTooManyNamesIsCopiedOnceAndThatCopyIsLinkedOn() throws Exception {
        save(1, List.of(), "one");
        disk.refuseLinks("Too many links");
        save(2, List.of(build(1)), "one");
        disk = new OddDisk(disk.realRoot());
        assertEquals(0, save(3, List.of(build(2), build(1)), "one").added().size());
        assertReads(3);
        Path copy = biggest(2);
        assertFalse(Files.isSameFile(biggest(1), copy));
        assertTrue(Files.isSameFile(biggest(3), copy));
    }

    private Path biggest(int number) throws IOException {
        try (var blobs = Files.list(disk.realRoot().resolve(number + "/docker-archive/blobs/sha256"))) {
            return blobs.max(java.util.Comparator.comparingLong(
                            blob -> blob.toFile().length()))
                    .orElseThrow();
        }
    }

    // flushing

    @Test
    void aDirectoryThatCannotBeBroughtToTheDiskIsNamedAndNothingIsKept() throws Exception {
        save(1, List.of(), "one");
        disk.refuseToFlushDirectories("Invalid argument");
        FileSystemException refused = assertThrows(FileSystemException.class, () -> save(2, List.of(build(1)), "two"));
        assertTrue(
                refused.getMessage().startsWith(build(2).toString())
                        && refused.getMessage().endsWith(": cannot be brought to the disk: Invalid argument"),
                refused.getMessage());
        assertFalse(store(2).hasStash("shop"));
        assertNothingUnfinished();
        assertReads(1);
    }

    // deleting what somebody reads

    @Test
    void whatIsDeletedWhileItIsReadHasNoNameAtOnceAndNoBytesAfterTheNextSweep() throws Exception {
        save(1, List.of(), "one");
        Path stash = disk.realRoot().resolve("1/docker-archive/stashes/shop");
        try (var blobs = Files.list(stash.resolve("blobs/sha256"))) {
            disk.hold(blobs.findFirst().orElseThrow());
        }
        store(1).removeStash("shop");
        assertFalse(store(1).hasStash("shop"));
        assertEquals(List.of(), store(1).layouts());
        assertEquals(
                1,
                files().stream()
                        .filter(file -> file.contains(".gone/blobs/sha256/.nfs"))
                        .count());

        assertFalse(store(1).sweep(), "it is still read");
        assertTrue(files().stream().anyMatch(file -> file.contains(".nfs")), files()::toString);
        save(1, List.of(), "two");
        assertReads(1);

        disk.release();
        assertTrue(store(1).sweep());
        assertNothingUnfinished();
        assertReads(1);
    }

    @Test
    void theEndOfABuildWaitsForItsReadersAndForNobodyElse() throws Exception {
        save(1, List.of(), "one");
        disk.hold(biggest(1));
        assertFalse(store(1).clear());
        assertFalse(store(1).hasStash("shop"));
        assertEquals(1, files().size(), files()::toString);
        assertFalse(store(1).clear(), "again and again");
        disk.release();
        assertTrue(store(1).clear());
        assertFalse(Files.exists(build(1).resolve(BuildStore.DIRECTORY)));
    }

    /** Only what a network file system keeps is waited for: a file that somebody puts there is a failure. */
    @Test
    void whatCannotBeDeletedForAnotherReasonIsAFailureThatNamesIt() throws Exception {
        save(1, List.of(), "one");
        OddDisk busy = new OddDisk(disk.realRoot()) {
            @Override
            void remove(Path path) throws IOException {
                if (path.getFileName().toString().equals("oci-layout")) {
                    throw new FileSystemException(path.toString(), null, "Input/output error");
                }
                super.remove(path);
            }
        };
        BuildStore store = new BuildStore(busy.root().resolve("1"), TestTransfer.LIMITS);
        IOException failure = assertThrows(IOException.class, () -> store.removeStash("shop"));
        assertTrue(failure.getMessage().endsWith("oci-layout: Input/output error"), failure.getMessage());
        assertFalse(store.hasStash("shop"), "half of a stash is none");
        assertTrue(store(1).sweep(), "the next sweep tries again");
        assertNothingUnfinished();
    }

    @Test
    void aDirectoryThatOthersPutSomethingIntoIsAFailure() throws Exception {
        save(1, List.of(), "one");
        OddDisk other = new OddDisk(disk.realRoot()) {
            @Override
            void remove(Path path) throws IOException {
                if (path.getFileName().toString().equals("oci-layout")) {
                    Files.writeString(path.resolveSibling("foreign"), "x");
                }
                super.remove(path);
            }
        };
        BuildStore store = new BuildStore(other.root().resolve("1"), TestTransfer.LIMITS);
        assertThrows(DirectoryNotEmptyException.class, () -> store.removeStash("shop"));
    }

    // clocks

    @ParameterizedTest
    @ValueSource(longs = {-400, -2, 0, 2, 400})
    void whatIsInTheMakingStaysAndWhatIsOldGoesByTheClockOfTheDisk(long days) throws Exception {
        disk.setClock(Duration.ofDays(days));
        save(1, List.of(), "one");
        Path blobs = disk.realRoot().resolve("1/docker-archive/blobs/sha256");
        Path now = Files.createFile(blobs.resolve(LayoutDirectory.UNFINISHED + "now.part"));
        Path old = Files.createFile(blobs.resolve(LayoutDirectory.UNFINISHED + "old.part"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
        assertTrue(store(1).sweep());
        assertTrue(Files.exists(now), "somebody writes it");
        assertFalse(Files.exists(old));
        assertReads(1);
        assertEquals(0, save(2, List.of(build(1)), "one").added().size());
    }

    /** As when the disk is full: the sweep is what helps then. */
    @Test
    void aDiskThatTakesNoMoreFilesIsSweptAllTheSame() throws Exception {
        save(1, List.of(), "one");
        Path blobs = disk.realRoot().resolve("1/docker-archive/blobs/sha256");
        Path now = Files.createFile(blobs.resolve(LayoutDirectory.UNFINISHED + "now.part"));
        Path old = Files.createFile(blobs.resolve(LayoutDirectory.UNFINISHED + "old.part"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
        OddDisk full = new OddDisk(disk.realRoot()) {
            @Override
            java.nio.channels.FileChannel open(
                    Path file,
                    java.util.Set<? extends java.nio.file.OpenOption> options,
                    java.nio.file.attribute.FileAttribute<?>... attributes)
                    throws IOException {
                if (!Files.exists(file)) {
                    throw new FileSystemException(file.toString(), null, "No space left on device");
                }
                return super.open(file, options, attributes);
            }
        };
        assertTrue(new BuildStore(full.root().resolve("1"), TestTransfer.LIMITS).sweep());
        assertTrue(Files.exists(now));
        assertFalse(Files.exists(old));
    }
}
