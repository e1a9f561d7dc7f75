package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileSystemArchiveTest {

    @TempDir
    Path directory;

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    private static FileSystemArchive read(byte[] bytes) throws IOException {
        return FileSystemArchive.read(new ByteArrayInputStream(bytes), LIMITS);
    }

    private static byte[] rootfs() {
        return new RawTar()
                .file(".dockerenv", "")
                .entry("bin/", '5', "")
                .file("bin/app", "#!/bin/sh\n")
                .link("bin/sh", '2', "/bin/busybox")
                .link("bin/again", '1', "bin/app")
                .link("lib64", '2', "../../outside/of/all")
                .entry("dev/", '5', "")
                .entry("dev/null", '3', "")
                .entry("dev/sda", '4', "")
                .entry("run/pipe", '6', "")
                .pax('x', "path=" + "very/".repeat(60) + "deep", "SCHILY.xattr.security.capability=\u0001")
                .file("deep", "x")
                .end()
                .bytes();
    }

    @ParameterizedTest
    @EnumSource
    void countsAndHashesASoundOneHoweverItIsCompressed(Compression compression) throws IOException {
        byte[] tar = rootfs();
        Path file = Files.write(directory.resolve("fs"), TestLayouts.compressed(compression, tar));

        FileSystemArchive archive = FileSystemArchive.read(file, LIMITS);

        assertEquals(new FileSystemArchive(11, tar.length, Sha256.of(tar)), archive);
    }

    @ParameterizedTest
    @EnumSource
    void opensThePlainTar(Compression compression) throws IOException {
        byte[] tar = rootfs();
        Path file = Files.write(directory.resolve("fs"), TestLayouts.compressed(compression, tar));

        try (InputStream in = FileSystemArchive.read(file, LIMITS).open(file, LIMITS)) {
            assertArrayEquals(tar, in.readAllBytes());
        }
    }

    @ParameterizedTest
    @EnumSource
    void noticesAFileThatChangedSinceItWasVerified(Compression compression) throws IOException {
        byte[] tar = rootfs();
        Path file = Files.write(directory.resolve("fs"), TestLayouts.compressed(compression, tar));
        FileSystemArchive archive = FileSystemArchive.read(file, LIMITS);
        byte[] other = tar.clone();
        other[4 * RawTar.BLOCK] ^= 1;
        byte[] shorter = Arrays.copyOf(tar, tar.length - 1024);
        byte[] longer = Arrays.copyOf(tar, tar.length + 1024);

        for (byte[] changed : new byte[][] {other, shorter, longer}) {
            Files.write(file, TestLayouts.compressed(compression, changed));
            try (InputStream in = archive.open(file, LIMITS)) {
                ArchiveException e = assertThrows(ArchiveException.class, in::readAllBytes);
                assertEquals("it was changed while it was read", e.getMessage());
            }
        }
    }

    @Test
    void refusesOneThatIsCutAtAnyBlock() {
        byte[] whole = rootfs();

        for (int length = 0; length < whole.length; length += RawTar.BLOCK) {
            byte[] cut = Arrays.copyOf(whole, length);
            String where = "cut after %d of %d bytes".formatted(length, whole.length);
            ArchiveException e = assertThrows(ArchiveException.class, () -> read(cut), where);
            assertTrue(e.getMessage().matches("it is empty|it is cut short.*"), where + ": " + e.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void refusesACompressedOneThatIsCutAnywhere(Compression compression) {
        byte[] whole = TestLayouts.compressed(compression, rootfs());

        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            String where = "cut after %d of %d bytes".formatted(length, whole.length);
            assertThrows(ArchiveException.class, () -> read(cut), where);
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesNothingAtAllWhichAnEngineTakesForAnEmptyImage(Compression compression) {
        byte[] nothing = TestLayouts.compressed(compression, new byte[0]);
        byte[] zeros = TestLayouts.compressed(compression, new byte[10240]);

        ArchiveException e = assertThrows(ArchiveException.class, () -> read(nothing));
        assertEquals("it is empty", e.getMessage());
        e = assertThrows(ArchiveException.class, () -> read(zeros));
        assertEquals("it is empty", e.getMessage());
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void tellsAnImageArchive(ImageArchiveTest.Layout layout) throws IOException {
        TestTar image = layout.of(TestImage.of("base").named("shop:1"));
        byte[] dotted = image.copy().rename(name -> "./" + name).bytes();

        for (byte[] bytes : new byte[][] {image.bytes(), dotted, TestLayouts.gzip(image.bytes())}) {
            WrongArchiveException e = assertThrows(WrongArchiveException.class, () -> read(bytes));
            assertEquals("it is an image archive, not the file system of a container", e.getMessage());
            assertEquals(WrongArchiveException.Really.IMAGE, e.really());
        }
    }

    @Test
    void aFileSystemMayHoldAManifestOrAnImageArchiveDeepInside() throws IOException {
        byte[] tar = new TestTar()
                .file("manifest.json", "{}")
                .file("app/blobs/sha256/" + "0".repeat(64), "x")
                .file("app/oci-layout", "x")
                .bytes();

        assertEquals(3, read(tar).entries());
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil", "a/../../evil", "a/..", "..", "./../evil"})
    void refusesNamesAndHardLinksThatLeadOutside(String name) {
        byte[] file = new RawTar().file(name, "x").end().bytes();
        byte[] link = new RawTar().link("link", '1', name).end().bytes();
        byte[] pax = new RawTar().pax('x', "path=" + name).file("x", "").end().bytes();

        ArchiveException e = assertThrows(ArchiveException.class, () -> read(file));
        assertEquals("entry '" + name + "' leads outside the archive", e.getMessage());
        e = assertThrows(ArchiveException.class, () -> read(link));
        assertEquals("link 'link' leads outside the archive", e.getMessage());
        e = assertThrows(ArchiveException.class, () -> read(pax));
        assertTrue(e.getMessage().contains("leads outside the archive"), e.getMessage());
    }

    @Test
    void takesNamesThatOnlyAFileSystemHas() throws IOException {
        byte[] tar = new RawTar()
                .file("usr/lib/systemd/system/system-systemd\\x2dcryptsetup.slice", "")
                .file("usr/share/größe", "")
                .file("etc/same", "1")
                .file("etc/same", "2")
                .file("...", "")
                .file("a..b/..c", "")
                .end()
                .bytes();

        assertEquals(6, read(tar).entries());
    }

    @Test
    void sizeIsLimited() throws IOException {
        byte[] tar = rootfs();

        ArchiveLimits enough = TestArchives.totalBytes(tar.length);
        ArchiveLimits tooFew = TestArchives.totalBytes(tar.length - 1);

        assertEquals(
                tar.length,
                FileSystemArchive.read(new ByteArrayInputStream(tar), enough).plainSize());
        ArchiveException e = assertThrows(
                ArchiveException.class, () -> FileSystemArchive.read(new ByteArrayInputStream(tar), tooFew));
        assertTrue(e.getMessage().contains("it is bigger than"), e.getMessage());
    }

    @Test
    void saysWhenItIsNoTarAtAll() {
        byte[] page = "<html>not found</html>".getBytes(StandardCharsets.UTF_8);

        ArchiveException e = assertThrows(ArchiveException.class, () -> read(page));
        assertEquals("it is an HTML or XML page, not a tar archive", e.getMessage());
    }

    @Test
    void readsAStreamToItsEndAndLeavesItOpen() throws IOException {
        AtomicBoolean closed = new AtomicBoolean();
        InputStream stream = new ByteArrayInputStream(TestLayouts.compressed(Compression.ZSTD, rootfs())) {
            @Override
            public void close() {
                closed.set(true);
            }
        };

        FileSystemArchive.read(stream, LIMITS);

        assertEquals(-1, stream.read());
        assertFalse(closed.get());
    }

    @Test
    void anInterruptStopsIt() {
        Thread.currentThread().interrupt();

        assertThrows(InterruptedIOException.class, () -> read(rootfs()));
    }
}
