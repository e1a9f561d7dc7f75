package io.jenkins.plugins.dockerarchive.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An OCI image layout as one tar: whole, the same each time, and never a damaged one that looks whole. */
class LayoutTarTest {

    private static final ArchiveLimits LIMITS = ArchiveLimits.defaults();

    private static final TestImage SHOP =
            TestImage.of("base".repeat(5_000), "app").named("shop:1");

    @TempDir
    private Path temporary;

    private Path layout;

    @BeforeEach
    void setUp() throws Exception {
        layout = Files.createDirectory(temporary.resolve("layout"));
        new ImageLayoutWriter(layout, CompressionChoice.AUTO, LIMITS)
                .copy(new ByteArrayInputStream(TestLayouts.docker25(SHOP).bytes()));
    }

    @Test
    void tarIsAnArchiveOfTheSameImagesAndAsLongAsSaid() throws Exception {
        LayoutTar tar = new LayoutTar(layout, null, LIMITS);
        byte[] bytes = bytes(tar);
        assertEquals(tar.size(), bytes.length);
        Path file = Files.write(temporary.resolve("shop.tar"), bytes);
        ArchivedImage image =
                ImageArchive.read(file, LIMITS).roots().get(0).images().get(0);
        assertEquals(SHOP.configDigest(), image.configDigest());
        assertEquals("shop:1", image.references().get(0).familiar());
        assertEquals(2, image.layers().size());
    }

    @Test
    void sameLayoutGivesTheSameBytes() throws Exception {
        assertArrayEquals(bytes(new LayoutTar(layout, null, LIMITS)), bytes(new LayoutTar(layout, null, LIMITS)));
    }

    @Test
    void layoutsWithPlatformsThatWereNeverPulledAreWhole() throws Exception {
        Path other = Files.createDirectory(temporary.resolve("other"));
        new ImageLayoutWriter(other, CompressionChoice.AUTO, LIMITS)
                .copy(new ByteArrayInputStream(TestLayouts.containerdStore(SHOP).bytes()));
        LayoutTar tar = new LayoutTar(other, null, LIMITS);
        assertEquals(tar.size(), bytes(tar).length);
    }

    @Test
    void changedIndexIsRefused() throws Exception {
        String sha256 = Sha256.hex(Sha256.of(Files.readAllBytes(layout.resolve("index.json"))));
        assertTrue(new LayoutTar(layout, sha256, LIMITS).size() > 0);
        refused("index.json is not the one", "0".repeat(64));
    }

    @Test
    void missingBlobIsRefusedBeforeTheFirstByte() throws Exception {
        Files.delete(biggestBlob());
        refused("is missing", null);
    }

    @Test
    void shortenedBlobIsRefusedBeforeTheFirstByte() throws Exception {
        Path blob = biggestBlob();
        byte[] bytes = Files.readAllBytes(blob);
        Files.write(blob, List.of(new String(bytes, 0, 3, java.nio.charset.StandardCharsets.ISO_8859_1)));
        refused("another size", null);
    }

    @Test
    void missingDocumentIsRefused() throws Exception {
        Files.delete(layout.resolve("manifest.json"));
        refused("'manifest.json' is missing", null);
    }

    @Test
    void linkInsteadOfABlobIsRefused() throws Exception {
        Path blob = biggestBlob();
        Path elsewhere = Files.move(blob, temporary.resolve("elsewhere"));
        Files.createSymbolicLink(blob, elsewhere);
        refused("is no file", null);
    }

    @Test
    void manifestThatNamesAFileOutsideIsRefused() throws Exception {
        Files.writeString(
                layout.resolve("manifest.json"), "[{\"Config\":\"../../secret\",\"RepoTags\":[],\"Layers\":[]}]");
        refused("names '../../secret'", null);
    }

    @Test
    void malformedDigestIsRefused() throws Exception {
        Files.writeString(
                layout.resolve("index.json"), "{\"manifests\":[{\"digest\":\"sha256:../../secret\",\"size\":1}]}");
        refused("malformed digest", null);
    }

    @Test
    void flippedBitEndsTheTarWithoutAnEnd() throws Exception {
        Path blob = biggestBlob();
        byte[] bytes = Files.readAllBytes(blob);
        bytes[bytes.length / 2] ^= 1;
        Files.write(blob, bytes);
        LayoutTar tar = new LayoutTar(layout, null, LIMITS);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThrows(ArchiveException.class, () -> tar.writeTo(out));
        assertTrue(out.size() < tar.size(), "what came is short, so that the transfer is seen to have failed");
    }

    private void refused(String part, String sha256) {
        ArchiveException refusal = assertThrows(ArchiveException.class, () -> new LayoutTar(layout, sha256, LIMITS));
        assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
    }

    private Path biggestBlob() throws Exception {
        String config = Sha256.hex(SHOP.configDigest());
        try (Stream<Path> blobs = Files.list(layout.resolve("blobs/sha256"))) {
            return blobs.filter(blob -> !blob.endsWith(config))
                    .filter(blob -> {
                        try {
                            return Files.readAllBytes(blob)[0] != '{';
                        } catch (java.io.IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    })
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static byte[] bytes(LayoutTar tar) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        tar.writeTo(out);
        return out.toByteArray();
    }
}
