package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.read;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.told;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.blobName;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
                assertThat(entries.put(entry.getName(), in.readAllBytes()))
                        .as(entry.getName())
                        .isNull();
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

        assertThat(told(read(tar))).isEqualTo(told(SHOP, DATABASE));
        assertThat(entries(tar))
                .containsKey("manifest.json")
                .doesNotContainKeys("index.json", "oci-layout", "repositories");
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

        assertThat(told(read(tar))).isEqualTo(told(SHOP, DATABASE));
        assertThat(entries(tar)).containsKeys("index.json", "oci-layout").doesNotContainKey("manifest.json");
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

        assertThat(told(read(outgoing))).isEqualTo(told(DATABASE.named("staging.local/x:1")));
        assertThat(entries(outgoing))
                .doesNotContainKeys(
                        "README",
                        "evil.tar",
                        blobName(SHOP.configDigest()),
                        blobName(SHOP.diffIds().get(1)));
    }

    @ParameterizedTest
    @EnumSource
    void anImageMayGoInWithoutAName(Layout layout) throws IOException {
        Path source = file(TestLayouts.legacyDocker(SHOP));
        ArchivedRoot shop = ImageArchive.read(source, LIMITS).roots().get(0);

        byte[] outgoing = bytes(new EngineArchive(List.of(item(shop, null)), layout, LIMITS), source);

        assertThat(told(read(outgoing))).isEqualTo(told(SHOP.named()));
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

        assertThat(manifest.path(0).path("RepoTags").toString()).isEqualTo("[\"docker.io/library/shop:1\"]");
        assertThat(index.path("manifests")
                        .path(0)
                        .path("annotations")
                        .path("io.containerd.image.name")
                        .asText())
                .isEqualTo("docker.io/library/shop:1");
        assertThat(index.path("manifests")
                        .path(0)
                        .path("annotations")
                        .path("org.opencontainers.image.ref.name")
                        .asText())
                .isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource
    void documentsComeFirstAndParentsBeforeWhatIsInThem(Layout layout) throws IOException {
        Path source = file(TestLayouts.legacyDocker(SHOP, DATABASE));
        ArchivedRoot shop = ImageArchive.read(source, LIMITS).roots().get(0);

        List<String> names =
                new ArrayList<>(entries(bytes(new EngineArchive(List.of(item(shop, "shop:1")), layout, LIMITS), source))
                        .keySet());

        assertThat(names.subList(0, 2)).containsExactly("blobs/", "blobs/sha256/");
        assertThat(names.subList(names.size() - 2, names.size()))
                .containsExactlyInAnyOrder(
                        blobName(SHOP.diffIds().get(0)), blobName(SHOP.diffIds().get(1)));
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void aGraphDriverGetsPlainLayers(Compression compression) throws IOException {
        Path source = file(withCompressedLayer(compression));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);

        Map<String, byte[]> entries =
                entries(bytes(new EngineArchive(List.of(item(root, "one:1")), Layout.DOCKER, LIMITS), source));

        byte[] plain = TestImage.layer("base");
        assertThat(entries).containsEntry(blobName(Sha256.of(plain)), plain);
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
        assertThat(entries(tar)).containsEntry(blobName(Sha256.of(expected)), expected);
        ArchivedImage image = read(tar).images().get(0);
        assertThat(image.diffIds()).containsExactly(Sha256.of(layer));
        String suffix = !known || compression == Compression.NONE
                ? ""
                : "+" + compression.name().toLowerCase();
        assertThat(json(image.manifest().json())
                        .path("layers")
                        .path(0)
                        .path("mediaType")
                        .asText())
                .isEqualTo("application/vnd.oci.image.layer.v1.tar" + suffix);
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
        assertThat(archive.imageId(item)).isEqualTo(digest);
        assertThat(entries).containsEntry(blobName(digest), tar.content(blobName(digest)));
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

        assertThat(archive.imageId(all)).isEqualTo(root.index().digest());
        assertThat(back.images())
                .extracting(ArchivedImage::platform)
                .containsExactly(Platform.parse("linux/amd64"), Platform.parse("linux/arm64/v8"));
        assertThat(back.roots().get(0).index().digest()).isEqualTo(root.index().digest());
    }

    @Test
    void attestationsGoWithTheImageTheyAreAbout() throws IOException {
        Path source = file(TestLayouts.containerdStore(SHOP));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        EngineArchive archive =
                new EngineArchive(List.of(new Item(root, null, Reference.parse("shop:1"))), Layout.OCI, LIMITS);

        ArchivedRoot back = read(bytes(archive, source)).roots().get(0);

        assertThat(back.documents())
                .extracting(Blob::digest)
                .containsExactlyInAnyOrderElementsOf(
                        root.documents().stream().map(Blob::digest).toList());
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
            assertThat(back.images()).extracting(ArchivedImage::configDigest).containsExactly(arm.configDigest());
        }
    }

    @Test
    void theIdOfAGraphDriverIsTheDigestOfTheConfig() throws IOException {
        Path source = file(TestLayouts.ociArchive(SHOP));
        Item item = item(ImageArchive.read(source, LIMITS).roots().get(0), "shop:1");

        assertThat(new EngineArchive(List.of(item), Layout.DOCKER, LIMITS).imageId(item))
                .isEqualTo(SHOP.configDigest());
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

        assertThat(entries(outgoing)).containsKey(blobName(twice.diffIds().get(0)));
        assertThat(read(outgoing).images().get(0).diffIds()).isEqualTo(twice.diffIds());
        assertThat(read(outgoing).references())
                .containsExactlyInAnyOrder(Reference.parse("a:1"), Reference.parse("b:1"));
        assertThat(archive.size()).isBetween(outgoing.length - 4096L, outgoing.length + 4096L);
    }

    @ParameterizedTest
    @EnumSource
    void itCanBeReadMoreThanOnceAndFromADirectory(Layout layout) throws IOException {
        TestLayouts.ociArchive(SHOP).unpack(directory.resolve("layout"));
        Path source = directory.resolve("layout");
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        EngineArchive archive = new EngineArchive(List.of(item(root, "shop:1")), layout, LIMITS);

        byte[] first = bytes(archive, source);

        assertThat(told(read(first))).isEqualTo(told(SHOP));
        assertThat(bytes(archive, source)).isEqualTo(first);
    }

    @Test
    void theSourceMayBeCompressed() throws IOException {
        byte[] tar = TestLayouts.legacyDocker(SHOP).bytes();
        Path source = Files.write(directory.resolve("a.tar.zst"), TestLayouts.compressed(Compression.ZSTD, tar));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);

        byte[] outgoing = bytes(new EngineArchive(List.of(item(root, "shop:1")), Layout.DOCKER, LIMITS), source);

        assertThat(told(read(outgoing))).isEqualTo(told(SHOP));
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
                assertThatExceptionOfType(ArchiveException.class).isThrownBy(() -> bytes(archive, source));
            }
            file(tar.copy().without(layer));
            assertThatExceptionOfType(ArchiveException.class)
                    .isThrownBy(() -> bytes(archive, source))
                    .withMessage("it was changed while it was read");
        }
    }

    @Test
    void noticesASourceThatWasCutSinceItWasVerified() throws IOException {
        Path source = file(TestLayouts.podman(SHOP));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        EngineArchive archive = new EngineArchive(List.of(item(root, "shop:1")), Layout.DOCKER, LIMITS);
        byte[] whole = Files.readAllBytes(source);

        Files.write(source, java.util.Arrays.copyOf(whole, whole.length - 1024));

        assertThatExceptionOfType(ArchiveException.class)
                .isThrownBy(() -> bytes(archive, source))
                .withMessageContaining("it is cut short");
    }

    @Test
    void closingHalfWayClosesTheSource() throws IOException {
        Path source = file(TestLayouts.podman(SHOP));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);
        InputStream in = new EngineArchive(List.of(item(root, "shop:1")), Layout.DOCKER, LIMITS).open(source);

        assertThat(in.readNBytes(5000)).hasSize(5000);
        in.close();

        assertThatExceptionOfType(IOException.class).isThrownBy(in::readAllBytes);
    }

    @Test
    void anInterruptStopsIt() throws IOException {
        Path source = file(TestLayouts.podman(SHOP));
        ArchivedRoot root = ImageArchive.read(source, LIMITS).roots().get(0);

        try (InputStream in = new EngineArchive(List.of(item(root, "shop:1")), Layout.DOCKER, LIMITS).open(source)) {
            assertThat(in.read()).isEqualTo('b');
            Thread.currentThread().interrupt();
            assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(in::read);
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
                assertThat(read).isPositive();
                assertThat(odd).startsWith(java.util.Arrays.copyOfRange(whole, at, at + read));
                at += read;
            }
            assertThat(at).isEqualTo(whole.length);
            assertThat(in.read()).isEqualTo(-1);
        }
    }
}
