package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.read;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.told;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.blobName;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.manifestEntry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that are not what they say, or say two things. */
@Tries({Fault.F11, Fault.F19})
class ImageArchiveRefusalTest {

    private static final TestImage SHOP = TestImage.of("base", "app").named("shop:1");

    @TempDir
    Path directory;

    private static void assertRefused(byte[] archive, ArchiveLimits limits, String clause) {
        ArchiveException e = assertThrows(ArchiveException.class, () -> read(archive, limits));
        assertTrue(e.getMessage().contains(clause), e.getMessage());
        assertTrue(e.getMessage().length() < 500, e.getMessage());
        assertFalse(Pattern.compile("\\p{Cc}").matcher(e.getMessage()).find(), e.getMessage());
    }

    private static void assertRefused(TestTar archive, String clause) {
        assertRefused(archive.bytes(), LIMITS, clause);
    }

    private static TestTar simple(TestImage image, String... references) {
        TestTar tar = new TestTar().file("config.json", image.config());
        List<String> layers = new ArrayList<>();
        for (byte[] layer : image.layers()) {
            layers.add("layer" + layers.size());
            tar.file("layer" + (layers.size() - 1), layer);
        }
        return tar.file("manifest.json", "[" + manifestEntry("config.json", List.of(references), layers) + "]");
    }

    private static TestTar manifest(String json) {
        return new TestTar().file("manifest.json", json);
    }

    // two truths

    @Test
    void refusesAPolyglotWhoseIndexNamesAnotherImage() {
        TestImage evil = TestImage.of("evil").named("ubuntu:latest");
        TestTar good = TestLayouts.docker25(SHOP);
        TestTar both = TestLayouts.docker25(evil).without("manifest.json").without("repositories");
        both.file("manifest.json", good.content("manifest.json"));
        both.file(blobName(SHOP.configDigest()), SHOP.config());
        SHOP.layers().forEach(layer -> both.file(blobName(Sha256.of(layer)), layer));

        assertRefused(both, "manifest.json and index.json tell different things about");
    }

    @Test
    void refusesAPolyglotThatGivesOneReferenceToTwoImages() {
        TestImage evil = TestImage.of("evil").named("shop:1");
        TestTar both = TestLayouts.docker25(SHOP, evil);
        both.replace("manifest.json", TestLayouts.docker25(SHOP).content("manifest.json"));
        both.replace("index.json", TestLayouts.docker25(evil).content("index.json"));

        assertRefused(both, "manifest.json and index.json tell different things about shop:1");
    }

    @Test
    void refusesAnIndexWithAReferenceMoreOrLessThanManifestJson() {
        TestTar more = TestLayouts.docker25(SHOP.named("shop:1", "ubuntu:latest"));
        more.edit("manifest.json", json -> json.replace(",\"ubuntu:latest\"", ""));
        TestTar less = TestLayouts.docker25(SHOP);
        less.edit("manifest.json", json -> json.replace("\"shop:1\"", "\"shop:1\",\"ubuntu:latest\""));

        assertRefused(more, "tell different things about ubuntu:latest");
        assertRefused(less, "tell different things about ubuntu:latest");
    }

    @Test
    void refusesAnImageThatOnlyIndexJsonHas() {
        TestImage hidden = TestImage.of("hidden");
        TestTar tar = TestLayouts.docker25(SHOP, hidden);
        tar.replace("manifest.json", TestLayouts.docker25(SHOP).content("manifest.json"));

        assertRefused(tar, "index.json holds an image that manifest.json does not have");
    }

