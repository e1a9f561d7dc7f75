package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.read;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.manifestEntry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Each limit of {@code docs/security.md} as it is by default: what is exactly at it is read, one more is refused, and the
 * sentence says which entry and how much is allowed.
 */
@Tries(Fault.F19)
class LimitsTest {

    private static final TestImage SHOP = TestImage.of("base").named("shop:1");

    /** An archive with one image, and whatever a test adds. */
    private static RawTar shop() {
        return shop(SHOP.configText(), "");
    }

    private static String manifest(String more) {
        String entry = manifestEntry("config.json", List.of("shop:1"), List.of("layer.tar"));
        return "[" + entry.substring(0, entry.length() - 1) + more + "}]";
    }

    /** @param more fields of the image's entry in manifest.json */
    private static RawTar shop(String config, String more) {
        byte[] layer = SHOP.layers().get(0);
        return new RawTar()
                .file("config.json", config)
                .block(RawTar.header("layer.tar", '0', layer.length))
                .content(layer)
                .file("manifest.json", manifest(more));
    }

    private static void assertRead(RawTar tar) throws IOException {
        assertEquals(1, read(tar.end().bytes()).images().size());
    }

    private static void assertRefused(byte[] tar, ArchiveLimits limits, String... parts) {
        String said =
                assertThrows(ArchiveException.class, () -> read(tar, limits)).getMessage();
        for (String part : parts) {
            assertTrue(said.contains(part), said);
        }
    }

    private static void assertRefused(RawTar tar, String... parts) {
        assertRefused(tar.end().bytes(), ArchiveLimits.defaults(), parts);
    }

    @Test
    void entries() throws IOException {
        int most = ArchiveLimits.defaults().entries();
        RawTar tar = shop();
        for (int i = 3; i < most; i++) {
            tar.block(RawTar.header("f" + i, '0', 0));
        }
        byte[] beyond = tar.bytes();
        assertRead(tar);
        assertRefused(
                new RawTar().block(beyond).block(RawTar.header("f", '0', 0)), "it has more than " + most + " entries");
    }

    @Test
    void charactersOfAName() throws IOException {
        assertRead(shop().pax('x', "path=" + "n".repeat(4096)).file("n", ""));
        assertRead(shop().entry("././@LongLink", 'L', "n".repeat(4096) + "\0").file("n", ""));
        assertRead(shop().entry("././@LongLink", 'K', "./".repeat(2043) + "/layer.tar\0")
                .link("l", '2', "layer.tar"));
        String[] sentence = {"entry 'nnnn", "has a name of 4097 characters, more than the 4096 allowed"};
        assertRefused(shop().pax('x', "path=" + "n".repeat(4097)).file("n", ""), sentence);
        assertRefused(
                shop().entry("././@LongLink", 'L', "n".repeat(4097) + "\0").file("n", ""), sentence);
        assertRefused(
                shop().entry("././@LongLink", 'K', "n".repeat(4097) + "\0").link("l", '2', "n"), sentence);
    }

    @Test
    void charactersOfANameAsSomebodySetThem() throws IOException {
        byte[] tar = shop().file("a-name-of-20-letters", "")
                .link("l", '2', "a-name-of-20-letters")
                .end()
                .bytes();
        assertEquals(1, read(tar, TestArchives.nameLength(20)).images().size());
        assertRefused(
                tar,
                TestArchives.nameLength(19),
                "entry 'a-name-of-20-letters' has a name of 20 characters, more than the 19 allowed");
        byte[] linked = shop().link("l", '2', "./././././layer.tar").end().bytes();
        assertEquals(1, read(linked, TestArchives.nameLength(19)).images().size());
        assertRefused(linked, TestArchives.nameLength(18), "has a name of 19 characters, more than the 18 allowed");
    }

