package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.jenkins.plugins.dockerarchive.image.ArchiveOutput.Replace;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ArchiveOutputTest {

    private static final byte[] CONTENT = "what the archive holds\n".repeat(50).getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static byte[] plain(Path file) throws IOException {
        try (Decompressed in = new Decompressed(new ByteArrayInputStream(Files.readAllBytes(file)), LIMITS)) {
            return in.readAllBytes();
        }
    }

    private ArchiveOutput written(CompressionChoice choice) throws IOException {
        ArchiveOutput output = new ArchiveOutput(directory, null, choice);
        output.write(CONTENT);
        output.complete();
        return output;
    }

    @ParameterizedTest
    @EnumSource(names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void writesCompressedAsChosenAndTellsSizeAndChecksum(CompressionChoice choice) throws IOException {
        Path target = directory.resolve("shop.tar");

        try (ArchiveOutput output = new ArchiveOutput(directory, "shop.tar.gz", choice)) {
            output.write(CONTENT[0]);
            output.write(CONTENT, 1, CONTENT.length - 1);
            output.complete();
            output.commit(target, Replace.NO);

            byte[] bytes = Files.readAllBytes(target);
            assertThat(output.compression().name()).isEqualTo(choice.name());
            assertThat(Compression.detect(bytes, bytes.length)).isEqualTo(output.compression());
            assertThat(output.size()).isEqualTo(bytes.length);
            assertThat("sha256:" + output.sha256()).isEqualTo(Sha256.of(bytes));
        }
        assertThat(plain(target)).isEqualTo(CONTENT);
        assertThat(names()).containsExactly("shop.tar");
    }

    @ParameterizedTest
    @EnumSource(names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void theSameContentGivesTheSameBytes(CompressionChoice choice) throws IOException {
        try (ArchiveOutput one = written(choice);
                ArchiveOutput other = written(choice)) {
            assertThat(other.sha256()).isEqualTo(one.sha256());
            assertThat(Files.readAllBytes(other.written())).isEqualTo(Files.readAllBytes(one.written()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "shop.tar,     ZSTD, NONE", "shop.tar.gz,  NONE, GZIP", "shop.tgz,     NONE, GZIP", "shop.tar.zst, GZIP, ZSTD",
        "shop,         NONE, ZSTD", "shop,         GZIP, NONE", "shop,         ZSTD, NONE", ",             NONE, ZSTD",
        ",             GZIP, NONE"
    })
    void autoGoesByTheNameElseByWhatTheContentIs(String name, Compression content, Compression expected) throws IOException {
        try (ArchiveOutput output = new ArchiveOutput(directory, name, CompressionChoice.AUTO)) {
            output.write(CONTENT);
            output.settleBy(content);
            output.write(CONTENT);
            output.complete();

            assertThat(output.compression()).isEqualTo(expected);
            byte[] bytes = Files.readAllBytes(output.written());
            assertThat(Compression.detect(bytes, bytes.length)).isEqualTo(expected);
            assertThat(plain(output.written())).isEqualTo(TestLayouts.joined(CONTENT, CONTENT));
        }
    }

    @Test
    void autoIsZstdWhereNobodySaysWhatTheContentIs() throws IOException {
        try (ArchiveOutput small = written(CompressionChoice.AUTO);
                ArchiveOutput big = new ArchiveOutput(directory, null, CompressionChoice.AUTO)) {
            byte[] much = new byte[3 << 20];
            big.write(much);
            big.settleBy(Compression.GZIP);
            big.complete();

            assertThat(small.compression()).isEqualTo(Compression.ZSTD);
            assertThat(plain(small.written())).isEqualTo(CONTENT);
            assertThat(big.compression()).isEqualTo(Compression.ZSTD);
            assertThat(plain(big.written())).isEqualTo(much);
        }
    }

    @Test
    void gzipIsOneMemberSinceOldPodmanReadsNoMore() throws IOException {
        Path target = directory.resolve("a.tgz");
        try (ArchiveOutput output = new ArchiveOutput(directory, "a.tgz", CompressionChoice.AUTO)) {
            output.write(new byte[5 << 20]);
            output.complete();
            output.commit(target, Replace.NO);
        }
        try (var one = new java.util.zip.GZIPInputStream(Files.newInputStream(target))) {
            assertThat(one.readAllBytes()).hasSize(5 << 20);
        }
        try (var first = org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream.builder()
                .setInputStream(Files.newInputStream(target))
                .setDecompressConcatenated(false)
                .get()) {
            assertThat(first.readAllBytes()).hasSize(5 << 20);
        }
    }

    @Test
    void makesItsDirectory() throws IOException {
        Path deep = directory.resolve("a/b/c");
        try (ArchiveOutput output = new ArchiveOutput(deep, null, CompressionChoice.NONE)) {
            output.complete();
            output.commit(deep.resolve("x"), Replace.NO);
        }
        assertThat(deep.resolve("x")).isEmptyFile();
    }

    @Test
    void hasNoNameBeforeItIsCommitted() throws IOException {
        try (ArchiveOutput output = written(CompressionChoice.NONE)) {
            assertThat(names()).singleElement().asString().startsWith(".docker-archive-").endsWith(".part");
            assertThat(output.written()).hasBinaryContent(CONTENT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void leavesNothingWhenItIsClosedWithoutCommit(CompressionChoice choice) throws IOException {
        try (ArchiveOutput output = new ArchiveOutput(directory, null, choice)) {
            output.write(CONTENT);
        }
        written(choice).close();

        assertThat(names()).isEmpty();
    }

    @Test
    void aHalfWrittenFileCannotBeCommitted() throws IOException {
        try (ArchiveOutput output = new ArchiveOutput(directory, null, CompressionChoice.NONE)) {
            output.write(CONTENT);
            assertThatIllegalStateException().isThrownBy(() -> output.commit(directory.resolve("half"), Replace.YES));
        }
        assertThat(names()).isEmpty();
    }

    @Test
    void doesNotReplaceAnExistingFileUnlessToldTo() throws IOException {
        Path target = Files.writeString(directory.resolve("shop.tar"), "before");

        try (ArchiveOutput output = written(CompressionChoice.NONE)) {
            assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(() -> output.commit(target, Replace.NO));
            assertThat(target).hasContent("before");
        }
        assertThat(names()).containsExactly("shop.tar");

        try (ArchiveOutput output = written(CompressionChoice.NONE)) {
            output.commit(target, Replace.YES);
        }
        assertThat(target).hasBinaryContent(CONTENT);
        assertThat(names()).containsExactly("shop.tar");
    }

    @Test
    void replacesALinkAndNotWhatItLeadsTo() throws IOException {
        Path other = Files.writeString(directory.resolve("other"), "before");
        Path link = Files.createSymbolicLink(directory.resolve("link"), other);

        try (ArchiveOutput output = written(CompressionChoice.NONE)) {
            output.commit(link, Replace.YES);
        }
        assertThat(other).hasContent("before");
        assertThat(link).hasBinaryContent(CONTENT).isRegularFile();
        assertThat(Files.isSymbolicLink(link)).isFalse();
    }

    @Test
    void aFailedCommitLeavesNothing() throws IOException {
        try (ArchiveOutput output = written(CompressionChoice.NONE)) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> output.commit(directory.resolve("absent/shop.tar"), Replace.YES));
        }
        assertThat(names()).isEmpty();
    }
}
