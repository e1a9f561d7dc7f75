package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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

        assertThat(archive).isEqualTo(new FileSystemArchive(11, tar.length, Sha256.of(tar)));
    }

    @ParameterizedTest
    @EnumSource
    void opensThePlainTar(Compression compression) throws IOException {
        byte[] tar = rootfs();
        Path file = Files.write(directory.resolve("fs"), TestLayouts.compressed(compression, tar));

        try (InputStream in = FileSystemArchive.read(file, LIMITS).open(file, LIMITS)) {
            assertThat(in.readAllBytes()).isEqualTo(tar);
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
                assertThatExceptionOfType(ArchiveException.class)
                        .isThrownBy(in::readAllBytes)
                        .withMessage("it was changed while it was read");
            }
        }
    }

    @Test
    void refusesOneThatIsCutAtAnyBlock() {
        byte[] whole = rootfs();

        for (int length = 0; length < whole.length; length += RawTar.BLOCK) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatExceptionOfType(ArchiveException.class)
                    .as("cut after %d of %d bytes", length, whole.length)
                    .isThrownBy(() -> read(cut))
                    .withMessageMatching("it is empty|it is cut short.*");
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void refusesACompressedOneThatIsCutAnywhere(Compression compression) {
        byte[] whole = TestLayouts.compressed(compression, rootfs());

        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatExceptionOfType(ArchiveException.class)
                    .as("cut after %d of %d bytes", length, whole.length)
                    .isThrownBy(() -> read(cut));
        }
    }

    @ParameterizedTest
    @EnumSource
    void refusesNothingAtAllWhichAnEngineTakesForAnEmptyImage(Compression compression) {
        assertThatExceptionOfType(ArchiveException.class)
                .isThrownBy(() -> read(TestLayouts.compressed(compression, new byte[0])))
                .withMessage("it is empty");
        assertThatExceptionOfType(ArchiveException.class)
                .isThrownBy(() -> read(TestLayouts.compressed(compression, new byte[10240])))
                .withMessage("it is empty");
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void tellsAnImageArchive(ImageArchiveTest.Layout layout) throws IOException {
        TestTar image = layout.of(TestImage.of("base").named("shop:1"));
        byte[] dotted = image.copy().rename(name -> "./" + name).bytes();

        for (byte[] bytes : new byte[][] {image.bytes(), dotted, TestLayouts.gzip(image.bytes())}) {
            assertThatExceptionOfType(WrongArchiveException.class)
                    .isThrownBy(() -> read(bytes))
                    .withMessage("it is an image archive, not the file system of a container")
                    .satisfies(e -> assertThat(e.really()).isEqualTo(WrongArchiveException.Really.IMAGE));
        }
    }

    @Test
    void aFileSystemMayHoldAManifestOrAnImageArchiveDeepInside() throws IOException {
        byte[] tar = new TestTar()
                .file("manifest.json", "{}")
                .file("app/blobs/sha256/" + "0".repeat(64), "x")
                .file("app/oci-layout", "x")
                .bytes();

        assertThat(read(tar).entries()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil", "a/../../evil", "a/..", "..", "./../evil"})
    void refusesNamesAndHardLinksThatLeadOutside(String name) {
        assertThatExceptionOfType(ArchiveException.class)
                .isThrownBy(() -> read(new RawTar().file(name, "x").end().bytes()))
                .withMessage("entry '" + name + "' leads outside the archive");
        assertThatExceptionOfType(ArchiveException.class)
                .isThrownBy(() -> read(new RawTar().link("link", '1', name).end().bytes()))
                .withMessage("link 'link' leads outside the archive");
        assertThatExceptionOfType(ArchiveException.class)
                .isThrownBy(() -> read(new RawTar().pax('x', "path=" + name).file("x", "").end().bytes()))
                .withMessageContaining("leads outside the archive");
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

        assertThat(read(tar).entries()).isEqualTo(6);
    }

    @Test
    void sizeIsLimited() throws IOException {
        byte[] tar = rootfs();

        assertThat(FileSystemArchive.read(new ByteArrayInputStream(tar), TestArchives.totalBytes(tar.length)).plainSize())
                .isEqualTo(tar.length);
        assertThatExceptionOfType(ArchiveException.class)
                .isThrownBy(() -> FileSystemArchive.read(new ByteArrayInputStream(tar), TestArchives.totalBytes(tar.length - 1)))
                .withMessageContaining("it is bigger than");
    }

    @Test
    void saysWhenItIsNoTarAtAll() {
        assertThatExceptionOfType(ArchiveException.class)
                .isThrownBy(() -> read("<html>not found</html>".getBytes(StandardCharsets.UTF_8)))
                .withMessage("it is an HTML or XML page, not a tar archive");
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

        assertThat(stream.read()).isEqualTo(-1);
        assertThat(closed).isFalse();
    }

    @Test
    void anInterruptStopsIt() {
        Thread.currentThread().interrupt();

        assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(() -> read(rootfs()));
    }
}