    @Test
    void charactersOfANameInAFileSystem() throws IOException {
        int most = ArchiveLimits.defaults().nameLength();
        for (String records : List.of("path=", "linkpath=")) {
            char type = records.equals("path=") ? '0' : '2';
            byte[] longest = fileSystem(records + "n".repeat(most), type);
            assertEquals(1, fileSystem(longest, ArchiveLimits.defaults()));
            assertEquals(1, fileSystem(fileSystem(records + "n".repeat(20), type), TestArchives.nameLength(20)));
            for (byte[] tooLong : List.of(longest, fileSystem(records + "n".repeat(20), type))) {
                assertTrue(assertThrows(ArchiveException.class, () -> fileSystem(tooLong, TestArchives.nameLength(19)))
                        .getMessage()
                        .contains("more than the 19 allowed"));
            }
            ArchiveException refusal = assertThrows(
                    ArchiveException.class,
                    () -> fileSystem(fileSystem(records + "n".repeat(most + 1), type), ArchiveLimits.defaults()));
            assertTrue(
                    refusal.getMessage()
                            .contains(
                                    "has a name of " + (most + 1) + " characters, more than the " + most + " allowed"),
                    refusal.getMessage());
        }
    }

    private static byte[] fileSystem(String record, char type) {
        return new RawTar()
                .pax('x', record)
                .block(RawTar.header("n", type, 0))
                .end()
                .bytes();
    }

    /** The entries of it. */
    private static long fileSystem(byte[] tar, ArchiveLimits limits) throws IOException {
        return FileSystemArchive.read(new ByteArrayInputStream(tar), limits).entries();
    }

    @Test
    void entriesOfAFileSystem() throws IOException {
        RawTar three = new RawTar().file("a", "").file("b", "").file("c", "");
        assertEquals(3, fileSystem(three.end().bytes(), TestArchives.entries(3)));
        assertTrue(assertThrows(ArchiveException.class, () -> fileSystem(three.bytes(), TestArchives.entries(2)))
                .getMessage()
                .contains("it has more than 2 entries"));
    }

    @Test
    void bytesOfAHeader() throws IOException {
        int most = ArchiveLimits.defaults().headerBytes();
        String start = most + " comment=";
        String comment = "comment=" + "c".repeat(most - start.length() - 1);
        assertEquals(most, RawTar.record(comment).length());
        assertRead(shop().pax('x', comment).file("n", ""));
        assertRefused(
                shop().pax('x', comment + "c").file("n", ""),
                "an extended header of entry 4 has " + (most + 1) + " bytes, more than the " + most + " allowed");
    }

    @Test
    void bytesOfAJsonDocument() throws IOException {
        int most = ArchiveLimits.defaults().jsonBytes();
        String padding = "y".repeat(most - manifest(",\"x\":\"\"").length());
        assertRead(shop(SHOP.configText(), ",\"x\":\"" + padding + "\""));
        assertRefused(
                shop(SHOP.configText(), ",\"x\":\"" + padding + "y\""),
                "file 'manifest.json' is not JSON, or has more than " + most + " bytes");
    }

    @Test
    void depthOfAJsonDocument() throws IOException {
        int most = ArchiveLimits.defaults().jsonDepth();
        assertEquals(64, most);
        // the list and the image's entry are two of them
        assertRead(shop(SHOP.configText(), ",\"x\":" + "[".repeat(most - 2) + "]".repeat(most - 2)));
        assertRefused(
                shop(SHOP.configText(), ",\"x\":" + "[".repeat(most - 1) + "]".repeat(most - 1)),
                "manifest.json is not JSON that can be read",
                "64");
    }

    @Test
    void depthOfAConfig() throws IOException {
        String start = SHOP.configText().substring(0, SHOP.configText().length() - 1);
        assertRead(shop(start + ",\"x\":" + "{\"x\":".repeat(62) + "{}" + "}".repeat(62) + "}", ""));
        assertRefused(
                shop(start + ",\"x\":" + "{\"x\":".repeat(63) + "{}" + "}".repeat(63) + "}", ""),
                "is not JSON that can be read",
                "64");
    }

