package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
            assertEquals(choice.name(), output.compression().name());
            assertEquals(output.compression(), Compression.detect(bytes, bytes.length));
            assertEquals(bytes.length, output.size());
            assertEquals(Sha256.of(bytes), "sha256:" + output.sha256());
        }
        assertArrayEquals(CONTENT, plain(target));
        assertEquals(List.of("shop.tar"), names());
    }

    @ParameterizedTest
    @EnumSource(names = "AUTO", mode = EnumSource.Mode.EXCLUDE)
    void theSameContentGivesTheSameBytes(CompressionChoice choice) throws IOException {
        try (ArchiveOutput one = written(choice);
                ArchiveOutput other = written(choice)) {
            assertEquals(one.sha256(), other.sha256());
            assertArrayEquals(Files.readAllBytes(one.written()), Files.readAllBytes(other.written()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "shop.tar,     ZSTD, NONE", "shop.tar.gz,  NONE, GZIP", "shop.tgz,     NONE, GZIP", "shop.tar.zst, GZIP, ZSTD",
        "shop,         NONE, ZSTD", "shop,         GZIP, NONE", "shop,         ZSTD, NONE", ",             NONE, ZSTD",
        ",             GZIP, NONE"
    })
    void autoGoesByTheNameElseByWhatTheContentIs(String name, Compression content, Compression expected)
            throws IOException {
        try (ArchiveOutput output = new ArchiveOutput(directory, name, CompressionChoice.AUTO)) {
            output.write(CONTENT);
            output.settleBy(content);
            output.write(CONTENT);
            output.complete();

            assertEquals(expected, output.compression());
            byte[] bytes = Files.readAllBytes(output.written());
            assertEquals(expected, Compression.detect(bytes, bytes.length));
            assertArrayEquals(TestLayouts.joined(CONTENT, CONTENT), plain(output.written()));
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

            assertEquals(Compression.ZSTD, small.compression());
            assertArrayEquals(CONTENT, plain(small.written()));
            assertEquals(Compression.ZSTD, big.compression());
            assertArrayEquals(much, plain(big.written()));
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
            assertEquals(5 << 20, one.readAllBytes().length);
        }
        try (var first = org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream.builder()
                .setInputStream(Files.newInputStream(target))
                .setDecompressConcatenated(false)
                .get()) {
            assertEquals(5 << 20, first.readAllBytes().length);
        }
    }

    @Test
    void makesItsDirectory() throws IOException {
        Path deep = directory.resolve("a/b/c");
        try (ArchiveOutput output = new ArchiveOutput(deep, null, CompressionChoice.NONE)) {
            output.complete();
            output.commit(deep.resolve("x"), Replace.NO);
        }
        assertTrue(Files.isRegularFile(deep.resolve("x")));
        assertEquals(0, Files.size(deep.resolve("x")));
    }

    @Test
    void hasNoNameBeforeItIsCommitted() throws IOException {
        try (ArchiveOutput output = written(CompressionChoice.NONE)) {
            List<String> names = names();
            assertEquals(1, names.size(), names.toString());
            assertTrue(names.get(0).startsWith(".docker-archive-"), names.get(0));
            assertTrue(names.get(0).endsWith(".part"), names.get(0));
            assertArrayEquals(CONTENT, Files.readAllBytes(output.written()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void leavesNothingWhenItIsClosedWithoutCommit(CompressionChoice choice) throws IOException {
        try (ArchiveOutput output = new ArchiveOutput(directory, null, choice)) {
            output.write(CONTENT);
        }
        written(choice).close();

        assertEquals(List.of(), names());
    }

    @Test
    void aHalfWrittenFileCannotBeCommitted() throws IOException {
        try (ArchiveOutput output = new ArchiveOutput(directory, null, CompressionChoice.NONE)) {
            output.write(CONTENT);
            Path target = directory.resolve("half");
            assertThrows(IllegalStateException.class, () -> output.commit(target, Replace.YES));
        }
        assertEquals(List.of(), names());
    }

    @Test
    void doesNotReplaceAnExistingFileUnlessToldTo() throws IOException {
        Path target = Files.writeString(directory.resolve("shop.tar"), "before");

        try (ArchiveOutput output = written(CompressionChoice.NONE)) {
            assertThrows(FileAlreadyExistsException.class, () -> output.commit(target, Replace.NO));
            assertEquals("before", Files.readString(target));
        }
        assertEquals(List.of("shop.tar"), names());

        try (ArchiveOutput output = written(CompressionChoice.NONE)) {
            output.commit(target, Replace.YES);
        }
        assertArrayEquals(CONTENT, Files.readAllBytes(target));
        assertEquals(List.of("shop.tar"), names());
    }

    @Test
    void replacesALinkAndNotWhatItLeadsTo() throws IOException {
        Path other = Files.writeString(directory.resolve("other"), "before");
        Path link = Files.createSymbolicLink(directory.resolve("link"), other);

        try (ArchiveOutput output = written(CompressionChoice.NONE)) {
            output.commit(link, Replace.YES);
        }
        assertEquals("before", Files.readString(other));
        assertArrayEquals(CONTENT, Files.readAllBytes(link));
        assertTrue(Files.isRegularFile(link));
        assertFalse(Files.isSymbolicLink(link));
    }

    @Test
    void aFailedCommitLeavesNothing() throws IOException {
        try (ArchiveOutput output = written(CompressionChoice.NONE)) {
            Path target = directory.resolve("absent/shop.tar");
            assertThrows(IOException.class, () -> output.commit(target, Replace.YES));
        }
        assertEquals(List.of(), names());
    }
}
