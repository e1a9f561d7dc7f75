package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.joined;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tries(Fault.F19)
class TarGuardTest {

    private static final String JSON_ERROR = "{\"message\":\"unable to get layer: blob not found: not found\"}";

    /** Names and contents of the entries, read by the parser behind the guard to the very end. */
    private static List<String> entries(byte[] tar, ArchiveLimits limits) throws IOException {
        List<String> entries = new ArrayList<>();
        try (TarEntries reader = new TarEntries(new ByteArrayInputStream(tar), limits)) {
            for (ArchiveEntry entry = reader.next(); entry != null; entry = reader.next()) {
                String content = entry.kind() + (entry.target() == null ? "" : " " + entry.target());
                if (entry.kind() == ArchiveEntry.Kind.FILE) {
                    content = new String(reader.content().readAllBytes(), StandardCharsets.UTF_8);
                    assertEquals(entry.size(), content.length());
                }
                entries.add(entry.name() + ": " + content);
            }
        }
        return entries;
    }

    private static List<String> entries(RawTar tar) throws IOException {
        return entries(tar.bytes(), LIMITS);
    }

    private static void assertRefused(byte[] tar, String clause) {
        ArchiveException e = assertThrows(ArchiveException.class, () -> entries(tar, LIMITS));
        assertTrue(e.getMessage().contains(clause), e.getMessage());
        ArchiveException asFileSystem = assertThrows(
                ArchiveException.class,
                () -> FileSystemArchive.read(new ByteArrayInputStream(tar), LIMITS),
                "as a file system");
        assertTrue(asFileSystem.getMessage().contains(clause), () -> "as a file system: " + asFileSystem.getMessage());
    }

    private static void assertRefused(RawTar tar, String clause) {
        assertRefused(tar.bytes(), clause);
    }

    private static RawTar sound() {
        return new RawTar().file("one", "first").entry("dir/", '5', "").file("dir/two", "x".repeat(600));
    }

    @Test
    void passesASoundArchiveByteForByte() throws IOException {
        byte[] tar = sound().end().bytes();

        try (InputStream guard = new TarGuard(new ByteArrayInputStream(tar), 10, 1000)) {
            assertArrayEquals(tar, guard.readAllBytes());
        }
        assertEquals(List.of("one: first", "dir: DIRECTORY", "dir/two: " + "x".repeat(600)), entries(tar, LIMITS));
    }

    @Test
    void takesRecordsOfManyZeroBlocksAtTheEnd() throws IOException {
        assertEquals(3, entries(sound().end().block(new byte[9000])).size());
    }

    @Test
    void refusesAnArchiveThatIsCutAnywhere() {
        byte[] whole = sound().end().bytes();

        for (int length = 1; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            String where = "after %d of %d bytes".formatted(length, whole.length);
            ArchiveException e = assertThrows(ArchiveException.class, () -> entries(cut, LIMITS), where);
            String clause = length < RawTar.BLOCK ? "it is not a tar archive" : "it is cut short";
            assertTrue(e.getMessage().contains(clause), () -> where + ": " + e.getMessage());
        }
    }

    @Test
    void refusesMissingEndBlocksWhichEveryEngineTakesForSuccess() {
        assertRefused(sound(), "it is cut short: the end of the tar archive is missing");
        assertRefused(sound().block(new byte[RawTar.BLOCK]), "it is cut short");
    }

