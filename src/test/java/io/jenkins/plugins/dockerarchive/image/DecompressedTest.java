package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.compress;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.compressed;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.joined;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class DecompressedTest {

    private static final byte[] TEXT =
            "The same bytes come out again. ".repeat(40).getBytes(StandardCharsets.UTF_8);
    private static final byte[] MORE = "And those of the second member.".getBytes(StandardCharsets.UTF_8);

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    private static byte[] plain(byte[] bytes) throws IOException {
        return plain(bytes, LIMITS);
    }

    private static byte[] plain(byte[] bytes, ArchiveLimits limits) throws IOException {
        try (Decompressed in = new Decompressed(new ByteArrayInputStream(bytes), limits)) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @EnumSource
    void givesThePlainBytesAndCountsThem(Compression compression) throws IOException {
        byte[] bytes = compressed(compression, TEXT);

        try (Decompressed in = new Decompressed(new ByteArrayInputStream(bytes), LIMITS)) {
            assertEquals(compression, in.compression());
            assertEquals('T', in.read());
            assertArrayEquals(Arrays.copyOfRange(TEXT, 1, TEXT.length), in.readAllBytes());
            assertEquals(TEXT.length, in.plainBytes());
            assertEquals(-1, in.read());
        }
    }

    @ParameterizedTest
    @EnumSource
    void takesSourcesThatGiveOneByteAtATime(Compression compression) throws IOException {
        InputStream slow = new ByteArrayInputStream(compressed(compression, TEXT)) {
            @Override
            public synchronized int read(byte[] buffer, int offset, int length) {
                return super.read(buffer, offset, Math.min(length, 1));
            }
        };

        try (Decompressed in = new Decompressed(slow, LIMITS)) {
            assertArrayEquals(TEXT, in.readAllBytes());
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsAllMembersOneAfterAnother(Compression compression) throws IOException {
        byte[] two = joined(compressed(compression, TEXT), compressed(compression, MORE));

        assertArrayEquals(joined(TEXT, MORE), plain(two));
    }

    @Test
    void readsZstdWithFramesToBeSkippedBeforeBetweenAndAfter() throws IOException {
        byte[] skipped = {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'n', 'y'};
        byte[] frames = joined(
                skipped, compressed(Compression.ZSTD, TEXT), skipped, compressed(Compression.ZSTD, MORE), skipped);

        assertArrayEquals(joined(TEXT, MORE), plain(frames));
    }

    @Test
    void readsZstdWithoutChecksumsAndAGzipHeaderWithAllItsFields() throws IOException {
        GzipParameters parameters = new GzipParameters();
        parameters.setFileName("shop.tar");
        parameters.setComment("of the shop");
        parameters.setHeaderCRC(true);

        assertArrayEquals(TEXT, plain(compress(TEXT, out -> new ZstdOutputStream(out, 1))));
        assertArrayEquals(TEXT, plain(compress(TEXT, out -> new GzipCompressorOutputStream(out, parameters))));
    }

    @Test
    void xzMayBePaddedWithZeros() throws IOException {
        assertArrayEquals(TEXT, plain(joined(compressed(Compression.XZ, TEXT), new byte[8])));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aStreamThatIsCutAnywhereIsRefused(Compression compression) {
        byte[] whole = compressed(compression, TEXT);

        for (int length = Compression.MAGIC_LENGTH; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            String where = "cut after %d of %d bytes".formatted(length, whole.length);
            ArchiveException e = assertThrows(ArchiveException.class, () -> plain(cut), where);
            String clause = "its " + compression.name().toLowerCase() + " stream is (cut short|damaged.*)";
            assertTrue(e.getMessage().matches(clause), () -> where + ": " + e.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NONE", "ZSTD"})
    void aSecondMemberThatIsCutAnywhereIsRefused(Compression compression) {
        byte[] first = compressed(compression, TEXT);
        byte[] second = compressed(compression, MORE);

        for (int length = 1; length < second.length; length++) {
            byte[] cut = joined(first, Arrays.copyOf(second, length));
            assertThrows(
                    ArchiveException.class,
                    () -> plain(cut),
                    "cut after %d of %d bytes".formatted(length, second.length));
        }
    }

    @Test
    void aSecondZstdFrameThatIsCutGivesItsFirstBytesAndNoOthers() throws IOException {
        // zstd-jni tells a cut frame only where it reads on; tar has an end of its own for this case
        byte[] second = compressed(Compression.ZSTD, MORE);
        byte[] both = joined(TEXT, MORE);

        for (int length = 1; length < second.length; length++) {
            byte[] cut = joined(compressed(Compression.ZSTD, TEXT), Arrays.copyOf(second, length));
            try {
                byte[] read = plain(cut);
                assertTrue(read.length > 0, "nothing was read");
                assertArrayEquals(Arrays.copyOf(both, Math.min(read.length, both.length)), read);
            } catch (ArchiveException e) {
                assertTrue(e.getMessage().contains("zstd stream is"), e.getMessage());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void garbageAfterTheEndIsRefused(Compression compression) {
        byte[] garbage = "{\"message\":\"blob not found\"}".getBytes(StandardCharsets.UTF_8);

        for (int length : new int[] {1, 2, 5, garbage.length}) {
            ArchiveException e = assertThrows(
                    ArchiveException.class,
                    () -> plain(joined(compressed(compression, TEXT), Arrays.copyOf(garbage, length))),
                    "%d bytes".formatted(length));
            assertTrue(e.getMessage().contains(compression.name().toLowerCase() + " stream is"), e.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aFlippedBitIsRefusedOrHarmlessAndNeverAnythingElse(Compression compression) throws IOException {
        byte[] whole = compressed(compression, TEXT);

        int refused = 0;
        for (int at = Compression.MAGIC_LENGTH; at < whole.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = whole.clone();
                flipped[at] ^= (byte) (1 << bit);
                try {
                    assertArrayEquals(TEXT, plain(flipped), "byte %d, bit %d".formatted(at, bit));
                } catch (ArchiveException e) {
                    refused++;
                }
            }
        }
        assertTrue(refused > (whole.length - Compression.MAGIC_LENGTH) * 8 / 2, refused + " were refused");
    }

    @ParameterizedTest
    @EnumSource
    void sizeIsLimitedToTheByte(Compression compression) throws IOException {
        byte[] bytes = compressed(compression, TEXT);

        assertArrayEquals(TEXT, plain(bytes, TestArchives.totalBytes(TEXT.length)));
        ArchiveException e =
                assertThrows(ArchiveException.class, () -> plain(bytes, TestArchives.totalBytes(TEXT.length - 1)));
        assertEquals("it is bigger than " + (TEXT.length - 1) + " bytes when decompressed", e.getMessage());
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "XZ", "ZSTD"})
    void expansionIsLimitedToTheByte(Compression compression) throws IOException {
        int ratio = 100;
        byte[] atTheLimit = zerosAt(compression, ratio);
        byte[] content = plain(atTheLimit);
        assertEquals(atTheLimit.length * ratio, content.length);
        byte[] beyond = compressed(compression, new byte[content.length + 1]);

        assertEquals(content.length, plain(atTheLimit, TestArchives.ratio(ratio)).length);
        assertEquals(atTheLimit.length, beyond.length);
        ArchiveException e = assertThrows(ArchiveException.class, () -> plain(beyond, TestArchives.ratio(ratio)));
        assertEquals(
                "it expands to more than 100 times its size, as archives do that are made to fill a disk",
                e.getMessage());
    }

    /** Zeros, compressed to exactly one part in {@code ratio} of their size where the format can do that. */
    private static byte[] zerosAt(Compression compression, int ratio) {
        int size = compressed(compression, new byte[20_000]).length * ratio;
        for (int tries = 0; tries < 50; tries++) {
            byte[] bytes = compressed(compression, new byte[size]);
            if (bytes.length * ratio == size) {
                return bytes;
            }
            size = bytes.length * ratio;
        }
        return new byte[] {0};
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aBombIsRefusedLongBeforeItsEnd(Compression compression) throws IOException {
        byte[] bomb = compressed(compression, new byte[8 << 20]);

        try (Decompressed in = new Decompressed(new ByteArrayInputStream(bomb), TestArchives.ratio(10))) {
            ArchiveException e = assertThrows(ArchiveException.class, in::readAllBytes);
            assertTrue(e.getMessage().contains("expands to more than 10 times"), e.getMessage());
            assertTrue(in.plainBytes() < 5 << 20, in.plainBytes() + " bytes");
        }
    }

    @Test
    void plainBytesDoNotExpandWhateverTheRatio() throws IOException {
        assertArrayEquals(TEXT, plain(TEXT, TestArchives.ratio(1)));
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptStopsReading(Compression compression) throws IOException {
        byte[] random = new byte[1 << 20];
        new Random(1).nextBytes(random);
        try (Decompressed in = new Decompressed(new ByteArrayInputStream(compressed(compression, random)), LIMITS)) {
            byte[] buffer = new byte[1000];
            assertEquals(buffer.length, in.readNBytes(buffer, 0, buffer.length));
            Thread.currentThread().interrupt();

            assertThrows(InterruptedIOException.class, () -> in.read(buffer));

            assertTrue(Thread.interrupted(), "still marked as interrupted");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFailureOfTheSourceIsToldAsItIsAndNotAsBrokenCompression(Compression compression) {
        IOException broken = new IOException("Input/output error");
        byte[] bytes = compressed(compression, TEXT);
        InputStream source = new ByteArrayInputStream(bytes, 0, bytes.length - 8) {
            @Override
            public synchronized int read(byte[] buffer, int offset, int length) {
                int read = super.read(buffer, offset, length);
                if (read < 0) {
                    DecompressedTest.<RuntimeException>sneak(broken);
                }
                return read;
            }
        };

        Throwable thrown = assertThrows(Throwable.class, () -> {
            try (Decompressed in = new Decompressed(source, LIMITS)) {
                in.readAllBytes();
            }
        });
        assertSame(broken, thrown);
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> void sneak(Throwable throwable) throws E {
        throw (E) throwable;
    }

    @Test
    void anXzDictionaryThatWouldFillTheHeapIsRefused() {
        LZMA2Options options = new LZMA2Options();
        byte[] big = compress(TEXT, out -> {
            options.setDictSize(64 << 20);
            return new XZOutputStream(out, options);
        });

        ArchiveException e = assertThrows(ArchiveException.class, () -> plain(big));
        assertTrue(e.getMessage().contains("xz dictionary is bigger than 32 MiB"), e.getMessage());
    }

    @Test
    void aZstdWindowOver128MiBIsRefused() {
        // a frame whose header states a window of 2^28 bytes (RFC 8878 3.1.1.1.2): exponent 18, mantissa 0
        byte[] frame = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0x00, (byte) (18 << 3), 1, 0, 0};

        ArchiveException e = assertThrows(ArchiveException.class, () -> plain(frame));
        assertTrue(e.getMessage().contains("zstd window is bigger than 128 MiB"), e.getMessage());
    }
}
