package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.told;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageTarWriterTest {

    private static final TestImage SHOP = TestImage.of("base", "app").named("shop:1");
    private static final TestImage DATABASE = TestImage.of("base", "data").named("db:2");

    @TempDir
    Path directory;

    private Path write(byte[] saved, CompressionChoice choice) throws IOException {
        Path target = directory.resolve("written-" + System.nanoTime());
        try (ArchiveOutput output = new ArchiveOutput(directory, null, choice)) {
            new ImageTarWriter(output, LIMITS).copy(new ByteArrayInputStream(saved));
            output.commit(target, ArchiveOutput.Replace.NO);
        }
        return target;
    }

    private Path write(TestTar saved) throws IOException {
        return write(saved.bytes(), CompressionChoice.NONE);
    }

    private static List<TarArchiveEntry> entries(Path file) throws IOException {
        List<TarArchiveEntry> entries = new ArrayList<>();
        try (TarArchiveInputStream in = new TarArchiveInputStream(Files.newInputStream(file))) {
            for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                entries.add(entry);
            }
        }
        return entries;
    }

    private void assertNothingLeft() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(List.of(), files.toList());
        }
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void whatIsWrittenReadsBackAsTheSameImages(ImageArchiveTest.Layout layout) throws IOException {
        Path file = write(layout.of(SHOP, DATABASE));

        assertEquals(
                told(SHOP, DATABASE).stream().sorted().toList(),
                told(ImageArchive.read(file, LIMITS)).stream().sorted().toList());
    }

    @Test
    void tellsWhatItCopied() throws IOException {
        try (ArchiveOutput output = new ArchiveOutput(directory, null, CompressionChoice.NONE)) {
            ImageArchive archive = new ImageTarWriter(output, LIMITS)
                    .copy(new ByteArrayInputStream(TestLayouts.docker25(SHOP).bytes()));

            assertEquals(told(SHOP), told(archive));
            assertEquals(told(SHOP), told(ImageArchive.read(output.written(), LIMITS)));
        }
    }

    @Test
    void theSameImageGivesTheSameBytesWhateverTheEngineSaysOfTimesAndOwners() throws IOException {
        RawTar one = new RawTar();
        RawTar other = new RawTar();
        TestTar saved = TestLayouts.legacyDocker(SHOP);
        for (TarArchiveEntry entry : entries(saved.write(directory.resolve("saved")))) {
            byte[] header = RawTar.header(entry.getName(), entry.isDirectory() ? '5' : '0', entry.getSize());
            byte[] content = entry.isDirectory() ? new byte[0] : saved.content(entry.getName());
            one.block(header).content(content);
            byte[] odd = header.clone();
            RawTar.put(odd, 100, "0000600\0");
            RawTar.put(odd, 108, "0001750\0");
            RawTar.put(odd, 136, "14000000000\0");
            RawTar.put(odd, 265, "somebody");
            other.block(RawTar.withChecksum(odd)).content(content);
        }

        Path first = write(one.end().bytes(), CompressionChoice.ZSTD);
        Path second = write(other.end().bytes(), CompressionChoice.ZSTD);

        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
    }

    @Test
    void manifestsComeLastInOneOrder() throws IOException {
        List<String> names = entries(write(TestLayouts.docker25(SHOP).reverse())).stream()
                .map(TarArchiveEntry::getName)
                .toList();

        assertEquals(
                List.of("index.json", "manifest.json", "oci-layout", "repositories"),
                names.subList(names.size() - 4, names.size()));
    }

    @Test
    void dropsAnIndexThatOmitsAnImageSinceEnginesThatReadItWouldLoseThatOne() throws IOException {
        TestLayouts.Oci oci = new TestLayouts.Oci(plain -> plain);
        oci.image(SHOP);
        String index = oci.tar().text("index.json");
        TestImage byId = TestImage.of("base");
        oci.image(byId);
        TestTar saved = oci.tar().replace("index.json", index).file("manifest.json", oci.dockerManifest());

        Path file = write(saved);

        assertEquals(told(SHOP, byId), told(ImageArchive.read(file, LIMITS)));
        List<String> names =
                entries(file).stream().map(TarArchiveEntry::getName).toList();
        assertTrue(names.contains("manifest.json"), names.toString());
        assertFalse(names.contains("index.json"), names.toString());
        assertFalse(names.contains("oci-layout"), names.toString());
    }

    @Test
    void linksOfOldEnginesStayLinks() throws IOException {
        Path file = write(TestLayouts.legacyDocker(SHOP, DATABASE));

        List<String> links = entries(file).stream()
                .filter(TarArchiveEntry::isSymbolicLink)
                .map(TarArchiveEntry::getLinkName)
                .toList();
        assertEquals(1, links.size(), links.toString());
        assertTrue(links.get(0).startsWith("../"), links.get(0));
        assertTrue(links.get(0).endsWith("/layer.tar"), links.get(0));
    }

    @Test
    void hardLinksAndLinksFromDeepPlacesLeadToTheSameFile() throws IOException {
        TestImage image = TestImage.of("base").named("shop:1");
        TestTar saved = new TestTar()
                .file("x/layer.tar", image.layers().get(0))
                .hardLink("a/b/c/d/layer.tar", "x/layer.tar")
                .file("config.json", image.config())
                .file(
                        "manifest.json",
                        "[" + TestLayouts.manifestEntry("config.json", image.references(), List.of("a/b/c/d/layer.tar"))
                                + "]");

        assertEquals(told(image), told(ImageArchive.read(write(saved), LIMITS)));
    }

    @ParameterizedTest
    @ValueSource(ints = {11, 20, 30})
    void refusesALinkFromTooDeepAPlace(int depth) throws IOException {
        TestTar saved = TestLayouts.podman(SHOP)
                .symbolicLink(
                        "d/".repeat(depth) + "l",
                        "../".repeat(depth) + Sha256.hex(SHOP.diffIds().get(0)) + ".tar");

        ArchiveException e = assertThrows(ArchiveException.class, () -> write(saved));
        assertTrue(e.getMessage().contains("has a name longer than any engine writes"), e.getMessage());
        assertNothingLeft();
    }

    @ParameterizedTest
    @ValueSource(strings = {"n", "ä", "€"})
    void refusesNamesThatOneHeaderHasNoRoomFor(String letter) throws IOException {
        int bytes = letter.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        TestTar fits = TestLayouts.podman(SHOP).file(letter.repeat(98 / bytes), "x");
        TestTar tooLong = TestLayouts.podman(SHOP).file(letter.repeat(100 / bytes + 1), "x");

        Path written = write(fits);
        List<String> names =
                entries(written).stream().map(TarArchiveEntry::getName).toList();
        assertTrue(names.contains(letter.repeat(98 / bytes)), names.toString());
        Files.delete(written);
        ArchiveException e = assertThrows(ArchiveException.class, () -> write(tooLong));
        assertTrue(e.getMessage().contains("has a name longer than any engine writes"), e.getMessage());
        assertNothingLeft();
    }

    @Test
    void autoCompressesPlainLayersAndLeavesCompressedOnesAlone() throws IOException {
        TestImage big = TestImage.onPlatform("amd64", List.of(TestImage.layer("big", 20_000)))
                .named("big:1");

        byte[] plain = Files.readAllBytes(write(TestLayouts.docker25(big).bytes(), CompressionChoice.AUTO));
        byte[] compressed =
                Files.readAllBytes(write(TestLayouts.containerdStore(big).bytes(), CompressionChoice.AUTO));

        assertEquals(Compression.ZSTD, Compression.detect(plain, plain.length));
        assertEquals(Compression.NONE, Compression.detect(compressed, compressed.length));
    }

    @ParameterizedTest
    @EnumSource
    void readsBackInEveryCompression(CompressionChoice choice) throws IOException {
        Path file = write(TestLayouts.containerdStore(SHOP).bytes(), choice);

        assertEquals(told(SHOP), told(ImageArchive.read(file, LIMITS)));
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void refusesASaveThatIsCutAtAnyBlockAndLeavesNothing(ImageArchiveTest.Layout layout) throws IOException {
        byte[] saved = layout.of(SHOP).bytes();

        for (int length = 0; length < saved.length; length += RawTar.BLOCK) {
            byte[] cut = Arrays.copyOf(saved, length);
            String where = "cut after %d of %d bytes".formatted(length, saved.length);
            assertThrows(ArchiveException.class, () -> write(cut, CompressionChoice.ZSTD), where);
        }
        assertNothingLeft();
    }

    @Test
    void refusesWhatAnEngineSavesWhenItWasAskedForNothing() throws IOException {
        ArchiveException e =
                assertThrows(ArchiveException.class, () -> write(new TestTar().file("manifest.json", "null")));
        assertTrue(e.getMessage().contains("it holds no image"), e.getMessage());
        assertNothingLeft();
    }

    @Test
    void refusesAManifestOverTheLimitBeforeItIsKept() throws IOException {
        TestTar saved = TestLayouts.legacyDocker(SHOP).replace("repositories", "x".repeat((4 << 20) + 1));

        ArchiveException e = assertThrows(ArchiveException.class, () -> write(saved));
        assertTrue(e.getMessage().contains("repositories has more than 4194304 bytes"), e.getMessage());
        assertNothingLeft();
    }
}
