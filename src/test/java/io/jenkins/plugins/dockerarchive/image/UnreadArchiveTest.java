package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.read;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.told;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.blobName;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.EngineArchive.Item;
import io.jenkins.plugins.dockerarchive.image.EngineArchive.Layout;
import io.jenkins.plugins.dockerarchive.image.EngineArchive.Wanted;
import io.jenkins.plugins.dockerarchive.store.DirectoryBlobs;
import io.jenkins.plugins.dockerarchive.store.LayoutDocuments;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Archives of which the documents are read first and the layers while an engine takes them. */
class UnreadArchiveTest {

    private static final TestImage SHOP = TestImage.of("base", "app").named("shop:1");
    private static final TestImage DATABASE = TestImage.of("base", "data").named("db:2");
    private static final String APP = Sha256.of(TestImage.layer("app"));

    @TempDir
    Path directory;

    private Path layout(TestTar tar) throws IOException {
        return tar.unpack(Files.createTempDirectory(directory, "layout"));
    }

    private static ImageArchive documents(Path layout) throws IOException {
        return LayoutDocuments.read(layout, LIMITS).archive(LIMITS);
    }

    private static EngineArchive outgoing(ImageArchive archive, Layout layout, int there) {
        List<Item> items = new ArrayList<>();
        for (ArchivedRoot root : archive.roots()) {
            items.add(new Item(root, root.images().get(0), root.references().get(0)));
        }
        return new EngineArchive(items, layout, LIMITS, image -> there);
    }

    private static byte[] bytes(EngineArchive archive, Path layout) throws IOException {
        try (InputStream in = archive.open(new DirectoryBlobs(layout))) {
            return in.readAllBytes();
        }
    }