    @Test
    void layersOfAnImage() throws IOException {
        int most = ArchiveLimits.defaults().layers();
        assertEquals(
                most,
                read(TestLayouts.docker25(layered(most)))
                        .images()
                        .get(0)
                        .layers()
                        .size());
        assertRefused(
                TestLayouts.docker25(layered(most + 1)).bytes(),
                ArchiveLimits.defaults(),
                "more than " + most + " layers");
    }

    private static TestImage layered(int layers) {
        return TestImage.of(IntStream.range(0, layers).mapToObj(i -> "l" + i).toArray(String[]::new))
                .named("many:1");
    }

    @Test
    void imagesOfAnArchive() throws IOException {
        int most = ArchiveLimits.defaults().images();
        assertEquals(most, read(images(most)).images().size());
        assertRefused(images(most + 1), ArchiveLimits.defaults(), "it holds more than " + most + " images");
    }

    private static byte[] images(int count) {
        RawTar tar = new RawTar();
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tar.file(
                    "config" + i,
                    "{\"os\":\"linux\",\"architecture\":\"amd64\",\"n\":" + i
                            + ",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}");
            entries.add(manifestEntry("config" + i, List.of("image" + i + ":1"), List.of()));
        }
        return tar.file("manifest.json", "[" + String.join(",", entries) + "]")
                .end()
                .bytes();
    }

    @Test
    void bytesAfterDecompression() throws IOException {
        byte[] tar = TestLayouts.docker25(SHOP).bytes();
        assertEquals(1, read(tar, TestArchives.totalBytes(tar.length)).images().size());
        assertRefused(
                tar,
                TestArchives.totalBytes(tar.length - 1),
                "it is bigger than " + (tar.length - 1) + " bytes when decompressed");
    }

    /** Each layer is small enough by itself. */
    @Test
    void bytesOfAllLayersAfterDecompression() throws IOException {
        TestImage big = TestImage.onPlatform("amd64", List.of(new byte[3 << 20], new byte[2 << 20]))
                .named("big:1");
        TestTar tar = TestLayouts.containerdStore(big);
        long layers = big.layers().stream().mapToLong(layer -> layer.length).sum();
        assertTrue(tar.bytes().length < layers, "its layers are compressed");
        long all = plainBytes(tar);
        assertEquals(1, read(tar.bytes(), TestArchives.totalBytes(all)).images().size());
        assertRefused(
                tar.bytes(),
                TestArchives.totalBytes(all - 1),
                "entry '",
                "bigger than " + (all - 1) + " bytes when all its layers are decompressed");
    }

    private static long plainBytes(TestTar tar) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (TestTar.Entry entry : tar.entries()) {
            if (entry.content() != null) {
                try (Decompressed plain =
                        new Decompressed(new ByteArrayInputStream(entry.content()), ArchiveLimits.defaults())) {
                    plain.transferTo(all);
                }
            }
        }
        return all.size();
    }

    @Test
    void expansion() throws IOException {
        TestImage zeros =
                TestImage.onPlatform("amd64", List.of(new byte[4 << 20])).named("zeros:1");
        byte[] packed = TestLayouts.gzip(new byte[4 << 20]);
        int ratio = ((4 << 20) + packed.length - 1) / packed.length;
        TestTar tar = new TestTar()
                .file("config.json", zeros.config())
                .file("layer.tar", packed)
                .file(
                        "manifest.json",
                        "[" + manifestEntry("config.json", List.of("zeros:1"), List.of("layer.tar")) + "]");
        assertEquals(1, read(tar.bytes(), TestArchives.ratio(ratio)).images().size());
        assertRefused(
                tar.bytes(),
                TestArchives.ratio(ratio - 1),
                "entry 'layer.tar' is not sound: it expands to more than " + (ratio - 1) + " times");
    }
}