    @Test
    void refusesAnErrorThatAnEngineAppended() {
        assertRefused(joined(sound().bytes(), JSON_ERROR.getBytes(StandardCharsets.UTF_8)), "it is cut short");
        assertRefused(
                joined(sound().bytes(), JSON_ERROR.repeat(20).getBytes(StandardCharsets.UTF_8)),
                "the header of entry 4 is damaged");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 511, 512, 513, 5000})
    void refusesAnythingAfterTheEnd(int length) {
        byte[] garbage = "garbage!".repeat(1000).getBytes(StandardCharsets.UTF_8);

        assertRefused(joined(sound().end().bytes(), Arrays.copyOf(garbage, length)), "something follows its end");
    }

    @Test
    void refusesGarbageFarBehindTheEndWhereNoParserLooks() {
        byte[] zeros = new byte[1 << 20];

        assertRefused(joined(sound().end().bytes(), zeros, new byte[] {1}), "something follows its end");
    }

    @Test
    void refusesASecondArchiveAfterTheFirst() {
        assertRefused(joined(sound().end().bytes(), sound().end().bytes()), "something follows its end");
    }

    @Test
    void refusesAZeroBlockBetweenEntriesSinceParsersDisagreeAboutIt() {
        assertRefused(
                sound().block(new byte[RawTar.BLOCK]).file("three", "hidden").end(), "a block of zeros");
    }

    @Test
    void saysWhatAnArchiveIsThatIsNone() {
        assertRefused(new byte[0], "it is empty");
        assertRefused(
                "\n <!DOCTYPE html><title>404</title>".getBytes(StandardCharsets.UTF_8),
                "it is an HTML or XML page, not a tar archive");
        assertRefused(
                ("<html>" + "Sign in ".repeat(200)).getBytes(StandardCharsets.UTF_8), "it is an HTML or XML page");
        assertRefused("PK\3\4 and so on".getBytes(StandardCharsets.UTF_8), "it is a ZIP file, not a tar archive");
        assertRefused("any text".getBytes(StandardCharsets.UTF_8), "it is not a tar archive");
        assertRefused("any text ".repeat(500).getBytes(StandardCharsets.UTF_8), "it is not a tar archive");
    }

    @Test
    void refusesAnArchiveOfNothingButItsEndAsAFileSystem() throws IOException {
        byte[] nothing = new RawTar().end().bytes();

        assertEquals(List.of(), entries(nothing, LIMITS));
        ArchiveException e = assertThrows(
                ArchiveException.class, () -> FileSystemArchive.read(new ByteArrayInputStream(nothing), LIMITS));
        assertEquals("it is empty", e.getMessage());
    }

    @Test
    void refusesAHeaderWithAWrongChecksum() {
        byte[] header = RawTar.header("two", '0', 0);
        header[0] = 'T';

        assertRefused(new RawTar().file("one", "first").block(header).end(), "the header of entry 2 is damaged");
    }

    @Test
    void refusesEveryChangeOfASingleBitInAHeader() {
        byte[] header = RawTar.header("two", '0', 0);

        for (int at = 0; at < RawTar.BLOCK; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = header.clone();
                flipped[at] ^= (byte) (1 << bit);
                byte[] tar =
                        new RawTar().file("one", "first").block(flipped).end().bytes();
                try {
                    // the padding around the checksum itself may change and mean the same
                    assertEquals(List.of("one: first", "two: "), entries(tar, LIMITS));
                    assertTrue(at >= 148 && at <= 155, "bit %d of byte %d".formatted(bit, at));
                } catch (IOException e) {
                    assertInstanceOf(ArchiveException.class, e, "bit %d of byte %d".formatted(bit, at));
                }
            }
        }
    }

    @Test
    void neverFailsOtherThanWithAnArchiveExceptionWhateverAHeaderSays() {
        byte[] header = RawTar.header("two", '0', 3);

        for (int at = 0; at < RawTar.BLOCK; at++) {
            for (int value : new int[] {0, ' ', '-', '/', '7', '9', 'x', 'L', 'S', 0x7f, 0x80, 0xff}) {
                byte[] changed = header.clone();
                changed[at] = (byte) value;
                byte[] tar = new RawTar()
                        .file("one", "first")
                        .block(RawTar.withChecksum(changed))
                        .content("abc")
                        .end()
                        .bytes();
                try {
                    entries(tar, LIMITS);
                } catch (IOException e) {
                    assertTrue(
                            e instanceof ArchiveException || e instanceof WrongArchiveException,
                            "byte %d is %d: %s".formatted(at, value, e));
                }
            }
        }
    }

    @Test
    void readsSizesInBase256AsGnuTarWritesThem() throws IOException {
        byte[] header = RawTar.header("big", '0', 0);
        RawTar.put(header, 124, new byte[] {(byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5});

        assertEquals(
                List.of("big: 12345"),
                entries(new RawTar()
                        .block(RawTar.withChecksum(header))
                        .content("12345")
                        .end()));
    }

    @Test
    void refusesNegativeAndImpossibleSizes() {
        byte[] negative = RawTar.header("minus", '0', 0);
        Arrays.fill(negative, 124, 136, (byte) 0xff);
        byte[] huge = RawTar.header("huge", '0', 0);
        Arrays.fill(huge, 124, 136, (byte) 0x7f);
        huge[124] = (byte) 0x80;
        byte[] most = RawTar.header("most", '0', 0);
        Arrays.fill(most, 124, 136, (byte) 0xff);
        Arrays.fill(most, 124, 128, (byte) 0);
        most[124] = (byte) 0x80;
        most[128] = 0x7f;

        assertRefused(
                new RawTar().block(RawTar.withChecksum(negative)).end(), "entry 'minus' states an impossible size");
        assertRefused(new RawTar().block(RawTar.withChecksum(huge)).end(), "entry 'huge' states an impossible size");
        assertRefused(new RawTar().block(RawTar.withChecksum(most)).end(), "entry 'most' states an impossible size");
        assertRefused(
                new RawTar().block(RawTar.header("text", '0', "-0000000001\0")).end(),
                "states no size that can be read");
        assertRefused(
                new RawTar().block(RawTar.header("text", '0', "00000000009\0")).end(),
                "states no size that can be read");
    }

    @Test
    void refusesASizeBeyondTheEndOfTheStream() {
        assertRefused(
                new RawTar()
                        .block(RawTar.header("liar", '0', 8L << 30))
                        .content("short")
                        .end(),
                "it is cut short");
    }

    @Test
    void refusesAPaxSizeThatDiffersFromTheHeadersOwn() {
        // TARmageddon, CVE-2025-62518: one parser skips what another takes for entries
        RawTar hidden = new RawTar().pax('x', "size=1024").file("outer", "x".repeat(512));

        assertRefused(hidden.file("inner", "hidden").end(), "two headers of entry 'outer' state different sizes");
    }

    @Test
    void takesAPaxSizeWhereTheHeaderHasNoRoomForIt() throws IOException {
        RawTar same = new RawTar().pax('x', "size=5").file("same", "12345");
        RawTar absent = new RawTar()
                .pax('x', "size=5")
                .block(RawTar.header("absent", '0', 0))
                .content("12345");

        assertEquals(List.of("same: 12345"), entries(same.end()));
        assertEquals(List.of("absent: 12345"), entries(absent.end()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "+1", " 1", "1.0", "0x10", "9999999999999999999", "١"})
    void refusesAPaxSizeThatIsNoNumber(String size) {
        assertRefused(
                new RawTar().pax('x', "size=" + size).file("any", "").end(),
                "the extended header of entry 1 is damaged");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no length\n",
                "5 a=b",
                "99 a=b\n",
                "6 ab\n",
                "0 a=b\n",
                "-6 a=b\n",
                "6a=b\n",
                "12345678901 a=b\n",
                "6 =bc\n",
                "\0",
                "6 a=b\n\0\0\0",
                "\n11 size=99\n"
            })
    void refusesPaxRecordsThatParsersReadInDifferentWays(String records) {
        assertRefused(
                new RawTar().entry("pax", 'x', records).file("any", "").end(),
                "the extended header of entry 1 is damaged");
    }

    @Test
    void refusesTwoExtendedHeadersOfAKindBeforeOneEntry() {
        assertRefused(
                new RawTar()
                        .pax('x', "size=512")
                        .pax('x', "size=1024")
                        .block(RawTar.header("any", '0', 0))
                        .end(),
                "entry 1 has two extended headers of one kind");
        assertRefused(
                new RawTar()
                        .entry("l", 'L', "one\0")
                        .entry("l", 'L', "two\0")
                        .file("any", "")
                        .end(),
                "entry 1 has two extended headers of one kind");
    }

    @ParameterizedTest
    @ValueSource(chars = {'x', 'g', 'L', 'K'})
    void refusesAChainOfExtendedHeadersThatWouldOverflowTheParsersStack(char type) {
        RawTar tar = new RawTar();
        for (int i = 0; i < 20_000; i++) {
            tar.entry("chain", type, type == 'x' || type == 'g' ? RawTar.record("comment=" + i) : "name\0");
        }

        assertRefused(tar.file("any", "").end(), "entry 1 has two extended headers of one kind");
    }

    @Test
    void refusesAnExtendedHeaderWithoutItsEntry() {
        assertRefused(sound().entry("l", 'L', "name\0").end(), "an extended header stands at its end");
        assertRefused(sound().pax('x', "path=name").end(), "an extended header stands at its end");
    }

    @Test
    void refusesAGlobalHeaderThatChangesWhatOtherParsersSee() {
        assertRefused(new RawTar().pax('g', "size=0").file("any", "").end(), "a global header states");
        assertRefused(new RawTar().pax('g', "path=good").file("../evil", "").end(), "a global header states");
        assertRefused(
                new RawTar()
                        .pax('g', "linkpath=good")
                        .link("link", '1', "../evil")
                        .end(),
                "a global header states");
    }

    @Test
    void takesTheGlobalHeaderThatGitWrites() throws IOException {
        assertEquals(
                List.of("any: x"),
                entries(new RawTar()
                        .pax('g', "comment=0123456789abcdef")
                        .file("any", "x")
                        .end()));
    }

    @Test
    void refusesGlobalHeadersThatTogetherWouldFillTheHeap() {
        RawTar tar = new RawTar();
        for (int i = 0; i < 100; i++) {
            tar.pax('g', "comment." + i + "=" + "x".repeat(1000)).file("file" + i, "");
        }

        assertRefused(tar.end(), "its global headers have more than 65536 bytes");
    }

    @Test
    void takesLongNamesUpToTheLimit() throws IOException {
        String name = "n".repeat(4096);
        RawTar gnu = new RawTar().entry("././@LongLink", 'L', name + "\0").file("n", "gnu");
        RawTar pax = new RawTar().pax('x', "path=" + name).file("n", "pax");
        RawTar gnuLink = new RawTar()
                .file("t", "x")
                .entry("././@LongLink", 'K', "./".repeat(100) + "t\0")
                .link("l", '2', "t");

        assertEquals(List.of(name + ": gnu"), entries(gnu.end()));
        assertEquals(List.of(name + ": pax"), entries(pax.end()));
        assertEquals(List.of("t: x", "l: LINK t"), entries(gnuLink.end()));
    }

    @ParameterizedTest
    @ValueSource(chars = {'L', 'K', 'x', 'g', 'X'})
    void refusesAnExtendedHeaderOverTheLimitWithoutReadingIt(char type) {
        byte[] header = RawTar.header("header", type, (64 << 10) + 1);

        assertRefused(
                new RawTar().block(header),
                "an extended header of entry 1 has 65537 bytes, more than the 65536 allowed");
        assertRefused(new RawTar().block(RawTar.header("header", type, 7L << 30)), "more than the 65536 allowed");
    }

    @Test
    void refusesSparseFilesOfEveryKind() {
        assertRefused(new RawTar().entry("holes", 'S', "").end(), "entry 'holes' is a sparse file");
        assertRefused(
                new RawTar()
                        .pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0")
                        .file("a", "")
                        .end(),
                "is a sparse file");
        assertRefused(new RawTar().pax('x', "GNU.sparse.size=9").file("a", "").end(), "is a sparse file");
        assertRefused(
                new RawTar()
                        .pax('x', "SCHILY.realsize=5000", "SCHILY.filetype=sparse")
                        .file("a", "12345")
                        .file("b", "")
                        .end(),
                "is a sparse file");
    }

    @Test
    void refusesOneVolumeOfSeveral() {
        assertRefused(new RawTar().entry("rest", 'M', "").end(), "it is one volume of several");
    }

    @ParameterizedTest
    @ValueSource(chars = {'1', '2', '3', '4', '5', '6'})
    void refusesASizeAtWhatHasNoContent(char type) {
        assertRefused(new RawTar().entry("odd", type, "content").end(), "entry 'odd' is no file but has a size");
        assertRefused(
                new RawTar()
                        .pax('x', "size=512")
                        .block(RawTar.header("odd", type, 0))
                        .end(),
                "is no file but has a size");
    }

    @Test
    void countsEntriesToTheLimitAndNoFurther() throws IOException {
        RawTar tar = new RawTar();
        for (int i = 0; i < 10; i++) {
            tar.pax('x', "comment=not counted").file("file" + i, "");
        }
        byte[] bytes = tar.end().bytes();

        assertEquals(10, entries(bytes, TestArchives.entries(10)).size());
        ArchiveException e = assertThrows(ArchiveException.class, () -> entries(bytes, TestArchives.entries(9)));
        assertEquals("it has more than 9 entries", e.getMessage());
        ArchiveException asFileSystem = assertThrows(
                ArchiveException.class,
                () -> FileSystemArchive.read(new ByteArrayInputStream(bytes), TestArchives.entries(9)));
        assertEquals("it has more than 9 entries", asFileSystem.getMessage());
    }

    @Test
    void countsEntriesOfUnknownTypesToo() {
        RawTar tar = new RawTar();
        for (int i = 0; i < 10; i++) {
            tar.entry("volume" + i, 'V', "");
        }

        ArchiveException e = assertThrows(
                ArchiveException.class,
                () -> FileSystemArchive.read(new ByteArrayInputStream(tar.end().bytes()), TestArchives.entries(9)));
        assertEquals("it has more than 9 entries", e.getMessage());
    }

    @Test
    void namesInMessagesAreCleanAndShort() {
        ArchiveException e = assertThrows(
                ArchiveException.class,
                () -> entries(new RawTar()
                        .entry("a\nFinished: SUCCESS\u001b[0m", 'S', "")
                        .end()));
        assertTrue(e.getMessage().startsWith("entry 'a?Finished: SUCCESS?[0m' is a sparse file"), e.getMessage());
    }

    @Test
    void aFailureOfTheSourceIsToldAsItIs() {
        IOException broken = new IOException("Input/output error");
        InputStream source = new InputStream() {
            private final InputStream first = new ByteArrayInputStream(sound().bytes());

            @Override
            public int read() throws IOException {
                throw broken;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int read = first.read(buffer, offset, length);
                if (read < 0) {
                    throw broken;
                }
                return read;
            }
        };

        Throwable thrown = assertThrows(Throwable.class, () -> {
            try (TarEntries reader = new TarEntries(source, LIMITS)) {
                while (reader.next() != null) {
                    // to the failure
                }
            }
        });
        assertSame(broken, thrown);
    }

    @Test
    void finishReadsWhatTheParserLeft() {
        TarGuard guard = new TarGuard(new ByteArrayInputStream(sound().end().bytes()), 10, 1000);

        assertDoesNotThrow(guard::finish);
    }
}
