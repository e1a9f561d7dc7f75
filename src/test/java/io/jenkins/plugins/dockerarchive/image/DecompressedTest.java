package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.compress;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.compressed;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.joined;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

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

    private static final byte[] TEXT = "The same bytes come out again. ".repeat(40).getBytes(StandardCharsets.UTF_8);
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
            assertThat(in.compression()).isEqualTo(compression);
            assertThat(in.read()).isEqualTo('T');
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(TEXT, 1, TEXT.length));
            assertThat(in.plainBytes()).isEqualTo(TEXT.length);
            assertThat(in.read()).isEqualTo(-1);
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
            assertThat(in.readAllBytes()).isEqualTo(TEXT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsAllMembersOneAfterAnother(Compression compression) throws IOException {
        byte[] two = joined(compressed(compression, TEXT), compressed(compression, MORE));

        assertThat(plain(two)).isEqualTo(joined(TEXT, MORE));
    }

    @Test
    void readsZstdWithFramesToBeSkippedBeforeBetweenAndAfter() throws IOException {
        byte[] skipped = {0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'n', 'y'};
        byte[] frames = joined(
                skipped, compressed(Compression.ZSTD, TEXT), skipped, compressed(Compression.ZSTD, MORE), skipped);

        assertThat(plain(frames)).isEqualTo(joined(TEXT, MORE));
    }

    @Test
    void readsZstdWithoutChecksumsAndAGzipHeaderWithAllItsFields() throws IOException {
        GzipParameters parameters = new GzipParameters();
        parameters.setFileName("shop.tar");
        parameters.setComment("of the shop");
        parameters.setHeaderCRC(true);

        assertThat(plain(compress(TEXT, out -> new ZstdOutputStream(out, 1)))).isEqualTo(TEXT);
        assertThat(plain(compress(TEXT, out -> new GzipCompressorOutputStream(out, parameters)))).isEqualTo(TEXT);
    }

    @Test
    void xzMayBePaddedWithZeros() throws IOException {
        assertThat(plain(joined(compressed(Compression.XZ, TEXT), new byte[8]))).isEqualTo(TEXT);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aStreamThatIsCutAnywhereIsRefused(Compression compression) {
        byte[] whole = compressed(compression, TEXT);

        for (int length = Compression.MAGIC_LENGTH; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatExceptionOfType(ArchiveException.class)
                    .as("cut after %d of %d bytes", length, whole.length)
                    .isThrownBy(() -> plain(cut))
                    .withMessageMatching("its " + compression.name().toLowerCase() + " stream is (cut short|damaged.*)");
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"NONE", "ZSTD"})
    void aSecondMemberThatIsCutAnywhereIsRefused(Compression compression) {
        byte[] first = compressed(compression, TEXT);
        byte[] second = compressed(compression, MORE);

        for (int length = 1; length < second.length; length++) {
            byte[] cut = joined(first, Arrays.copyOf(second, length));
            assertThatExceptionOfType(ArchiveException.class)
                    .as("cut after %d of %d bytes", length, second.length)
                    .isThrownBy(() -> plain(cut));
        }
    }

    @Test
    void aSecondZstdFrameThatIsCutGivesItsFirstBytesAndNoOthers() throws IOException {
        // zstd-jni tells a cut frame only where it reads on; tar has an end of its own for this case
        byte[] second = compressed(Compression.ZSTD, MORE);

        for (int length = 1; length < second.length; length++) {
            byte[] cut = joined(compressed(Compression.ZSTD, TEXT), Arrays.copyOf(second, length));
            try {
                assertThat(joined(TEXT, MORE)).startsWith(plain(cut));
            } catch (ArchiveException e) {
                assertThat(e).hasMessageContaining("zstd stream is");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void garbageAfterTheEndIsRefused(Compression compression) {
        byte[] garbage = "{\"message\":\"blob not found\"}".getBytes(StandardCharsets.UTF_8);

        for (int length : new int[] {1, 2, 5, garbage.length}) {
            assertThatExceptionOfType(ArchiveException.class)
                    .as("%d bytes", length)
                    .isThrownBy(() -> plain(joined(compressed(compression, TEXT), Arrays.copyOf(garbage, length))))
                    .withMessageContaining(compression.name().toLowerCase() + " stream is");
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
                    assertThat(plain(flipped)).as("byte %d, bit %d", at, bit).isEqualTo(TEXT);
                } catch (ArchiveException e) {
                    refused++;
                }
            }
        }
        assertThat(refused).isGreaterThan((whole.length - Compression.MAGIC_LENGTH) * 8 / 2);
    }

    @ParameterizedTest
    @EnumSource
    void sizeIsLimitedToTheByte(Compression compression) throws IOException {
        byte[] bytes = compressed(compression, TEXT);

        assertThat(plain(bytes, TestArchives.totalBytes(TEXT.length))).isEqualTo(TEXT);
        assertThatExceptionOfType(ArchiveException.class)
                .isThrownBy(() -> plain(bytes, TestArchives.totalBytes(TEXT.length - 1)))
                .withMessage("it is bigger than " + (TEXT.length - 1) + " bytes when decompressed");
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void expansionIsLimitedToTheByte(Compression compression) throws IOException {
        int ratio = 100;
        byte[] atTheLimit = zerosAt(compression, ratio);
        byte[] content = plain(atTheLimit);
        assumeThat(content.length).isEqualTo(atTheLimit.length * ratio);
        byte[] beyond = compressed(compression, new byte[content.length + 1]);

        assertThat(plain(atTheLimit, TestArchives.ratio(ratio))).hasSize(content.length);
        assumeThat(beyond.length).isEqualTo(atTheLimit.length);
        assertThatExceptionOfType(ArchiveException.class)
                .isThrownBy(() -> plain(beyond, TestArchives.ratio(ratio)))
                .withMessage("it expands to more than 100 times its size, as archives do that are made to fill a disk");
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
            assertThatExceptionOfType(ArchiveException.class)
                    .isThrownBy(in::readAllBytes)
                    .withMessageContaining("expands to more than 10 times");
            assertThat(in.plainBytes()).isLessThan(5 << 20);
        }
    }

    @Test
    void plainBytesDoNotExpandWhateverTheRatio() throws IOException {
        assertThat(plain(TEXT, TestArchives.ratio(1))).isEqualTo(TEXT);
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptStopsReading(Compression compression) throws IOException {
        byte[] random = new byte[1 << 20];
        new Random(1).nextBytes(random);
        try (Decompressed in = new Decompressed(new ByteArrayInputStream(compressed(compression, random)), LIMITS)) {
            byte[] buffer = new byte[1000];
            assertThat(in.readNBytes(buffer, 0, buffer.length)).isEqualTo(buffer.length);
            Thread.currentThread().interrupt();

            assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(() -> in.read(buffer));

            assertThat(Thread.interrupted()).as("still marked as interrupted").isTrue();
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

        assertThatThrownBy(() -> {
                    try (Decompressed in = new Decompressed(source, LIMITS)) {
                        in.readAllBytes();
                    }
                })
                .isSameAs(broken);
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

        assertThatExceptionOfType(ArchiveException.class)
                .isThrownBy(() -> plain(big))
                .withMessageContaining("xz dictionary is bigger than 32 MiB");
    }

    @Test
    void aZstdWindowOver128MiBIsRefused() {
        // a frame whose header states a window of 2^28 bytes (RFC 8878 3.1.1.1.2): exponent 18, mantissa 0
        byte[] frame = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0x00, (byte) (18 << 3), 1, 0, 0};

        assertThatExceptionOfType(ArchiveException.class)
                .isThrownBy(() -> plain(frame))
                .withMessageContaining("zstd window is bigger than 128 MiB");
    }
}
