package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static io.jenkins.plugins.dockerarchive.image.TestArchives.told;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.blobName;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ImageLayoutWriterTest {

    private static final TestImage SHOP = TestImage.of("base", "app").named("shop:1");
    private static final TestImage DATABASE = TestImage.of("base", "data").named("db:2");

    @TempDir
    Path directory;

    private void write(TestTar saved, CompressionChoice choice) throws IOException {
        new ImageLayoutWriter(directory, choice, LIMITS).copy(new ByteArrayInputStream(saved.bytes()));
    }

    private void write(TestTar saved) throws IOException {
        write(saved, CompressionChoice.AUTO);
    }

    private ImageArchive readBack() throws IOException {
        return ImageArchive.read(directory, LIMITS);
    }

    private Set<String> files() throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** Names of the files that index.json, manifests and their descriptors lead to. */
    private Set<String> reachable() throws IOException {
        Set<String> names = new HashSet<>(Set.of("index.json", "manifest.json", "oci-layout"));
        reach(new ObjectMapper().readTree(directory.resolve("index.json").toFile()), names);
        return names;
    }

    private void reach(JsonNode node, Set<String> names) throws IOException {
        for (String field : List.of("manifests", "layers", "config")) {
            JsonNode found = node.path(field);
            for (JsonNode descriptor : found.isArray() ? found : List.of(found)) {
                if (descriptor.has("digest")) {
                    Path blob =
                            directory.resolve(blobName(descriptor.path("digest").asText()));
                    names.add(directory.relativize(blob).toString());
                    if (Files.exists(blob)
                            && descriptor.path("mediaType").asText().matches(".*(manifest|index).*")) {
                        reach(new ObjectMapper().readTree(blob.toFile()), names);
                    }
                }
            }
        }
    }

    private void assertAllReachable() throws IOException {
        Set<String> unreachable = files();
        unreachable.removeAll(reachable());
        assertEquals(Set.of(), unreachable);
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void theLayoutReadsBackAsTheSameImagesAndHoldsNothingElse(ImageArchiveTest.Layout layout) throws IOException {
        write(layout.of(SHOP, DATABASE));

        assertEquals(
                told(SHOP, DATABASE).stream().sorted().toList(),
                told(readBack()).stream().sorted().toList());
        assertEquals(List.of(), readBack().notInIndex());
        assertAllReachable();
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void everyReferenceIsInBothManifests(ImageArchiveTest.Layout layout) throws IOException {
        TestImage image = TestImage.of("base").named("shop:1");
        write(layout.of(image));

        JsonNode docker =
                new ObjectMapper().readTree(directory.resolve("manifest.json").toFile());
        JsonNode index =
                new ObjectMapper().readTree(directory.resolve("index.json").toFile());

        assertEquals("[\"shop:1\"]", docker.path(0).path("RepoTags").toString());
        assertEquals(
                blobName(image.configDigest()), docker.path(0).path("Config").asText());
        assertEquals(
                "docker.io/library/shop:1",
                index.path("manifests")
                        .path(0)
                        .path("annotations")
                        .path("io.containerd.image.name")
                        .asText());
    }

    @ParameterizedTest
    @EnumSource
    void plainLayersAreCompressedAsChosen(CompressionChoice choice) throws IOException {
        write(TestLayouts.docker25(SHOP), choice);

        Compression expected = choice == CompressionChoice.AUTO ? Compression.ZSTD : Compression.valueOf(choice.name());
        assertEquals(told(SHOP), told(readBack()));
        assertEquals(
                Set.of(expected),
                readBack().images().get(0).layers().stream()
                        .map(layer -> layer.blob().compression())
                        .collect(Collectors.toSet()));
        String suffix = expected == Compression.NONE
                ? ""
                : "+" + choice.name().toLowerCase().replace("auto", "zstd");
        assertEquals(
                "application/vnd.oci.image.layer.v1.tar" + suffix,
                new ObjectMapper()
                        .readTree(readBack().images().get(0).manifest().json())
                        .path("layers")
                        .path(0)
                        .path("mediaType")
                        .asText());
    }

    @Test
    void layersThatArriveCompressedAndTheirManifestAreKeptByteForByte() throws IOException {
        TestTar saved = TestLayouts.ociArchive(SHOP);
        write(saved);

        for (byte[] layer : SHOP.layers()) {
            byte[] gzip = TestLayouts.gzip(layer);
            assertArrayEquals(gzip, Files.readAllBytes(directory.resolve(blobName(Sha256.of(gzip)))));
        }
        Blob manifest = readBack().images().get(0).manifest();
        assertArrayEquals(manifest.json(), saved.content(blobName(manifest.digest())));
    }

    @Test
    void anUnchangedIndexIsKeptWithItsAttestations() throws IOException {
        TestTar saved = TestLayouts.containerdStore(SHOP);
        ImageArchive before = TestArchives.read(saved);
        write(saved);

        ArchivedRoot after = readBack().roots().get(0);
        assertEquals(before.roots().get(0).index().digest(), after.index().digest());
        assertEquals(
                before.roots().get(0).documents().stream()
                        .map(Blob::digest)
                        .sorted()
                        .toList(),
                after.documents().stream().map(Blob::digest).sorted().toList());
    }

    @Test
    void severalPlatformsStayTogetherUnderOneReference() throws IOException {
        TestImage amd = TestImage.onPlatform("amd64", List.of(TestImage.layer("amd")));
        TestImage arm = TestImage.onPlatform("arm64", List.of(TestImage.layer("arm")));
        write(TestLayouts.severalPlatforms("shop:1", amd, arm));

        assertEquals(1, readBack().roots().size());
        assertEquals(
                List.of(Platform.parse("linux/amd64"), Platform.parse("linux/arm64/v8")),
                readBack().images().stream().map(ArchivedImage::platform).toList());
        assertAllReachable();
    }

    @Test
    void severalPlatformsWithPlainLayersGetANewIndex() throws IOException {
        TestImage amd = TestImage.onPlatform("amd64", List.of(TestImage.layer("amd")));
        TestImage arm = TestImage.onPlatform("arm64", List.of(TestImage.layer("arm")));
        TestLayouts.Oci oci = new TestLayouts.Oci(plain -> plain);
        String first = oci.descriptor(TestLayouts.MANIFEST, oci.manifest(amd), "");
        String second = oci.descriptor(TestLayouts.MANIFEST, oci.manifest(arm), "");
        oci.top(TestLayouts.INDEX, oci.index(first, second), amd.named("shop:1"));
        write(oci.tar().file("manifest.json", oci.dockerManifest()));

        assertEquals(List.of(Reference.parse("shop:1")), readBack().references());
        assertEquals(
                List.of(amd.configDigest(), arm.configDigest()),
                readBack().images().stream().map(ArchivedImage::configDigest).toList());
        for (ArchivedImage image : readBack().images()) {
            assertEquals(Compression.ZSTD, image.layers().get(0).blob().compression());
        }
    }

    @ParameterizedTest
    @EnumSource
    void layersOfEveryCompressionReadBack(Compression compression) throws IOException {
        TestImage image = TestImage.of("base").named("shop:1");
        TestTar saved = new TestTar()
                .file("config.json", image.config())
                .file(
                        "layer",
                        TestLayouts.compressed(compression, image.layers().get(0)))
                .file(
                        "manifest.json",
                        "[" + TestLayouts.manifestEntry("config.json", image.references(), List.of("layer")) + "]");
        write(saved);

        assertEquals(told(image), told(readBack()));
        assertAllReachable();
        Compression written = readBack().images().get(0).layers().get(0).blob().compression();
        assertTrue(
                Set.of(Compression.NONE, Compression.GZIP, Compression.ZSTD).contains(written),
                () -> "OCI knows no other: " + written);
    }

    @Test
    void sharedLayersAreThereOnce() throws IOException {
        write(TestLayouts.legacyDocker(
                SHOP, DATABASE, TestImage.of("base", "base").named("twice:1")));

        try (Stream<Path> blobs = Files.list(directory.resolve("blobs/sha256"))) {
            assertEquals(9, blobs.count(), "3 layers, 3 configs, 3 manifests");
        }
    }

    @Test
    void theSameImageGivesTheSameLayout() throws IOException {
        write(TestLayouts.legacyDocker(SHOP));
        Set<String> first = files();
        byte[] index = Files.readAllBytes(directory.resolve("index.json"));
        Path other = Files.createDirectory(directory.resolve("other"));
        new ImageLayoutWriter(other, CompressionChoice.AUTO, LIMITS)
                .copy(new ByteArrayInputStream(TestLayouts.docker25(SHOP).bytes()));

        assertArrayEquals(index, Files.readAllBytes(other.resolve("index.json")));
        for (String file : first) {
            assertArrayEquals(
                    Files.readAllBytes(directory.resolve(file)), Files.readAllBytes(other.resolve(file)), file);
        }
    }

    @Test
    void whatTheLayoutHoldsGoesIntoBothKindsOfEngines() throws IOException {
        write(TestLayouts.docker25(SHOP));
        ArchivedRoot root = readBack().roots().get(0);

        for (EngineArchive.Layout layout : EngineArchive.Layout.values()) {
            EngineArchive.Item item = new EngineArchive.Item(root, root.images().get(0), Reference.parse("shop:1"));
            try (var in = new EngineArchive(List.of(item), layout, LIMITS).open(directory)) {
                assertEquals(told(SHOP), told(ImageArchive.read(in, LIMITS)));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.jenkins.plugins.dockerarchive.image.ImageArchiveTest#layouts")
    void aSaveThatIsCutHasNoIndexAndLeavesNoFileOpenOrHalf(ImageArchiveTest.Layout layout) throws IOException {
        byte[] saved = layout.of(SHOP).bytes();

        for (int length = 0; length < saved.length; length += RawTar.BLOCK) {
            byte[] cut = Arrays.copyOf(saved, length);
            String where = "cut after %d of %d bytes".formatted(length, saved.length);
            assertThrows(
                    ArchiveException.class,
                    () -> new ImageLayoutWriter(directory, CompressionChoice.AUTO, LIMITS)
                            .copy(new ByteArrayInputStream(cut)),
                    where);
            Set<String> files = files();
            assertTrue(files.stream().noneMatch(name -> name.endsWith(".part")), files.toString());
            assertFalse(files.contains("index.json"), files.toString());
        }
    }
}
