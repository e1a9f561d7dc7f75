package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.read;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.told;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Cuts and flipped bits everywhere: an archive is refused, or it is the same as before; never another one. */
@Tries(Fault.F10)
class ImageArchiveDamageTest {

    private static final TestImage SHOP = TestImage.of("app").named("shop:1");

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void refusesAnArchiveThatIsCutAtAnyBlock(ImageArchiveTest.Layout layout) {
        byte[] whole =
                layout.of(SHOP, TestImage.of("app", "more").named("more:1")).bytes();

        for (int length = 0; length < whole.length; length += RawTar.BLOCK) {
            byte[] cut = Arrays.copyOf(whole, length);
            String where = "cut after %d of %d bytes".formatted(length, whole.length);
            ArchiveException e = assertThrows(ArchiveException.class, () -> read(cut), where);
            assertTrue(e.getMessage().matches(".*(it is empty|it is cut short).*"), where + ": " + e.getMessage());
        }
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void refusesAnArchiveWithAnErrorOfTheEngineAppendedAtAnyBlock(ImageArchiveTest.Layout layout) {
        byte[] whole = layout.of(SHOP).bytes();
        byte[] error = "{\"message\":\"blob not found: not found\"}\n".getBytes(StandardCharsets.UTF_8);

        for (int length = 0; length <= whole.length; length += RawTar.BLOCK) {
            byte[] cut = TestLayouts.joined(Arrays.copyOf(whole, length), error);
            String where = "error after %d of %d bytes".formatted(length, whole.length);
            assertThrows(ArchiveException.class, () -> read(cut), where);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void refusesACompressedArchiveThatIsCutAnywhere(Compression compression) {
        byte[] whole =
                TestLayouts.compressed(compression, TestLayouts.docker25(SHOP).bytes());

        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            String where = "cut after %d of %d bytes".formatted(length, whole.length);
            assertThrows(ArchiveException.class, () -> read(cut), where);
        }
    }

    @Test
    void refusesASecondZstdFrameThatIsCutBeforeTheEndOfTheTar() {
        byte[] plain = TestLayouts.docker25(SHOP).bytes();
        int half = plain.length / 2;
        byte[] first = TestLayouts.compressed(Compression.ZSTD, Arrays.copyOf(plain, half));
        byte[] second = TestLayouts.compressed(Compression.ZSTD, Arrays.copyOfRange(plain, half, plain.length));
        int checksum = 4;
        int lastBlock = 3;

        for (int length = 1; length < second.length - checksum - lastBlock; length++) {
            byte[] cut = TestLayouts.joined(first, Arrays.copyOf(second, length));
            String where = "cut after %d of %d bytes".formatted(length, second.length);
            assertThrows(ArchiveException.class, () -> read(cut), where);
        }
    }

    /** Every byte that says something, and some of the many zeros between them. */
    private static int[] worthAFlip(byte[] bytes) {
        return IntStream.range(0, bytes.length)
                .filter(at -> bytes[at] != 0 || at % 16 == 0)
                .toArray();
    }

    @Test
    void aFlippedBitInAnArchiveWithAnIndexIsRefusedOrChangesNothing() throws IOException {
        byte[] whole = TestLayouts.docker25(SHOP).bytes();
        List<String> before = told(SHOP);

        int refused = 0;
        for (int at : worthAFlip(whole)) {
            byte[] flipped = whole.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            try {
                assertEquals(before, told(read(flipped)), "byte " + at);
            } catch (ArchiveException e) {
                refused++;
            }
        }
        assertTrue(refused > worthAFlip(whole).length / 3, refused + " of " + worthAFlip(whole).length + " refused");
    }

    @Test
    void aFlippedBitInALegacyArchiveNeverChangesAnImage() throws IOException {
        byte[] whole = TestLayouts.legacyDocker(SHOP).bytes();

        for (int at : worthAFlip(whole)) {
            byte[] flipped = whole.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            try {
                ImageArchive archive = read(flipped);
                assertEquals(1, archive.images().size(), "byte " + at);
                assertEquals(SHOP.configDigest(), archive.images().get(0).configDigest(), "byte " + at);
                assertEquals(SHOP.diffIds(), archive.images().get(0).diffIds(), "byte " + at);
            } catch (ArchiveException e) {
                assertTrue(e.getMessage().matches("[^\\p{Cc}]+"), e.getMessage());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aFlippedBitInACompressedArchiveIsRefusedOrChangesNothing(Compression compression) throws IOException {
        byte[] whole =
                TestLayouts.compressed(compression, TestLayouts.docker25(SHOP).bytes());
        List<String> before = told(SHOP);

        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            try {
                assertEquals(before, told(read(flipped)), "byte " + at);
            } catch (ArchiveException e) {
                assertFalse(e.getMessage().isBlank(), "byte " + at);
            }
        }
    }

    @Test
    void aFlippedBitInAZstdArchiveWithoutChecksumIsRefusedOrChangesNothing() throws IOException {
        byte[] whole = TestLayouts.compress(
                TestLayouts.docker25(SHOP).bytes(), out -> new com.github.luben.zstd.ZstdOutputStream(out, 3));
        List<String> before = told(SHOP);

        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            try {
                assertEquals(before, told(read(flipped)), "byte " + at);
            } catch (ArchiveException e) {
                assertFalse(e.getMessage().isBlank(), "byte " + at);
            }
        }
    }

    @Test
    void aFlippedBitInACompressedLayerIsRefused() {
        TestTar tar = TestLayouts.containerdStore(SHOP);
        byte[] layer = TestLayouts.gzip(SHOP.layers().get(0));
        String name = TestLayouts.blobName(Sha256.of(layer));

        for (int at = 0; at < layer.length; at++) {
            byte[] flipped = layer.clone();
            flipped[at] ^= (byte) (1 << at % 8);
            TestTar changed = tar.copy().replace(name, flipped);
            ArchiveException e = assertThrows(ArchiveException.class, () -> read(changed), "byte " + at);
            assertTrue(e.getMessage().contains(name), "byte " + at + ": " + e.getMessage());
        }
    }
}
