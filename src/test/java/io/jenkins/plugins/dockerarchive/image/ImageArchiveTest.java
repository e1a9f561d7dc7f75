package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.read;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.told;
import static org.assertj.core.api.Assertions.assertThat;

import io.jenkins.plugins.dockerarchive.engine.Platform;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

        assertThat(told(archive)).isEqualTo(told(shop));
        assertThat(archive.references()).containsExactly(Reference.parse("shop:1"));
        assertThat(archive.notInIndex()).isEmpty();
        ArchivedImage image = archive.images().get(0);
        assertThat(image.configBytes()).isEqualTo(shop.config());
        assertThat(image.config().path("config").path("Cmd").path(0).asText()).isEqualTo("/bin/app");
        assertThat(image.layers()).extracting(ArchivedLayer::size).containsExactly(2048L, 2048L);
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void severalImagesMayShareLayersInAnyPlace(Layout layout) throws IOException {
        TestImage shop = TestImage.of("base", "app").named("shop:1");
        TestImage database = TestImage.of("base", "data", "app").named("registry.acme.com:5000/db:2");
        TestImage base = TestImage.of("base").named("base:latest");

        assertThat(told(read(layout.of(shop, database, base)))).isEqualTo(told(shop, database, base));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void oneLayerMayBeInAnImageTwice(Layout layout) throws IOException {
        TestImage twice = TestImage.of("same", "other", "same").named("twice:1");

        assertThat(told(read(layout.of(twice)))).isEqualTo(told(twice));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void anImageMayHaveNoReference(Layout layout) throws IOException {
        TestImage nameless = TestImage.of("base");

        ImageArchive archive = read(layout.of(nameless));

        assertThat(told(archive)).isEqualTo(told(nameless));
        assertThat(archive.references()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void orderPrefixesAndDirectoryEntriesDoNotMatter(Layout layout) throws IOException {
        TestImage shop = TestImage.of("base", "app").named("shop:1");

        assertThat(told(read(layout.of(shop).reverse()))).isEqualTo(told(shop));
        assertThat(told(read(layout.of(shop).withoutDirectories()))).isEqualTo(told(shop));
        assertThat(told(read(layout.of(shop).rename(name -> "./" + name)))).isEqualTo(told(shop));
    }

    @ParameterizedTest
    @EnumSource
    void theWholeMayBeCompressed(Compression compression) throws IOException {
        TestImage shop = TestImage.of("base", "app").named("shop:1");
        byte[] bytes = TestLayouts.compressed(compression, TestLayouts.legacyDocker(shop).bytes());
        Path file = Files.write(directory.resolve("any name"), bytes);

        assertThat(told(read(bytes))).isEqualTo(told(shop));
        assertThat(told(ImageArchive.read(file, LIMITS))).isEqualTo(told(shop));
    }

    @ParameterizedTest
    @EnumSource
    void layersMayBeCompressed(Compression compression) throws IOException {
        TestImage shop = TestImage.of("base").named("shop:1");
        byte[] layer = TestLayouts.compressed(compression, shop.layers().get(0));
        TestTar tar = new TestTar()
                .file("config.json", shop.config())
                .file("layer", layer)
                .file("manifest.json", "[" + TestLayouts.manifestEntry("config.json", shop.references(), List.of("layer")) + "]");

        ImageArchive archive = read(tar);

        assertThat(told(archive)).isEqualTo(told(shop));
        Blob blob = archive.images().get(0).layers().get(0).blob();
        assertThat(blob.compression()).isEqualTo(compression);
        assertThat(blob.digest()).isEqualTo(Sha256.of(layer));
        assertThat(blob.size()).isEqualTo(layer.length);
        assertThat(blob.plainSize()).isEqualTo(shop.layers().get(0).length);
    }

    @Test
    void oneImageMayHaveSeveralReferences() throws IOException {
        TestImage shop = TestImage.of("base").named("shop:1", "shop:latest", "localhost:5000/shop:1");

        assertThat(told(read(TestLayouts.legacyDocker(shop)))).isEqualTo(told(shop));
        assertThat(read(TestLayouts.docker25(shop)).references()).containsExactlyInAnyOrderElementsOf(shop.parsedReferences());
        assertThat(read(TestLayouts.docker25(shop)).roots()).hasSize(1);
        assertThat(read(TestLayouts.containerdStore(shop)).roots()).hasSize(1);
    }

    @Test
    void theSameImageListedTwiceIsOneImageWithBothReferences() throws IOException {
        TestImage one = TestImage.of("base").named("shop:1");
        TestTar tar = TestLayouts.podman(one);
        String entry = tar.text("manifest.json").replace("[{", "{").replace("}]", "}");
        tar.replace("manifest.json", "[" + entry + "," + entry.replace("shop:1", "shop:2") + "," + entry + "]");

        ImageArchive archive = read(tar);

        assertThat(archive.roots()).hasSize(1);
        assertThat(archive.references()).containsExactly(Reference.parse("shop:1"), Reference.parse("shop:2"));
    }

    @Test
    void anImageOfTheContainerdStoreKeepsItsIndexAndItsAttestations() throws IOException {
        TestImage shop = TestImage.of("base").named("shop:1");

        ArchivedRoot root = read(TestLayouts.containerdStore(shop)).roots().get(0);

        assertThat(root.index()).isNotNull();
        assertThat(new String(root.index().json())).contains("s390x").contains("attestation-manifest");
        assertThat(root.documents())
                .extracting(blob -> new String(blob.json()))
                .anySatisfy(json -> assertThat(json).contains("in-toto"))
                .anySatisfy(json -> assertThat(json).contains("application/vnd.oci.image.config.v1+json"));
        assertThat(root.images()).hasSize(1);
        assertThat(root.images().get(0).layers().get(0).blob().compression()).isEqualTo(Compression.GZIP);
    }

    @Test
    void tellsEveryPlatformOfAnIndexThatIsThere() throws IOException {
        TestImage amd = TestImage.onPlatform("amd64", List.of(TestImage.layer("amd")));
        TestImage arm = TestImage.onPlatform("arm64", List.of(TestImage.layer("arm")));

        ImageArchive archive = read(TestLayouts.severalPlatforms("shop:1", amd, arm));

        assertThat(archive.roots()).hasSize(1);
        assertThat(archive.images())
                .extracting(ArchivedImage::platform)
                .containsExactly(Platform.parse("linux/amd64"), Platform.parse("linux/arm64/v8"));
        ArchivedRoot root = archive.roots().get(0);
        assertThat(root.forPlatform(Platform.parse("linux/arm64")).diffIds()).isEqualTo(arm.diffIds());
        assertThat(root.forPlatform(Platform.parse("linux/s390x"))).isNull();
        assertThat(root.only(List.of()).images()).hasSize(2);
        assertThat(root.only(List.of(Platform.parse("linux/s390x"))).images()).isEmpty();
        ArchivedRoot onlyArm = root.only(List.of(Platform.parse("linux/arm64/v8")));
        assertThat(onlyArm.images()).extracting(ArchivedImage::configDigest).containsExactly(arm.configDigest());
        assertThat(onlyArm.references()).containsExactly(Reference.parse("shop:1"));
        assertThat(onlyArm.index()).isNull();
        assertThat(onlyArm.forPlatform(Platform.parse("linux/s390x"))).as("the only one there is").isNotNull();
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

        assertThat(told(archive)).isEqualTo(told(tagged, byId));
        assertThat(archive.notInIndex()).containsExactly(byId.configDigest());
    }

    @Test
    void aNameOfTheContainerdStoreForAnImageWithoutIsNoReference() throws IOException {
        TestImage nameless = TestImage.of("base");
        TestTar tar = TestLayouts.ociArchive(nameless.named("x:1"));
        tar.edit("index.json", json -> json.replace(
                "\"org.opencontainers.image.ref.name\":\"x:1\"",
                "\"io.containerd.image.name\":\"moby-dangling@sha256:" + "0".repeat(64) + "\""));

        assertThat(told(read(tar))).isEqualTo(told(nameless));
    }

    @Test
    void aTagAloneInAnOciLayoutIsNoReference() throws IOException {
        TestImage nameless = TestImage.of("base");
        TestTar tar = TestLayouts.ociArchive(nameless.named("x:1"));
        tar.edit("index.json", json -> json.replace("\"x:1\"", "\"latest\""));

        assertThat(told(read(tar))).isEqualTo(told(nameless));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void aDirectoryInOciLayoutReadsLikeItsTar(Layout layout) throws IOException {
        TestImage shop = TestImage.of("base", "app").named("shop:1");
        TestTar tar = layout.of(shop);
        if (tar.has("oci-layout")) {
            tar.unpack(directory);

            assertThat(told(ImageArchive.read(directory, LIMITS))).isEqualTo(told(shop));
        }
    }

    @Test
    void aDirectoryMayBeReachedThroughALink() throws IOException {
        TestImage shop = TestImage.of("base", "app").named("shop:1");
        TestLayouts.ociArchive(shop).unpack(Files.createDirectory(directory.resolve("real")));
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("real"));

        assertThat(told(ImageArchive.read(link, LIMITS))).isEqualTo(told(shop));
    }

    @Test
    void anImageMayHaveNoLayers() throws IOException {
        TestImage empty = TestImage.of().named("empty:1");

        assertThat(told(read(TestLayouts.docker25(empty)))).isEqualTo(told(empty));
    }

    @Test
    void hardLinksAndChainsOfLinksLeadToTheirLayer() throws IOException {
        TestImage shop = TestImage.of("base").named("shop:1");
        TestTar tar = new TestTar()
                .symbolicLink("a/layer.tar", "../b/layer.tar")
                .hardLink("b/layer.tar", "c/layer.tar")
                .file("c/layer.tar", shop.layers().get(0))
                .file("config.json", shop.config())
                .file("manifest.json", "[" + TestLayouts.manifestEntry("config.json", shop.references(), List.of("a/layer.tar")) + "]");

        assertThat(told(read(tar))).isEqualTo(told(shop));
    }

    @Test
    void readsAStreamToItsEndAndLeavesItOpen() throws IOException {
        AtomicBoolean closed = new AtomicBoolean();
        InputStream stream = new ByteArrayInputStream(TestLayouts.docker25(TestImage.of("base").named("shop:1")).bytes()) {
            @Override
            public void close() {
                closed.set(true);
            }
        };

        ImageArchive.read(stream, LIMITS);

        assertThat(stream.read()).isEqualTo(-1);
        assertThat(closed).isFalse();
    }
}