    @Test
    void refusesTwoManifests() {
        TestTar tar = TestLayouts.legacyDocker(SHOP);
        tar.file("manifest.json", TestLayouts.legacyDocker(TestImage.of("evil")).content("manifest.json"));

        assertRefused(tar, "entry 'manifest.json' is there twice");
        assertRefused(TestLayouts.legacyDocker(SHOP).file("./manifest.json", "[]"), "is there twice");
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void refusesOneReferenceAtTwoImages(ImageArchiveTest.Layout layout) {
        TestImage other = TestImage.of("other").named("docker.io/library/shop:1");

        assertRefused(layout.of(SHOP, other), "shop:1");
    }

    // content

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void refusesALayerWithOtherContentOfTheSameLength(ImageArchiveTest.Layout layout) {
        TestImage tampered =
                new TestImage(SHOP.config(), List.of(SHOP.layers().get(0), TestImage.layer("apq")), SHOP.references());
        assertEquals(SHOP.layers().get(1).length, tampered.layers().get(1).length);

        assertRefused(layout.of(tampered), "does not have the content that its image's config states");
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void refusesSwappedLayers(ImageArchiveTest.Layout layout) {
        List<byte[]> swapped = new ArrayList<>(SHOP.layers());
        Collections.reverse(swapped);

        assertRefused(layout.of(new TestImage(SHOP.config(), swapped, SHOP.references())), "layer 1 (");
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void refusesMoreOrFewerLayersThanTheConfigLists(ImageArchiveTest.Layout layout) {
        TestImage fewer = new TestImage(SHOP.config(), SHOP.layers().subList(0, 1), SHOP.references());
        List<byte[]> three = new ArrayList<>(SHOP.layers());
        three.add(TestImage.layer("more"));

        assertRefused(layout.of(fewer), "lists 2 layers, the manifest 1");
        assertRefused(
                layout.of(new TestImage(SHOP.config(), three, SHOP.references())), "lists 2 layers, the manifest 3");
    }

    @Test
    void refusesABlobWhoseContentIsNotWhatItsNamePromises() {
        TestTar tar = TestLayouts.docker25(SHOP);
        tar.replace(blobName(SHOP.diffIds().get(0)), TestImage.layer("evil"));

        assertRefused(tar, "its content does not have the digest that its name states");
        assertRefused(TestLayouts.docker25(SHOP).file("blobs/sha256/short", "x"), "its name states");
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void refusesAConfigThatWasEdited(ImageArchiveTest.Layout layout) {
        TestTar tar = layout.of(SHOP);
        String hex = Sha256.hex(SHOP.configDigest());
        String name = tar.has(hex + ".json") ? hex + ".json" : blobName(SHOP.configDigest());
        tar.edit(name, json -> json.replace("/bin/app", "/bin/sh!"));

        assertRefused(tar, "name");
    }

    @Test
    void takesAConfigWhoseNameIsNoDigest() throws IOException {
        assertEquals(told(SHOP), told(read(simple(SHOP, "shop:1"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"rootfs\":{}}",
                "{\"rootfs\":{\"diff_ids\":{}}}",
                "\"text\"",
                "{\"a\":"
            })
    void refusesAConfigThatIsNone(String config) {
        assertRefused(simple(SHOP, "shop:1").replace("config.json", config), "config");
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void refusesAnArchiveThatLacksALayerOrAConfig(ImageArchiveTest.Layout layout) {
        TestTar tar = layout.of(SHOP);
        String hex = Sha256.hex(SHOP.configDigest());
        String config = tar.has(hex + ".json") ? hex + ".json" : blobName(SHOP.configDigest());
        assertRefused(tar.copy().without(config), "is missing");
        String layer = layerOf(tar);

        assertRefused(tar.copy().without(layer), "is missing");
    }

    private static String layerOf(TestTar tar) {
        byte[] plain = SHOP.layers().get(1);
        for (String name : List.of(
                blobName(Sha256.of(plain)),
                blobName(Sha256.of(TestLayouts.gzip(plain))),
                Sha256.hex(Sha256.of(plain)) + ".tar")) {
            if (tar.has(name)) {
                return name;
            }
        }
        String manifest = tar.text("manifest.json");
        int end = manifest.lastIndexOf("/layer.tar");
        return manifest.substring(end - 64, end) + "/layer.tar";
    }

    @Test
    void refusesAnArchiveThatLostItsManifestWhichOldEnginesLoadAsAnotherImage() {
        assertRefused(
                TestLayouts.legacyDocker(SHOP).without("manifest.json"), "it holds no image: manifest.json is missing");
        assertRefused(new TestTar().file("readme.txt", "hello"), "it holds no image: manifest.json is missing");
        assertRefused(
                TestLayouts.ociArchive(SHOP).without("oci-layout"), "it holds no image: manifest.json is missing");
    }

    // manifest.json

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "1", "\"x\"", "true", "[]", "[null]", "[[]]", "[{}]", "[1]"})
    void refusesAManifestThatListsNoImage(String json) {
        assertRefused(manifest(json), "");
    }

    @Test
    void refusesAnEmptyImageListByThatName() {
        assertRefused(manifest("null"), "it holds no image");
        assertRefused(manifest("[]"), "it holds no image");
        assertRefused(manifest("{}"), "it holds no image");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "[", "[}", "not json", "[{\"Config\":}]", "[]]", "[] []", "\u0000", "[{]}"})
    void refusesAManifestThatIsNoJson(String json) {
        assertRefused(manifest(json), "manifest.json");
        ArchiveException e = assertThrows(ArchiveException.class, () -> read(manifest(json)));
        assertFalse(e.getMessage().contains("[Source"), e.getMessage());
    }

    @Test
    void refusesAManifestThatIsNestedDeep() {
        assertRefused(manifest("[".repeat(100) + "]".repeat(100)), "manifest.json is not JSON that can be read");
        assertRefused(manifest("[".repeat(100_000)), "manifest.json is not JSON that can be read");
        assertRefused(
                manifest("[{\"a\":".repeat(50) + "1" + "}]".repeat(50)), "manifest.json is not JSON that can be read");
    }

    @Test
    void refusesDuplicateKeysSinceParsersDisagreeAboutThem() {
        TestTar tar = simple(SHOP, "shop:1");
        tar.edit("manifest.json", json -> json.replace("\"RepoTags\"", "\"RepoTags\":[\"evil:1\"],\"RepoTags\""));
        TestTar config = simple(SHOP, "shop:1");
        config.edit("config.json", json -> json.replace("\"Cmd\"", "\"Cmd\":[\"evil\"],\"Cmd\""));

        assertRefused(tar, "Duplicate field 'RepoTags'");
        assertRefused(config, "Duplicate field 'Cmd'");
    }

    @Test
    void refusesDocumentsOverTheLimit() {
        String manifest = simple(SHOP, "shop:1").text("manifest.json");
        byte[] padded = simple(SHOP, "shop:1")
                .replace("manifest.json", manifest + " ".repeat(1000 - manifest.length()))
                .bytes();

        assertTrue(readsWith(padded, TestArchives.json(1000)));
        assertRefused(padded, TestArchives.json(999), "file 'manifest.json' is not JSON, or has more than 999 bytes");
    }

    private static boolean readsWith(byte[] archive, ArchiveLimits limits) {
        try {
            return !read(archive, limits).roots().isEmpty();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void refusesDocumentsThatTogetherAreOverTheLimit() {
        TestTar tar = simple(SHOP, "shop:1");
        for (int i = 0; i < 5; i++) {
            tar.file("document" + i, "{" + " ".repeat(990) + "}");
        }

        assertRefused(tar.bytes(), TestArchives.json(1000), "its JSON documents together have more than 4000 bytes");
    }

    @Test
    void refusesJsonWithMoreTokensThanMemoryHasRoomFor() {
        String values = "[],".repeat(1_300_000);

        assertRefused(manifest("[" + values + "[]]"), "manifest.json is not JSON that can be read");
    }

    @Test
    void refusesManyDocumentsThatTogetherHaveTooManyTokens() {
        TestTar tar = new TestTar();
        List<String> entries = new ArrayList<>();
        String many = IntStream.range(0, 30_000).mapToObj(i -> "[]").collect(Collectors.joining(","));
        for (int i = 0; i < 20; i++) {
            tar.file("config" + i, "{\"n\":" + i + ",\"x\":[" + many + "]}");
            entries.add(manifestEntry("config" + i, List.of(), List.of()));
        }
        tar.file("manifest.json", "[" + String.join(",", entries) + "]");

        assertRefused(tar, "its JSON documents together have more than");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "../../etc/passwd", "a/../../x", "..\\\\x", "a\\nb", ""})
    void refusesALayerOutsideTheArchive(String name) {
        TestTar tar = simple(SHOP, "shop:1");
        assertRefused(tar.edit("manifest.json", json -> json.replace("\"layer0\"", "\"" + name + "\"")), "");
    }

    @Test
    void refusesLayersAndConfigsThatAreNoNames() {
        UnaryOperator<String> number = json -> json.replace("\"layer0\"", "0");
        UnaryOperator<String> object = json -> json.replace("\"config.json\"", "{}");
        UnaryOperator<String> absolute = json -> json.replace("\"layer0\"", "\"/etc/passwd\"");

        assertRefused(simple(SHOP, "shop:1").edit("manifest.json", number), "manifest.json names no layer");
        assertRefused(simple(SHOP, "shop:1").edit("manifest.json", object), "manifest.json names no config");
        assertRefused(simple(SHOP, "shop:1").edit("manifest.json", absolute), "'/etc/passwd' has an absolute name");
    }

    @Test
    void refusesReferencesThatAreNoListOfTexts() {
        UnaryOperator<String> text = json -> json.replace("[\"shop:1\"]", "\"shop:1\"");
        UnaryOperator<String> object = json -> json.replace("[\"shop:1\"]", "{\"shop:1\":\"shop:1\"}");
        UnaryOperator<String> number = json -> json.replace("[\"shop:1\"]", "[1]");
        UnaryOperator<String> layers =
                json -> json.replaceAll("\"Layers\":.*", "\"Layers\":{\"a\":\"layer0\",\"b\":\"layer1\"}}]");

        assertRefused(
                simple(SHOP, "shop:1").edit("manifest.json", layers), "manifest.json has Layers that are no list");
        assertRefused(
                simple(SHOP, "shop:1").edit("manifest.json", text), "manifest.json has RepoTags that are no list");
        assertRefused(simple(SHOP, "shop:1").edit("manifest.json", object), "RepoTags");
        assertRefused(simple(SHOP, "shop:1").edit("manifest.json", number), "its reference '1' has no tag");
    }

    @ParameterizedTest
    @CsvSource({
        "ubuntu,                    has no tag",
        "localhost:5000/ubuntu,     has no tag",
        "Ubuntu:1,                  must be lower case",
        "shop:,                     is not a tag",
        "shop:a b,                  is not a tag",
        "'shop:1\\nFinished',       is not a tag",
        "'shop:\\u001b[31m',        is not a tag",
        "../shop:1,                 is not a registry"
    })
    void refusesReferencesThatEnginesReadInDifferentWays(String reference, String clause) {
        assertRefused(simple(SHOP, reference), clause);
    }

    @Test
    void refusesADigestAsAReference() {
        String digest = "a@sha256:" + "0".repeat(64);

        assertRefused(simple(SHOP, digest), "a digest cannot be a tag");
        assertRefused(simple(SHOP, "0".repeat(64) + ":1"), "are an image ID, not a repository");
        assertRefused(simple(SHOP, digest + ":1"), "a digest cannot be a tag");
    }

    @Test
    void refusesMoreImagesAndLayersThanAllowed() throws IOException {
        ArchiveLimits two = new ArchiveLimits(50_000, 50_000, 4_096, 64 << 10, 4 << 20, 64, 2, 2, 1L << 40, 100_000);
        TestImage three = TestImage.of("a", "b", "c").named("three:1");
        TestImage other = TestImage.of("other").named("other:1");
        TestImage last = TestImage.of("last").named("last:1");

        assertEquals(
                2,
                read(TestLayouts.legacyDocker(SHOP, other).bytes(), two)
                        .images()
                        .size());
        assertEquals(
                2,
                read(TestLayouts.ociArchive(SHOP, other).bytes(), two).images().size());
        assertRefused(TestLayouts.legacyDocker(SHOP, other, last).bytes(), two, "it holds more than 2 images");
        assertRefused(TestLayouts.ociArchive(SHOP, other, last).bytes(), two, "more than 2 manifests");
        assertRefused(TestLayouts.legacyDocker(three).bytes(), two, "more than 2 layers");
        assertRefused(TestLayouts.ociArchive(three).bytes(), two, "more than 2 layers");
    }

    // links

    @Test
    void refusesLinksThatGoRoundOrToNothing() {
        TestTar round = simple(SHOP, "shop:1")
                .without("layer0")
                .symbolicLink("layer0", "x")
                .symbolicLink("x", "y")
                .symbolicLink("y", "layer0");
        TestTar self = simple(SHOP, "shop:1").without("layer0").symbolicLink("layer0", "layer0");
        TestTar nothing = simple(SHOP, "shop:1").without("layer0").symbolicLink("layer0", "absent");

        assertRefused(round, "layer 'layer0' is missing");
        assertRefused(self, "layer 'layer0' is missing");
        assertRefused(nothing, "layer 'layer0' is missing");
    }

    @Test
    void refusesLinksThatLeadOutside() {
        TestTar absolute = simple(SHOP, "shop:1").without("layer0").symbolicLink("layer0", "/etc/passwd");
        TestTar up = simple(SHOP, "shop:1").without("layer0").symbolicLink("layer0", "../../etc/passwd");

        assertRefused(absolute, "link 'layer0' leads outside the archive");
        assertRefused(up, "link 'layer0' leads outside the archive");
    }

    // index.json

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"manifests\":null}",
                "{\"manifests\":{}}",
                "{\"manifests\":[null]}",
                "{\"manifests\":[{\"digest\":\"x\"}]}",
                "{\"manifests\":[]}"
            })
    void refusesAnIndexThatIsNone(String json) {
        assertRefused(TestLayouts.ociArchive(SHOP).replace("index.json", json), "");
    }

    @Test
    void refusesOtherDigestsThanSha256() {
        TestTar tar = TestLayouts.ociArchive(SHOP);
        String sha512 = "sha512:" + "0".repeat(128);

        assertRefused(
                tar.copy().edit("index.json", json -> json.replaceAll("sha256:[0-9a-f]{64}", sha512)),
                "is not a SHA-256 digest");
        assertRefused(
                tar.copy()
                        .edit(
                                "index.json",
                                json -> json.replaceAll("sha256:[0-9a-f]{64}", "sha256:../../../etc/passwd")),
                "'sha256:../../../etc/passwd' is not a SHA-256 digest");
    }

    @Test
    void refusesADescriptorThatStatesAnotherSize() {
        TestTar tar = TestLayouts.ociArchive(SHOP);

        assertRefused(
                tar.copy().edit("index.json", json -> json.replaceAll("\"size\":(\\d+)", "\"size\":1$1")),
                "does not have the size that its descriptor states");
        assertRefused(
                tar.copy().edit("index.json", json -> json.replaceAll("\"size\":\\d+", "\"no\":1")),
                "does not have the size that its descriptor states");
    }

    @Test
    void refusesALayerDescriptorThatStatesAnotherSize() {
        TestLayouts.Oci oci = new TestLayouts.Oci(plain -> plain);
        byte[] layer = SHOP.layers().get(0);
        TestImage image = TestImage.of("base").named("shop:1");
        String honest = oci.descriptor("x", oci.blob(layer), "");
        String manifest = "{\"schemaVersion\":2,\"config\":" + oci.descriptor("x", oci.blob(image.config()), "")
                + ",\"layers\":[" + honest.replace("\"size\":2048", "\"size\":2047") + "]}";
        oci.top(TestLayouts.MANIFEST, oci.blob(manifest.getBytes(StandardCharsets.UTF_8)), image);

        assertRefused(oci.tar(), "does not have the size that its descriptor states");
    }

    @Test
    void refusesAManifestThatIsMissing() {
        TestTar tar = TestLayouts.ociArchive(SHOP);
        String manifest = tar.text("index.json").replaceAll("(?s).*\"digest\":\"(sha256:[0-9a-f]{64})\".*", "$1");

        assertRefused(tar.without(blobName(manifest)), "manifest " + manifest + " is missing");
    }

    @Test
    void refusesAnIndexWhosePlatformsAreAllMissing() {
        TestTar tar = TestLayouts.severalPlatforms("shop:1", TestImage.of("base"));
        tar.without("manifest.json").without(blobName(Sha256.of(TestLayouts.gzip(TestImage.layer("base")))));

        assertRefused(tar, "layer sha256:");
    }

    @Test
    void refusesIndexesThatAreNestedTooDeep() throws IOException {
        assertEquals(1, read(nested(4)).images().size());
        assertRefused(nested(5), "its image indexes are nested too deep");
        assertRefused(nested(200), "its image indexes are nested too deep");
    }

    /** An image below this many indexes. */
    private static TestTar nested(int depth) {
        TestLayouts.Oci oci = new TestLayouts.Oci(plain -> plain);
        String at = oci.manifest(SHOP);
        String type = TestLayouts.MANIFEST;
        for (int i = 0; i < depth; i++) {
            at = oci.index(oci.descriptor(type, at, ""));
            type = TestLayouts.INDEX;
        }
        oci.top(type, at, SHOP);
        return oci.tar();
    }

    @Test
    void refusesAnIndexThatNamesOneManifestAgainAndAgainOnEveryLevel() {
        TestLayouts.Oci oci = new TestLayouts.Oci(plain -> plain);
        String at = oci.manifest(SHOP);
        for (int level = 0; level < 4; level++) {
            String[] many = new String[1000];
            java.util.Arrays.fill(many, oci.descriptor(TestLayouts.INDEX, at, ""));
            at = oci.index(many);
        }
        oci.top(TestLayouts.INDEX, at, SHOP);

        assertRefused(oci.tar(), "nested too deep");
    }

    @Test
    void refusesAReferenceInAnAnnotationThatIsNone() {
        TestTar tar = TestLayouts.ociArchive(SHOP);

        assertRefused(
                tar.copy().edit("index.json", json -> json.replace("shop:1", "Shop:1")), "must be lower case letters");
        assertRefused(
                tar.copy().edit("index.json", json -> json.replace("shop:1", "shop:1\\u001b[2J")), "is not a tag");
    }

    // other

    @Test
    void tellsAFileSystemFromAnImage() {
        TestTar rootfs = new TestTar()
                .directory("bin/")
                .file("bin/sh", "#!")
                .directory("etc/")
                .file("etc/passwd", "root:x:0:0::/:/bin/sh")
                .symbolicLink("lib", "usr/lib");
        TestTar dotted = new TestTar().file(".dockerenv", "").file("app", "x");

        for (TestTar tar : List.of(rootfs, dotted, rootfs.copy().rename(name -> "./" + name))) {
            WrongArchiveException e = assertThrows(WrongArchiveException.class, () -> read(tar));
            assertEquals("it is the file system of a container, not an image archive", e.getMessage());
            assertEquals(WrongArchiveException.Really.FILE_SYSTEM, e.really());
        }
    }

    @ParameterizedTest
    @ValueSource(chars = {'2', '3', '4', '6'})
    void tellsAFileSystemByItsFirstNamesWhenLinksAndDevicesFollow(char type) {
        RawTar tar =
                new RawTar().entry("bin/", '5', "").entry("dev/", '5', "").link("dev/any", type, "/proc/self/fd/0");

        assertThrows(WrongArchiveException.class, () -> read(tar.end().bytes()));
    }

    @Test
    void tellsAFileSystemEvenWhenItIsCutOrHasWhatNoImageArchiveMayHave() {
        RawTar cut = new RawTar().entry("bin/", '5', "").entry("etc/", '5', "").file("etc/passwd", "x");
        RawTar odd = new RawTar().entry("bin/", '5', "").file("etc/a\\b", "systemd has such names");

        assertThrows(WrongArchiveException.class, () -> read(cut.bytes()));
        assertThrows(WrongArchiveException.class, () -> read(odd.end().bytes()));
    }

    @Test
    void aBrokenImageArchiveIsNotTakenForAFileSystem() {
        TestTar tar = TestLayouts.docker25(SHOP).file("bin/sh", "").file("etc/passwd", "");
        byte[] cut = java.util.Arrays.copyOf(tar.bytes(), tar.bytes().length - 1024);

        assertRefused(cut, LIMITS, "it is cut short");
    }

    @Test
    void refusesAMissingFile() {
        assertThrows(NoSuchFileException.class, () -> ImageArchive.read(directory.resolve("absent.tar"), LIMITS));
    }

    @Test
    void refusesADirectoryThatHoldsNoImage() {
        ArchiveException e = assertThrows(ArchiveException.class, () -> ImageArchive.read(directory, LIMITS));
        assertEquals("it holds no image: manifest.json is missing", e.getMessage());
    }

    @Test
    void refusesADirectoryWithLinksWhichMayLeadAnywhere() throws IOException {
        TestLayouts.ociArchive(SHOP).unpack(directory);
        Path secret = Files.writeString(Files.createTempFile("secret", ""), "secret");
        Files.createSymbolicLink(directory.resolve("blobs/sha256/" + "0".repeat(64)), secret);

        ArchiveException e = assertThrows(ArchiveException.class, () -> ImageArchive.read(directory, LIMITS));
        assertTrue(e.getMessage().contains("is a link or a special file"), e.getMessage());
        Files.delete(secret);
    }

    @Test
    void refusesADirectoryWithTooManyEntries() throws IOException {
        TestLayouts.ociArchive(SHOP).unpack(directory);
        long entries;
        try (var walk = Files.walk(directory)) {
            entries = walk.count() - 1;
        }

        ArchiveLimits enough = TestArchives.entries((int) entries);
        ArchiveLimits tooFew = TestArchives.entries((int) entries - 1);
        assertEquals(1, ImageArchive.read(directory, enough).images().size());
        ArchiveException e = assertThrows(ArchiveException.class, () -> ImageArchive.read(directory, tooFew));
        assertTrue(e.getMessage().contains("it has more than"), e.getMessage());
    }

    @Test
    void refusesALayerThatIsBrokenInItself() {
        TestImage image = TestImage.of("base").named("shop:1");
        byte[] gzip = TestLayouts.gzip(image.layers().get(0));
        TestTar tar = simple(image, "shop:1").replace("layer0", java.util.Arrays.copyOf(gzip, gzip.length - 3));

        assertRefused(tar, "entry 'layer0' is not sound: its gzip stream is cut short");
    }

    @Test
    void refusesALayerThatIsABomb() {
        TestImage image =
                TestImage.onPlatform("amd64", List.of(new byte[4 << 20])).named("bomb:1");
        TestTar tar = simple(image, "bomb:1").replace("layer0", TestLayouts.gzip(new byte[4 << 20]));

        assertRefused(
                tar.bytes(), TestArchives.ratio(100), "entry 'layer0' is not sound: it expands to more than 100 times");
    }
}
