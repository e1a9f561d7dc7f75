package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.read;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.told;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.blobName;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import io.jenkins.plugins.dockerarchive.image.EngineArchive.Item;
import io.jenkins.plugins.dockerarchive.image.EngineArchive.Layout;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class EngineArchiveTest {

    private static final TestImage SHOP = TestImage.of("base", "app").named("shop:1");
    private static final TestImage DATABASE = TestImage.of("base", "data").named("db:2");

    @TempDir
    Path directory;

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    private Path file(TestTar tar) throws IOException {
        return tar.write(directory.resolve("archive.tar"));
    }

    private static Item item(ArchivedRoot root, String name) {
        return new Item(root, root.images().get(0), name == null ? null : Reference.parse(name));
    }

    private static byte[] bytes(EngineArchive archive, Path source) throws IOException {
        try (InputStream in = archive.open(source)) {
            return in.readAllBytes();
        }
    }

    private static Map<String, byte[]> entries(byte[] tar) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (TarArchiveInputStream in = new TarArchiveInputStream(new ByteArrayInputStream(tar))) {
            for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                assertNull(entries.put(entry.getName(), in.readAllBytes()), entry.getName());
            }
        }
        return entries;
    }

    private static JsonNode json(byte[] bytes) throws IOException {
        return new ObjectMapper().readTree(bytes);
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void theSameImagesReadBackFromWhatADockerEngineGets(ImageArchiveTest.Layout layout) throws IOException {
        Path source = file(layout.of(SHOP, DATABASE));
        List<ArchivedRoot> roots = ImageArchive.read(source, LIMITS).roots();

        byte[] tar = bytes(
                new EngineArchive(
                        List.of(item(roots.get(0), "shop:1"), item(roots.get(1), "db:2")), Layout.DOCKER, LIMITS),
                source);

        assertEquals(told(SHOP, DATABASE), told(read(tar)));
        Set<String> names = entries(tar).keySet();
        assertTrue(names.contains("manifest.json"), names.toString());
        assertTrue(Collections.disjoint(names, Set.of("index.json", "oci-layout", "repositories")), names.toString());
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void theSameImagesReadBackFromWhatTheContainerdStoreGets(ImageArchiveTest.Layout layout) throws IOException {
        Path source = file(layout.of(SHOP, DATABASE));
        List<ArchivedRoot> roots = ImageArchive.read(source, LIMITS).roots();

        byte[] tar = bytes(
                new EngineArchive(
                        List.of(item(roots.get(0), "shop:1"), item(roots.get(1), "db:2")), Layout.OCI, LIMITS),
                source);

        assertEquals(told(SHOP, DATABASE), told(read(tar)));
        Set<String> names = entries(tar).keySet();
        assertTrue(names.containsAll(Set.of("index.json", "oci-layout")), names.toString());
        assertFalse(names.contains("manifest.json"), names.toString());
    }

    @ParameterizedTest
    @EnumSource
    void nothingGoesInButTheWantedImageUnderTheWantedName(Layout layout) throws IOException {
        TestTar tar = TestLayouts.docker25(SHOP, DATABASE)
                .file("README", "more than an image")
                .file("evil.tar", "evil");
        Path source = file(tar);
        ArchivedRoot database = ImageArchive.read(source, LIMITS).roots().get(1);

        byte[] outgoing =
                bytes(new EngineArchive(List.of(item(database, "staging.local/x:1")), layout, LIMITS), source);

        assertEquals(told(DATABASE.named("staging.local/x:1")), told(read(outgoing)));
        Set<String> names = entries(outgoing).keySet();
        List<String> unwanted = List.of(
                "README",
                "evil.tar",
                blobName(SHOP.configDigest()),
                blobName(SHOP.diffIds().get(1)));
        assertTrue(Collections.disjoint(names, unwanted), names.toString());
    }

    @ParameterizedTest
    @EnumSource
    void anImageMayGoInWithoutAName(Layout layout) throws IOException {
        Path source = file(TestLayouts.legacyDocker(SHOP));
        ArchivedRoot shop = ImageArchive.read(source, LIMITS).roots().get(0);

        byte[] outgoing = bytes(new EngineArchive(List.of(item(shop, null)), layout, LIMITS), source);

        assertEquals(told(SHOP.named()), told(read(outgoing)));
    }

    @Test
    void namesAreWrittenWithTheirRegistrySoThatNoEngineGuesses() throws IOException {
        Path source = file(TestLayouts.legacyDocker(SHOP));
        ArchivedRoot shop = ImageArchive.read(source, LIMITS).roots().get(0);
        List<Item> items = List.of(item(shop, "shop:1"));

        JsonNode manifest = json(entries(bytes(new EngineArchive(items, Layout.DOCKER, LIMITS), source))
                .get("manifest.json"));
        JsonNode index = json(entries(bytes(new EngineArchive(items, Layout.OCI, LIMITS), source))
                .get("index.json"));

        assertEquals(
                "[\"docker.io/library/shop:1\"]",
                manifest.path(0).path("RepoTags").toString());
        assertEquals(
                "docker.io/library/shop:1",
                index.path("manifests")
                        .path(0)
                        .path("annotations")
                        .path("io.containerd.image.name")
                        .asText());
        assertEquals(
                "1",
                index.path("manifests")
                        .path(0)
                        .path("annotations")
                        .path("org.opencontainers.image.ref.name")
                        .asText());
    }

    @ParameterizedTest
    @EnumSource
    void documentsComeFirstAndParentsBeforeWhatIsInThem(Layout layout) throws IOException {
        Path source = file(TestLayouts.legacyDocker(SHOP, DATABASE));
        ArchivedRoot shop = ImageArchive.read(source, LIMITS).roots().get(0);

        List<String> names =
                new ArrayList<>(entries(bytes(new EngineArchive(List.of(item(shop, "shop:1")), layout, LIMITS), source))
                        .keySet());

        assertEquals(List.of("blobs/", "blobs/sha256/"), names.subList(0, 2));
        assertEquals(
                SHOP.diffIds().stream().map(TestLayouts::blobName).sorted().toList(),
                names.subList(names.size() - 2, names.size()).stream().sorted().toList());
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void aGraphDriverGetsPlainLayers(Compression compression) throws IOException {
        Path source = file(withCompressedLayer(compression));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);

        Map<String, byte[]> entries =
                entries(bytes(new EngineArchive(List.of(item(root, "one:1")), Layout.DOCKER, LIMITS), source));

        byte[] plain = TestImage.layer("base");
        assertArrayEquals(plain, entries.get(blobName(Sha256.of(plain))));
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void theContainerdStoreGetsLayersAsTheyAreWhereOciKnowsTheirCompression(Compression compression)
            throws IOException {
        Path source = file(withCompressedLayer(compression));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);

        byte[] tar = bytes(new EngineArchive(List.of(item(root, "one:1")), Layout.OCI, LIMITS), source);

        boolean known = compression != Compression.BZIP2 && compression != Compression.XZ;
        byte[] layer = TestImage.layer("base");
        byte[] expected = known ? TestLayouts.compressed(compression, layer) : layer;
        assertArrayEquals(expected, entries(tar).get(blobName(Sha256.of(expected))));
        ArchivedImage image = read(tar).images().get(0);
        assertEquals(List.of(Sha256.of(layer)), image.diffIds());
        String suffix = !known || compression == Compression.NONE
                ? ""
                : "+" + compression.name().toLowerCase();
        assertEquals(
                "application/vnd.oci.image.layer.v1.tar" + suffix,
                json(image.manifest().json())
                        .path("layers")
                        .path(0)
                        .path("mediaType")
                        .asText());
    }

    private static TestTar withCompressedLayer(Compression compression) {
        TestImage image = TestImage.of("base");
        return new TestTar()
                .file("config.json", image.config())
                .file(
                        "layer",
                        TestLayouts.compressed(compression, image.layers().get(0)))
                .file(
                        "manifest.json",
                        "[" + TestLayouts.manifestEntry("config.json", List.of(), List.of("layer")) + "]");
    }

    @Test
    void theContainerdStoreGetsTheOriginalManifestSoThatTheIdStays() throws IOException {
        TestTar tar = TestLayouts.ociArchive(SHOP);
        Path source = file(tar);
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        Item item = item(root, "shop:1");
        EngineArchive archive = new EngineArchive(List.of(item), Layout.OCI, LIMITS);

        Map<String, byte[]> entries = entries(bytes(archive, source));

        String digest = root.images().get(0).manifest().digest();
        assertEquals(digest, archive.imageId(item));
        assertArrayEquals(tar.content(blobName(digest)), entries.get(blobName(digest)));
    }

    @Test
    void theContainerdStoreGetsAllPlatformsByTheOriginalIndex() throws IOException {
        TestImage amd = TestImage.onPlatform("amd64", List.of(TestImage.layer("amd")));
        TestImage arm = TestImage.onPlatform("arm64", List.of(TestImage.layer("arm")));
        Path source = file(TestLayouts.severalPlatforms("shop:1", amd, arm));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        Item all = new Item(root, null, Reference.parse("shop:1"));
        EngineArchive archive = new EngineArchive(List.of(all), Layout.OCI, LIMITS);

        ImageArchive back = read(bytes(archive, source));

        assertEquals(root.index().digest(), archive.imageId(all));
        assertEquals(
                List.of(Platform.parse("linux/amd64"), Platform.parse("linux/arm64/v8")),
                back.images().stream().map(ArchivedImage::platform).toList());
        assertEquals(root.index().digest(), back.roots().get(0).index().digest());
    }

    @Test
    void attestationsGoWithTheImageTheyAreAbout() throws IOException {
        Path source = file(TestLayouts.containerdStore(SHOP));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        EngineArchive archive =
                new EngineArchive(List.of(new Item(root, null, Reference.parse("shop:1"))), Layout.OCI, LIMITS);

        ArchivedRoot back = read(bytes(archive, source)).roots().get(0);

        assertEquals(
                root.documents().stream().map(Blob::digest).sorted().toList(),
                back.documents().stream().map(Blob::digest).sorted().toList());
    }

    @Test
    void onePlatformOfSeveralGoesInAlone() throws IOException {
        TestImage amd = TestImage.onPlatform("amd64", List.of(TestImage.layer("amd")));
        TestImage arm = TestImage.onPlatform("arm64", List.of(TestImage.layer("arm")));
        Path source = file(TestLayouts.severalPlatforms("shop:1", amd, arm));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        Item one = new Item(root, root.images().get(1), Reference.parse("shop:1"));

        for (Layout layout : Layout.values()) {
            ImageArchive back = read(bytes(new EngineArchive(List.of(one), layout, LIMITS), source));
            assertEquals(
                    List.of(arm.configDigest()),
                    back.images().stream().map(ArchivedImage::configDigest).toList());
        }
    }

    @Test
    void theIdOfAGraphDriverIsTheDigestOfTheConfig() throws IOException {
        Path source = file(TestLayouts.ociArchive(SHOP));
        Item item = item(ImageArchive.read(source, LIMITS).roots().get(0), "shop:1");

        assertEquals(SHOP.configDigest(), new EngineArchive(List.of(item), Layout.DOCKER, LIMITS).imageId(item));
    }

    @ParameterizedTest
    @EnumSource
    void aLayerGoesInOnceHoweverManyImagesAndEntriesHaveIt(Layout layout) throws IOException {
        TestImage twice = TestImage.of("same", "same").named("twice:1");
        TestTar tar = new TestTar()
                .file("a", twice.layers().get(0))
                .file("b", twice.layers().get(0))
                .file("config.json", twice.config())
                .file(
                        "manifest.json",
                        "[" + TestLayouts.manifestEntry("config.json", twice.references(), List.of("a", "b")) + "]");
        Path source = file(tar);
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        EngineArchive archive = new EngineArchive(List.of(item(root, "a:1"), item(root, "b:1")), layout, LIMITS);

        byte[] outgoing = bytes(archive, source);

        assertTrue(entries(outgoing).containsKey(blobName(twice.diffIds().get(0))));
        assertEquals(twice.diffIds(), read(outgoing).images().get(0).diffIds());
        assertEquals(
                Stream.of("a:1", "b:1")
                        .map(name -> Reference.parse(name).toString())
                        .sorted()
                        .toList(),
                read(outgoing).references().stream()
                        .map(Reference::toString)
                        .sorted()
                        .toList());
        assertTrue(
                Math.abs(archive.size() - outgoing.length) <= 4096,
                () -> archive.size() + " is not about " + outgoing.length);
    }

    @ParameterizedTest
    @EnumSource
    void itCanBeReadMoreThanOnceAndFromADirectory(Layout layout) throws IOException {
        TestLayouts.ociArchive(SHOP).unpack(directory.resolve("layout"));
        Path source = directory.resolve("layout");
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        EngineArchive archive = new EngineArchive(List.of(item(root, "shop:1")), layout, LIMITS);

        byte[] first = bytes(archive, source);

        assertEquals(told(SHOP), told(read(first)));
        assertArrayEquals(first, bytes(archive, source));
    }

    @Test
    void theSourceMayBeCompressed() throws IOException {
        byte[] tar = TestLayouts.legacyDocker(SHOP).bytes();
        Path source = Files.write(directory.resolve("a.tar.zst"), TestLayouts.compressed(Compression.ZSTD, tar));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);

        byte[] outgoing = bytes(new EngineArchive(List.of(item(root, "shop:1")), Layout.DOCKER, LIMITS), source);

        assertEquals(told(SHOP), told(read(outgoing)));
    }

    @ParameterizedTest
    @EnumSource
    void noticesALayerThatChangedSinceItWasVerified(Layout layout) throws IOException {
        for (TestTar tar : List.of(TestLayouts.podman(SHOP), withCompressedLayer(Compression.GZIP))) {
            Path source = file(tar);
            ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
            EngineArchive archive = new EngineArchive(List.of(item(root, "shop:1")), layout, LIMITS);
            String layer =
                    tar.has("layer") ? "layer" : Sha256.hex(SHOP.diffIds().get(1)) + ".tar";
            byte[] sameLength = tar.content(layer).clone();
            sameLength[sameLength.length / 3] ^= 1;

            for (byte[] changed : List.of(sameLength, new byte[] {1}, TestImage.layer("x", 100_000))) {
                file(tar.copy().replace(layer, changed));
                assertThrows(ArchiveException.class, () -> bytes(archive, source));
            }
            file(tar.copy().without(layer));
            ArchiveException e = assertThrows(ArchiveException.class, () -> bytes(archive, source));
            assertEquals("it was changed while it was read", e.getMessage());
        }
    }

    @Test
    void noticesASourceThatWasCutSinceItWasVerified() throws IOException {
        Path source = file(TestLayouts.podman(SHOP));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        EngineArchive archive = new EngineArchive(List.of(item(root, "shop:1")), Layout.DOCKER, LIMITS);
        byte[] whole = Files.readAllBytes(source);

        Files.write(source, java.util.Arrays.copyOf(whole, whole.length - 1024));

        ArchiveException e = assertThrows(ArchiveException.class, () -> bytes(archive, source));
        assertTrue(e.getMessage().contains("it is cut short"), e.getMessage());
    }

    @Test
    void closingHalfWayClosesTheSource() throws IOException {
        Path source = file(TestLayouts.podman(SHOP));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        InputStream in = new EngineArchive(List.of(item(root, "shop:1")), Layout.DOCKER, LIMITS).open(source);

        assertEquals(5000, in.readNBytes(5000).length);
        in.close();

        assertThrows(IOException.class, in::readAllBytes);
    }

    @Test
    void anInterruptStopsIt() throws IOException {
        Path source = file(TestLayouts.podman(SHOP));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);

        try (InputStream in = new EngineArchive(List.of(item(root, "shop:1")), Layout.DOCKER, LIMITS).open(source)) {
            assertEquals('b', in.read());
            Thread.currentThread().interrupt();
            assertThrows(InterruptedIOException.class, in::read);
        }
    }

    @Test
    void readsBackWhateverTheSizeOfTheReads() throws IOException {
        Path source = file(TestLayouts.podman(SHOP));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        EngineArchive archive = new EngineArchive(List.of(item(root, "shop:1")), Layout.DOCKER, LIMITS);
        byte[] whole = bytes(archive, source);

        try (InputStream in = archive.open(source)) {
            byte[] odd = new byte[7];
            int at = 0;
            for (int read = in.read(odd); read >= 0; read = in.read(odd)) {
                assertTrue(read > 0, "bytes read: " + read);
                assertArrayEquals(
                        java.util.Arrays.copyOfRange(whole, at, at + read), java.util.Arrays.copyOf(odd, read));
                at += read;
            }
            assertEquals(whole.length, at);
            assertEquals(-1, in.read());
        }
    }
}
