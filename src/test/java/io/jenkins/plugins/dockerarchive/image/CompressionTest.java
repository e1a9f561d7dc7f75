package io.jenkins.plugins.dockerarchive.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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

        assertThat(Compression.detect(bytes, bytes.length)).isEqualTo(compression);
    }

    @ParameterizedTest
    @EnumSource
    void isNotToldByTooFewBytes(Compression compression) {
        byte[] bytes = TestLayouts.compressed(compression, TestImage.layer("any"));

        assertThat(Compression.detect(bytes, 2)).isEqualTo(Compression.NONE);
        assertThat(Compression.detect(new byte[0], 0)).isEqualTo(Compression.NONE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x50, 0x57, 0x5f})
    void zstdMayBeginWithAFrameToBeSkipped(int first) {
        byte[] head = {(byte) first, 0x2a, 0x4d, 0x18, 0, 0};

        assertThat(Compression.detect(head, head.length)).isEqualTo(Compression.ZSTD);
        assertThat(Compression.detect(head, 3)).isEqualTo(Compression.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "shop.tar, NONE", "SHOP.TAR, NONE", "shop.tar.gz, GZIP", "shop.tgz, GZIP", "shop.tar.zst, ZSTD", "shop.tzst, ZSTD",
        "shop.TAR.ZST, ZSTD"
    })
    void aFileNamePromisesACompression(String name, Compression compression) {
        assertThat(Compression.ofName(name)).isEqualTo(compression);
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop", "shop.img", "tar", "gz", "shop.tar.backup", ""})
    void otherFileNamesPromiseNothing(String name) {
        assertThat(Compression.ofName(name)).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void aChoiceIsReadByItsParameterValue(CompressionChoice choice) {
        assertThat(CompressionChoice.parse(choice.parameter())).isEqualTo(choice);
    }

    @ParameterizedTest
    @NullAndEmptySource
    void noChoiceIsAuto(String text) {
        assertThat(CompressionChoice.parse(text)).isEqualTo(CompressionChoice.AUTO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ZSTD", "zst", "gz", "xz", " auto"})
    void anUnknownChoiceIsRefusedWithTheOnesThereAre(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CompressionChoice.parse(text))
                .withMessage("compression '" + text + "' is unknown; use auto, none, gzip or zstd.");
    }

    @Test
    void extensionsAreThoseOfTheField() {
        assertThat(Compression.values())
                .extracting(Compression::extension)
                .containsExactly("", ".gz", ".bz2", ".xz", ".zst");
    }
}
