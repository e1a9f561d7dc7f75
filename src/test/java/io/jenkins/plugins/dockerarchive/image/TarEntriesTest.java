package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TarEntriesTest {

    private static List<ArchiveEntry> entries(RawTar tar) throws IOException {
        List<ArchiveEntry> entries = new ArrayList<>();
        try (TarEntries reader =
                new TarEntries(new ByteArrayInputStream(tar.end().bytes()), LIMITS)) {
            for (ArchiveEntry entry = reader.next(); entry != null; entry = reader.next()) {
                entries.add(entry);
            }
        }
        return entries;
    }

    private static List<String> names(RawTar tar) throws IOException {
        return entries(tar).stream().map(ArchiveEntry::name).toList();
    }

    private static Set<ArchiveEntry.Kind> kinds(RawTar tar) throws IOException {
        return entries(tar).stream().map(ArchiveEntry::kind).collect(Collectors.toSet());
    }

    private static void assertRefused(RawTar tar, String clause) {
        ArchiveException e = assertThrows(ArchiveException.class, () -> entries(tar));
        assertTrue(e.getMessage().contains(clause), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"a/b, a/b", "./a/b, a/b", "a//b, a/b", "a/./b, a/b", "././a, a", "a/.b, a/.b", "..a/b.., ..a/b.."})
    void namesAreNormalised(String raw, String name) throws IOException {
        assertEquals(List.of(name), names(new RawTar().file(raw, "")));
    }

    @Test
    void namesAreNeitherUnescapedNorCompletedAndMayHaveOddLetters() throws IOException {
        assertEquals(
                List.of("a%2e%2e/b", "CON", "c:x", "größe."),
                names(new RawTar()
                        .file("a%2e%2e/b", "")
                        .file("CON", "")
                        .file("c:x", "")
                        .file("größe.", "")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil", "a/../../evil", "a/..", "..", "./../evil", "a/../b"})
    void refusesNamesWithDots(String name) {
        assertRefused(new RawTar().file(name, ""), "entry '" + name + "' leads outside the archive");
        assertRefused(new RawTar().entry(name + "/", '5', ""), "leads outside the archive");
        assertRefused(new RawTar().file("good", "").link("hard", '1', name), "leads outside the archive");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "//etc/passwd"})
    void anAbsoluteNameIsRefusedWhateverHeaderSaysIt(String name) {
        assertRefused(new RawTar().file(name, ""), "has an absolute name");
        assertRefused(new RawTar().link("hard", '1', name), "has an absolute name");
        assertRefused(new RawTar().pax('x', "path=" + name).file("x", ""), "has an absolute name");
        assertRefused(new RawTar().entry("l", 'L', name + "\0").file("x", ""), "has an absolute name");
        assertRefused(new RawTar().pax('x', "linkpath=" + name).link("hard", '1', "x"), "has an absolute name");
        assertRefused(new RawTar().entry("k", 'K', name + "\0").link("hard", '1', "x"), "has an absolute name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\\b", "..\\..\\evil", "a\nb", "a\u001bb", "a\u007fb", "\t"})
    void refusesControlCharactersAndBackslashes(String name) {
        assertRefused(new RawTar().file(name, ""), "has a control character or a backslash in its name");
        ArchiveException e = assertThrows(ArchiveException.class, () -> entries(new RawTar().file(name, "")));
        assertFalse(Pattern.compile("\\p{Cc}").matcher(e.getMessage()).find(), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "./", "././."})
    void refusesAFileThatStandsForTheArchiveItself(String name) {
        assertRefused(new RawTar().link(name.replaceAll("/$", ""), '2', "x"), "has no name");
        if (!name.endsWith("/")) {
            assertRefused(new RawTar().file(name, "x"), "has no name");
        }
    }

    @Test
    void takesTheDirectoryThatStandsForTheArchiveItself() throws IOException {
        assertEquals(
                List.of("", "blobs", "blobs"),
                names(new RawTar().entry("./", '5', "").entry("blobs/", '5', "").entry("blobs/", '5', "")));
    }

    @Test
    void refusesDuplicatesHoweverTheyAreSpelt() {
        assertRefused(new RawTar().file("a/b", "1").file("a/b", "2"), "entry 'a/b' is there twice");
        assertRefused(new RawTar().file("a/b", "1").file("./a//b", "2"), "entry './a//b' is there twice");
        assertRefused(new RawTar().file("a", "1").link("a", '2', "b"), "entry 'a' is there twice");
    }

    @Test
    void refusesANameOverTheLimit() {
        assertRefused(
                new RawTar().pax('x', "path=" + "n".repeat(4097)).file("n", ""),
                "...' has a name of 4097 characters, more than the 4096 allowed");
    }

    @Test
    void refusesNamesThatTogetherWouldFillTheHeap() {
        RawTar tar = new RawTar();
        for (int i = 0; i < 2100; i++) {
            tar.pax('x', "path=" + i + "n".repeat(4090)).file("n", "");
        }

        assertRefused(tar, "its entry names have more than 8388608 characters");
    }

    @ParameterizedTest
    @ValueSource(chars = {'3', '4', '6', '9', 'V', 'N', 'D', 'A', 'Q'})
    void refusesDevicesAndOtherSpecialFiles(char type) {
        assertRefused(
                new RawTar().file("good", "").entry("special", type, ""),
                "entry 'special' is a device or another special file");
    }

    @Test
    void takesFilesOfTheOldestTars() throws IOException {
        assertEquals(
                Set.of(ArchiveEntry.Kind.FILE),
                kinds(new RawTar().entry("v7", '\0', "x").entry("contiguous", '7', "x")));
        assertEquals(Set.of(ArchiveEntry.Kind.DIRECTORY), kinds(new RawTar().entry("directory/", '\0', "")));
    }

    @ParameterizedTest
    @CsvSource({
        "layer/layer.tar, ../other/layer.tar, other/layer.tar",
        "layer.tar,       other.tar,          other.tar",
        "a/b/c/l,         ../../x,            a/x",
        "a/l,             ./b,                a/b",
        "a/l,             ../a/../b,          b"
    })
    void aSymbolicLinkIsReadFromItsOwnPlace(String name, String target, String resolved) throws IOException {
        assertEquals(
                List.of(new ArchiveEntry(name, ArchiveEntry.Kind.LINK, 0, resolved)),
                entries(new RawTar().link(name, '2', target)));
    }

    @Test
    void aHardLinkIsReadFromTheTopOfTheArchive() throws IOException {
        assertEquals(
                List.of(new ArchiveEntry("a/layer.tar", ArchiveEntry.Kind.LINK, 0, "b/layer.tar")),
                entries(new RawTar().link("a/layer.tar", '1', "b/layer.tar")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "..", "../x", "../../etc/passwd", "b/../../../x"})
    void refusesASymbolicLinkThatLeadsOutside(String target) {
        assertRefused(new RawTar().link("link", '2', target), "link 'link' leads outside the archive");
    }

    @Test
    void refusesALinkWithAControlCharacter() {
        assertRefused(new RawTar().link("link", '2', "a\nb"), "control character");
        assertRefused(new RawTar().link("link", '1', "a\\b"), "control character or a backslash");
    }
}