    private static TreeSet<String> names(byte[] tar) throws IOException {
        TreeSet<String> names = new TreeSet<>();
        try (TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
            for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                names.add(entry.getName());
            }
        }
        return names;
    }

    /** What an engine would get of a layout that is damaged in this way: never the whole. */
    private static void refusedWhileItFlows(Path layout, String... words) throws IOException {
        ImageArchive archive = documents(layout);
        for (Layout kind : Layout.values()) {
            ArchiveException refused =
                    assertThrows(ArchiveException.class, () -> bytes(outgoing(archive, kind, 0), layout), kind::name);
            for (String word : words) {
                assertTrue(refused.getMessage().contains(word), refused.getMessage());
            }
        }
    }

    private static void refusedAtOnce(Path layout, String words) {
        ArchiveException refused = assertThrows(ArchiveException.class, () -> documents(layout));
        assertTrue(refused.getMessage().contains(words), refused.getMessage());
    }

    private String app(Path layout) {
        return blobName(Sha256.of(TestLayouts.compressed(Compression.ZSTD, TestImage.layer("app"))));
    }

    @Test
    void theDocumentsTellWhatTheWholeArchiveTells() throws IOException {
        Path layout = layout(TestLayouts.kept(SHOP, DATABASE));
        ImageArchive whole = ImageArchive.read(layout, LIMITS);
        ImageArchive told = documents(layout);
        assertEquals(told(whole), told(told));
        assertEquals(told(SHOP, DATABASE), told(told));
        for (int i = 0; i < whole.images().size(); i++) {
            for (int j = 0; j < 2; j++) {
                assertEquals(
                        whole.images().get(i).layers().get(j).size(),
                        told.images().get(i).layers().get(j).size());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anEngineGetsTheSameBytesEitherWay(Layout kind) throws IOException {
        Path layout = layout(TestLayouts.kept(SHOP, DATABASE));
        EngineArchive archive = outgoing(documents(layout), kind, 0);
        byte[] flowing = bytes(archive, layout);
        assertEquals(told(SHOP, DATABASE), told(read(flowing)));
        byte[] verified;
        try (InputStream in =
                outgoing(ImageArchive.read(layout, LIMITS), kind, 0).open(layout)) {
            verified = in.readAllBytes();
        }
        assertEquals(names(verified), names(flowing));
        assertEquals(told(read(verified)), told(read(flowing)));
    }

    @ParameterizedTest
    @EnumSource
    void layersThatAreThereAreNamedAndNotSent(Layout kind) throws IOException {
        Path layout = layout(TestLayouts.kept(SHOP));
        EngineArchive archive = outgoing(documents(layout), kind, 1);
        byte[] sparse = bytes(archive, layout);
        TreeSet<String> missing = names(bytes(outgoing(documents(layout), kind, 0), layout));
        missing.removeAll(names(sparse));
        assertEquals(1, missing.size(), "the lower layer only: " + missing);
        assertEquals(List.of(new Wanted(app(layout), Files.size(layout.resolve(app(layout))))), archive.wanted());
        ArchiveException incomplete = assertThrows(ArchiveException.class, () -> read(sparse));
        assertTrue(incomplete.getMessage().contains("is missing"), "an engine is told of all: " + incomplete);
        assertTrue(archive.size() < outgoing(documents(layout), kind, 0).size());
    }

    @Test
    void aLayerThatOneOfTwoImagesNeedsIsSent() throws IOException {
        Path layout = layout(TestLayouts.kept(SHOP, DATABASE));
        List<Item> items = new ArrayList<>();
        ImageArchive archive = documents(layout);
        archive.roots().forEach(root -> items.add(new Item(root, root.images().get(0), null)));
        EngineArchive outgoing = new EngineArchive(
                items, Layout.DOCKER, LIMITS, image -> image.configDigest().equals(SHOP.configDigest()) ? 2 : 0);
        assertEquals(2, outgoing.wanted().size());
    }

    @Test
    void bigLayersAreGivenAsTheyLieAndProvedAllTheSame() throws IOException {
        byte[] layer = TestImage.layer("big", 3 << 20);
        Path layout = layout(TestLayouts.kept(TestImage.onPlatform(
                        "amd64",
                        List.of(
                                layer,
                                new TestTar().file("zeros", new byte[5 << 20]).bytes()))
                .named("big:1")));
        for (Layout kind : Layout.values()) {
            assertEquals(
                    2,
                    read(bytes(outgoing(documents(layout), kind, 0), layout))
                            .images()
                            .get(0)
                            .layers()
                            .size());
        }
    }

    @Test
    void aLayoutThatTellsNoPlainSizesMustBeRead() throws IOException {
        assertNull(documents(
                layout(TestLayouts.kept(SHOP).edit("manifest.json", text -> text.replace("LayerSources", "Others")))));
        assertNull(documents(layout(TestLayouts.containerdStore(SHOP))));
        assertEquals(told(SHOP), told(documents(layout(TestLayouts.docker25(SHOP)))), "plain ones tell by themselves");
    }

    @Test
    void whatIsNoLayoutHasNoDocuments() throws IOException {
        assertNull(LayoutDocuments.read(directory, LIMITS));
        Path layout = layout(TestLayouts.kept(SHOP));
        Files.delete(layout.resolve("oci-layout"));
        assertNull(LayoutDocuments.read(layout, LIMITS));
    }

    // bad ones

    @Test
    void aFlippedByteInALayerIsFoundWhileItFlows() throws IOException {
        byte[] random = TestImage.layer("random", 200_000);
        Path layout = layout(
                TestLayouts.kept(TestImage.onPlatform("amd64", List.of(random)).named("a:1")));
        Path blob = layout.resolve(blobName(Sha256.of(TestLayouts.compressed(Compression.ZSTD, random))));
        byte[] sound = Files.readAllBytes(blob);
        Random places = new Random(7);
        for (int i = 0; i < 40; i++) {
            byte[] flipped = sound.clone();
            flipped[Compression.MAGIC_LENGTH + places.nextInt(sound.length - Compression.MAGIC_LENGTH)] ^= 4;
            Files.write(blob, flipped);
            refusedWhileItFlows(layout, "layer 1", Sha256.of(random));
        }
    }

    @Test
    void aLayerThatIsCutOrLongerIsRefused() throws IOException {
        Path layout = layout(TestLayouts.kept(SHOP));
        Path blob = layout.resolve(app(layout));
        byte[] sound = Files.readAllBytes(blob);
        ImageArchive before = documents(layout);
        Files.write(blob, java.util.Arrays.copyOf(sound, sound.length - 1));
        refusedAtOnce(layout, "does not have the size");
        for (Layout kind : Layout.values()) {
            assertThrows(ArchiveException.class, () -> bytes(outgoing(before, kind, 0), layout), "cut meanwhile");
        }
        Files.write(blob, java.util.Arrays.copyOf(sound, sound.length + 1));
        for (Layout kind : Layout.values()) {
            assertThrows(ArchiveException.class, () -> bytes(outgoing(before, kind, 0), layout), "longer meanwhile");
        }
    }

    @Test
    void swappedLayersAreRefused() throws IOException {
        byte[] first = TestImage.layer("one", 5000);
        byte[] second = TestImage.layer("two", 5000);
        Path layout = layout(TestLayouts.kept(
                TestImage.onPlatform("amd64", List.of(first, second)).named("a:1")));
        Path one = layout.resolve(blobName(Sha256.of(TestLayouts.compressed(Compression.ZSTD, first))));
        Path two = layout.resolve(blobName(Sha256.of(TestLayouts.compressed(Compression.ZSTD, second))));
        byte[] bytes = Files.readAllBytes(one);
        assertEquals(bytes.length, Files.size(two), "or the size would tell");
        Files.write(one, Files.readAllBytes(two));
        Files.write(two, bytes);
        refusedWhileItFlows(layout, "layer 1", "digest");
    }

    @Test
    void aMissingLayerIsRefused() throws IOException {
        Path layout = layout(TestLayouts.kept(SHOP));
        ImageArchive before = documents(layout);
        Files.delete(layout.resolve(app(layout)));
        refusedAtOnce(layout, "is missing");
        assertThrows(ArchiveException.class, () -> bytes(outgoing(before, Layout.DOCKER, 0), layout), "gone meanwhile");
    }

    @Test
    void aChangedDocumentIsRefused() throws IOException {
        Path layout = layout(TestLayouts.kept(SHOP));
        Path config = layout.resolve(blobName(SHOP.configDigest()));
        Files.writeString(config, SHOP.configText().replace("/bin/app", "/bin/apq"));
        refusedAtOnce(layout, "does not have the digest");
    }

    @Test
    void twoTruthsAreRefused() throws IOException {
        TestTar tar = TestLayouts.kept(SHOP).edit("manifest.json", text -> text.replace("shop:1", "evil:1"));
        refusedAtOnce(layout(tar), "tell different things");
    }

    @Test
    void aLieAboutTheSizeOfALayerIsFoundWhileItFlows() throws IOException {
        int size = TestImage.layer("app").length;
        for (long lie : new long[] {size - 1, size + 1, size + 512, 1L << 40}) {
            TestTar tar = TestLayouts.kept(SHOP).edit("manifest.json", text -> {
                int at = text.indexOf("\"size\":" + size, text.indexOf("\"" + APP));
                return text.substring(0, at) + "\"size\":" + lie + text.substring(at + 7 + ("" + size).length());
            });
            refusedWhileItFlows(layout(tar), "layer 2", "bytes");
        }
    }

    @Test
    void aSenselessSizeIsRefused() throws IOException {
        int size = TestImage.layer("app").length;
        for (String lie : List.of("-1", "1.5", "\"1\"", "null", "1e400", "99999999999999999999")) {
            TestTar tar = TestLayouts.kept(SHOP)
                    .edit("manifest.json", text -> text.replace("\"size\":" + size, "\"size\":" + lie));
            assertThrows(ArchiveException.class, () -> documents(layout(tar)), lie);
        }
    }

    @Test
    void aLieAboutTheDiffIdOfALayerIsFoundWhileItFlows() throws IOException {
        String other = Sha256.of(TestImage.layer("evil"));
        TestImage lying = SHOP.withConfig(SHOP.configText().replace(APP, other));
        TestTar tar = TestLayouts.kept(lying).edit("manifest.json", text -> text.replace(APP, other));
        refusedWhileItFlows(layout(tar), "layer 2", "content");
    }

    @Test
    void oneBlobCannotBeTwoLayers() throws IOException {
        TestImage twice = TestImage.of("same", "same").named("a:1");
        String other = Sha256.of(TestImage.layer("other"));
        String text = twice.configText();
        int last = text.lastIndexOf(Sha256.of(TestImage.layer("same")));
        TestImage lying = twice.withConfig(text.substring(0, last) + other + text.substring(last + other.length()));
        refusedAtOnce(layout(TestLayouts.kept(lying)), "is said to be layer");
        assertEquals(told(twice), told(documents(layout(TestLayouts.kept(twice)))), "the same layer twice is fine");
    }

    @Test
    void aLinkIsRefused() throws IOException {
        Path layout = layout(TestLayouts.kept(SHOP));
        Path blob = layout.resolve(app(layout));
        Path elsewhere = directory.resolve("elsewhere");
        Files.move(blob, elsewhere);
        Files.createSymbolicLink(blob, elsewhere);
        refusedAtOnce(layout, "is a link");
    }

    @Test
    void documentsThatAreTooLargeAreRefused() throws IOException {
        Path layout = layout(TestLayouts.kept(SHOP));
        ArchiveLimits small = TestArchives.json(200);
        assertThrows(ArchiveException.class, () -> LayoutDocuments.read(layout, small));
        ArchiveLimits few = TestArchives.entries(3);
        assertThrows(ArchiveException.class, () -> LayoutDocuments.read(layout, few));
    }

    @Test
    void aBombIsStoppedWhileItFlows() throws IOException {
        byte[] zeros = new TestTar().file("zeros", new byte[8 << 20]).bytes();
        Path layout = layout(
                TestLayouts.kept(TestImage.onPlatform("amd64", List.of(zeros)).named("a:1")));
        ImageArchive archive = documents(layout);
        ArchiveLimits tight = TestArchives.totalBytes(1 << 20);
        List<Item> items =
                List.of(new Item(archive.roots().get(0), archive.images().get(0), null));
        for (Layout kind : Layout.values()) {
            ArchiveException refused =
                    assertThrows(ArchiveException.class, () -> bytes(new EngineArchive(items, kind, tight), layout));
            assertTrue(refused.getMessage().contains("bigger than"), refused.getMessage());
        }
    }
}
