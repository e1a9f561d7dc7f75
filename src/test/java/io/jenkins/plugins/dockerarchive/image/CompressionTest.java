package io.jenkins.plugins.dockerarchive.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class CompressionTest {

    @ParameterizedTest
    @EnumSource
    void isToldByTheFirstBytes(Compression compression) {
        byte[] bytes = TestLayouts.compressed(compression, TestImage.layer("any"));

        assertEquals(compression, Compression.detect(bytes, bytes.length));
    }

    @ParameterizedTest
    @EnumSource
    void isNotToldByTooFewBytes(Compression compression) {
        byte[] bytes = TestLayouts.compressed(compression, TestImage.layer("any"));

        assertEquals(Compression.NONE, Compression.detect(bytes, 2));
        assertEquals(Compression.NONE, Compression.detect(new byte[0], 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x50, 0x57, 0x5f})
    void zstdMayBeginWithAFrameToBeSkipped(int first) {
        byte[] head = {(byte) first, 0x2a, 0x4d, 0x18, 0, 0};

        assertEquals(Compression.ZSTD, Compression.detect(head, head.length));
        assertEquals(Compression.NONE, Compression.detect(head, 3));
    }

    @ParameterizedTest
    @CsvSource({
        "shop.tar, NONE",
        "SHOP.TAR, NONE",
        "shop.tar.gz, GZIP",
        "shop.tgz, GZIP",
        "shop.tar.zst, ZSTD",
        "shop.tzst, ZSTD",
        "shop.TAR.ZST, ZSTD"
    })
    void aFileNamePromisesACompression(String name, Compression compression) {
        assertEquals(compression, Compression.ofName(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop", "shop.img", "tar", "gz", "shop.tar.backup", ""})
    void otherFileNamesPromiseNothing(String name) {
        assertNull(Compression.ofName(name));
    }

    @ParameterizedTest
    @EnumSource
    void aChoiceIsReadByItsParameterValue(CompressionChoice choice) {
        assertEquals(choice, CompressionChoice.parse(choice.parameter()));
    }

    @ParameterizedTest
    @NullAndEmptySource
    void noChoiceIsAuto(String text) {
        assertEquals(CompressionChoice.AUTO, CompressionChoice.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ZSTD", "zst", "gz", "xz", " auto"})
    void anUnknownChoiceIsRefusedWithTheOnesThereAre(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> CompressionChoice.parse(text));
        assertEquals("compression '" + text + "' is unknown; use auto, none, gzip or zstd.", e.getMessage());
    }

    @Test
    void extensionsAreThoseOfTheField() {
        assertEquals(
                List.of("", ".gz", ".bz2", ".xz", ".zst"),
                Arrays.stream(Compression.values()).map(Compression::extension).toList());
    }
}
