package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.read;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.told;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.engine.Platform;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Sound archives of every layout. */
class ImageArchiveTest {

    @TempDir
    Path directory;

    /** Writes images as an archive. */
    interface Layout {
        TestTar of(TestImage... images);
    }

    static Stream<Named<Layout>> layouts() {
        return Stream.of(
                Named.of("Docker up to 24", TestLayouts::legacyDocker),
                Named.of("Docker from 25 on", TestLayouts::docker25),
                Named.of("containerd store", TestLayouts::containerdStore),
                Named.of("podman and skopeo docker-archive", TestLayouts::podman),
                Named.of("skopeo oci-archive", TestLayouts::ociArchive));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void tellsReferencesConfigPlatformAndDiffIds(Layout layout) throws IOException {
        TestImage shop = TestImage.of("base", "app").named("shop:1");

        ImageArchive archive = read(layout.of(shop));

        assertEquals(told(shop), told(archive));
        assertEquals(List.of(Reference.parse("shop:1")), archive.references());
        assertEquals(List.of(), archive.notInIndex());
        ArchivedImage image = archive.images().get(0);
        assertArrayEquals(shop.config(), image.configBytes());
        assertEquals(
                "/bin/app", image.config().path("config").path("Cmd").path(0).asText());
        assertEquals("/bin/app", image.command());
        assertEquals("", image.created());
        assertEquals(
                List.of(2048L, 2048L),
                image.layers().stream().map(ArchivedLayer::size).toList());
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void severalImagesMayShareLayersInAnyPlace(Layout layout) throws IOException {
        TestImage shop = TestImage.of("base", "app").named("shop:1");
        TestImage database = TestImage.of("base", "data", "app").named("registry.acme.com:5000/db:2");
        TestImage base = TestImage.of("base").named("base:latest");

        assertEquals(told(shop, database, base), told(read(layout.of(shop, database, base))));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void oneLayerMayBeInAnImageTwice(Layout layout) throws IOException {
        TestImage twice = TestImage.of("same", "other", "same").named("twice:1");

        assertEquals(told(twice), told(read(layout.of(twice))));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void anImageMayHaveNoReference(Layout layout) throws IOException {
        TestImage nameless = TestImage.of("base");

        ImageArchive archive = read(layout.of(nameless));

        assertEquals(told(nameless), told(archive));
        assertEquals(List.of(), archive.references());
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void orderPrefixesAndDirectoryEntriesDoNotMatter(Layout layout) throws IOException {
        TestImage shop = TestImage.of("base", "app").named("shop:1");

        assertEquals(told(shop), told(read(layout.of(shop).reverse())));
        assertEquals(told(shop), told(read(layout.of(shop).withoutDirectories())));
        assertEquals(told(shop), told(read(layout.of(shop).rename(name -> "./" + name))));
    }

    @ParameterizedTest
    @EnumSource
    void theWholeMayBeCompressed(Compression compression) throws IOException {
        TestImage shop = TestImage.of("base", "app").named("shop:1");
        byte[] bytes = TestLayouts.compressed(
                compression, TestLayouts.legacyDocker(shop).bytes());
        Path file = Files.write(directory.resolve("any name"), bytes);

        assertEquals(told(shop), told(read(bytes)));
        assertEquals(told(shop), told(ImageArchive.read(file, LIMITS)));
    }

    @ParameterizedTest
    @EnumSource
    void layersMayBeCompressed(Compression compression) throws IOException {
        TestImage shop = TestImage.of("base").named("shop:1");
        byte[] layer = TestLayouts.compressed(compression, shop.layers().get(0));
        TestTar tar = new TestTar()
                .file("config.json", shop.config())
                .file("layer", layer)
                .file(
                        "manifest.json",
                        "[" + TestLayouts.manifestEntry("config.json", shop.references(), List.of("layer")) + "]");

        ImageArchive archive = read(tar);

        assertEquals(told(shop), told(archive));
        Blob blob = archive.images().get(0).layers().get(0).blob();
        assertEquals(compression, blob.compression());
        assertEquals(Sha256.of(layer), blob.digest());
        assertEquals(layer.length, blob.size());
        assertEquals(shop.layers().get(0).length, blob.plainSize());
    }

    @Test
    void oneImageMayHaveSeveralReferences() throws IOException {
        TestImage shop = TestImage.of("base").named("shop:1", "shop:latest", "localhost:5000/shop:1");

        assertEquals(told(shop), told(read(TestLayouts.legacyDocker(shop))));
        List<Reference> references =
                List.copyOf(read(TestLayouts.docker25(shop)).references());
        assertEquals(shop.parsedReferences().size(), references.size(), references::toString);
        assertEquals(Set.copyOf(shop.parsedReferences()), Set.copyOf(references));
        assertEquals(1, read(TestLayouts.docker25(shop)).roots().size());
        assertEquals(1, read(TestLayouts.containerdStore(shop)).roots().size());
    }

    @Test
    void theSameImageListedTwiceIsOneImageWithBothReferences() throws IOException {
        TestImage one = TestImage.of("base").named("shop:1");
        TestTar tar = TestLayouts.podman(one);
        String entry = tar.text("manifest.json").replace("[{", "{").replace("}]", "}");
        tar.replace("manifest.json", "[" + entry + "," + entry.replace("shop:1", "shop:2") + "," + entry + "]");

        ImageArchive archive = read(tar);

        assertEquals(1, archive.roots().size());
        assertEquals(List.of(Reference.parse("shop:1"), Reference.parse("shop:2")), archive.references());
    }

    @Test
    void anImageOfTheContainerdStoreKeepsItsIndexAndItsAttestations() throws IOException {
        TestImage shop = TestImage.of("base").named("shop:1");

        ArchivedRoot root = read(TestLayouts.containerdStore(shop)).roots().get(0);

        assertNotNull(root.index());
        String index = new String(root.index().json());
        assertTrue(index.contains("s390x"), index);
        assertTrue(index.contains("attestation-manifest"), index);
        List<String> documents =
                root.documents().stream().map(blob -> new String(blob.json())).toList();
        assertTrue(documents.stream().anyMatch(json -> json.contains("in-toto")), documents::toString);
        assertTrue(
                documents.stream().anyMatch(json -> json.contains("application/vnd.oci.image.config.v1+json")),
                documents::toString);
        assertEquals(1, root.images().size());
        assertEquals(
                Compression.GZIP, root.images().get(0).layers().get(0).blob().compression());
    }

    @Test
    void tellsEveryPlatformOfAnIndexThatIsThere() throws IOException {
        TestImage amd = TestImage.onPlatform("amd64", List.of(TestImage.layer("amd")));
        TestImage arm = TestImage.onPlatform("arm64", List.of(TestImage.layer("arm")));

        ImageArchive archive = read(TestLayouts.severalPlatforms("shop:1", amd, arm));

        assertEquals(1, archive.roots().size());
        assertEquals(
                List.of(Platform.parse("linux/amd64"), Platform.parse("linux/arm64/v8")),
                archive.images().stream().map(ArchivedImage::platform).toList());
        ArchivedRoot root = archive.roots().get(0);
        assertEquals(
                arm.diffIds(), root.forPlatform(Platform.parse("linux/arm64")).diffIds());
        assertNull(root.forPlatform(Platform.parse("linux/s390x")));
        assertEquals(2, root.only(List.of()).images().size());
        assertEquals(
                List.of(), root.only(List.of(Platform.parse("linux/s390x"))).images());
        ArchivedRoot onlyArm = root.only(List.of(Platform.parse("linux/arm64/v8")));
        assertEquals(
                List.of(arm.configDigest()),
                onlyArm.images().stream().map(ArchivedImage::configDigest).toList());
        assertEquals(List.of(Reference.parse("shop:1")), onlyArm.references());
        assertNull(onlyArm.index());
        assertNotNull(onlyArm.forPlatform(Platform.parse("linux/s390x")), "the only one there is");
    }

    @Test
    void anImageThatDockerLeftOutOfIndexJsonIsTold() throws IOException {
        // moby issue 51389: an image saved by ID beside a tagged one
        TestImage tagged = TestImage.of("base", "app").named("shop:1");
        TestImage byId = TestImage.of("base");
        TestLayouts.Oci oci = new TestLayouts.Oci(plain -> plain);
        oci.image(tagged);
        String index = oci.tar().text("index.json");
        oci.image(byId);
        TestTar tar = oci.tar().replace("index.json", index).file("manifest.json", oci.dockerManifest());

        ImageArchive archive = read(tar);

        assertEquals(told(tagged, byId), told(archive));
        assertEquals(List.of(byId.configDigest()), archive.notInIndex());
    }

    @Test
    void aNameOfTheContainerdStoreForAnImageWithoutIsNoReference() throws IOException {
        TestImage nameless = TestImage.of("base");
        TestTar tar = TestLayouts.ociArchive(nameless.named("x:1"));
        tar.edit(
                "index.json",
                json -> json.replace(
                        "\"org.opencontainers.image.ref.name\":\"x:1\"",
                        "\"io.containerd.image.name\":\"moby-dangling@sha256:" + "0".repeat(64) + "\""));

        assertEquals(told(nameless), told(read(tar)));
    }

    @Test
    void aTagAloneInAnOciLayoutIsNoReference() throws IOException {
        TestImage nameless = TestImage.of("base");
        TestTar tar = TestLayouts.ociArchive(nameless.named("x:1"));
        tar.edit("index.json", json -> json.replace("\"x:1\"", "\"latest\""));

        assertEquals(told(nameless), told(read(tar)));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void aDirectoryInOciLayoutReadsLikeItsTar(Layout layout) throws IOException {
        TestImage shop = TestImage.of("base", "app").named("shop:1");
        TestTar tar = layout.of(shop);
        if (tar.has("oci-layout")) {
            tar.unpack(directory);

            assertEquals(told(shop), told(ImageArchive.read(directory, LIMITS)));
        }
    }

    @Test
    void aDirectoryMayBeReachedThroughALink() throws IOException {
        TestImage shop = TestImage.of("base", "app").named("shop:1");
        TestLayouts.ociArchive(shop).unpack(Files.createDirectory(directory.resolve("real")));
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("real"));

        assertEquals(told(shop), told(ImageArchive.read(link, LIMITS)));
    }

    @Test
    void anImageMayHaveNoLayers() throws IOException {
        TestImage empty = TestImage.of().named("empty:1");

        assertEquals(told(empty), told(read(TestLayouts.docker25(empty))));
    }

    @Test
    void hardLinksAndChainsOfLinksLeadToTheirLayer() throws IOException {
        TestImage shop = TestImage.of("base").named("shop:1");
        TestTar tar = new TestTar()
                .symbolicLink("a/layer.tar", "../b/layer.tar")
                .hardLink("b/layer.tar", "c/layer.tar")
                .file("c/layer.tar", shop.layers().get(0))
                .file("config.json", shop.config())
                .file(
                        "manifest.json",
                        "[" + TestLayouts.manifestEntry("config.json", shop.references(), List.of("a/layer.tar"))
                                + "]");

        assertEquals(told(shop), told(read(tar)));
    }

    @Test
    void readsAStreamToItsEndAndLeavesItOpen() throws IOException {
        AtomicBoolean closed = new AtomicBoolean();
        InputStream stream =
                new ByteArrayInputStream(
                        TestLayouts.docker25(TestImage.of("base").named("shop:1"))
                                .bytes()) {
                    @Override
                    public void close() {
                        closed.set(true);
                    }
                };

        ImageArchive.read(stream, LIMITS);

        assertEquals(-1, stream.read());
        assertFalse(closed.get());
    }

    @Test
    void anImageTellsWhatItRunsAndWhenItWasMade() throws IOException {
        TestImage shop = TestImage.of("base");
        String config = shop.configText()
                .replace(
                        "\"Cmd\":[\"/bin/app\"]",
                        "\"Entrypoint\":[\"/bin/sh\",\"-c\"],\"Cmd\":[\"" + "x".repeat(2000) + "\"]")
                .replaceFirst("\\{", "{\"created\":\"2026-01-01T00:00:00Z\",");
        ArchivedImage image =
                read(TestLayouts.docker25(shop.withConfig(config))).images().get(0);
        assertEquals("/bin/sh -c " + "x".repeat(989) + "...", image.command());
        assertEquals("2026-01-01T00:00:00Z", image.created());
    }
}
