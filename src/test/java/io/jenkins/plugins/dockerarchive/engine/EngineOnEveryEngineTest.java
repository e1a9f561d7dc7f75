package io.jenkins.plugins.dockerarchive.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jenkins.plugins.dockerarchive.engine.EngineCapabilities.ImageStore;
import io.jenkins.plugins.dockerarchive.engine.EngineCapabilities.Product;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Timeout;

/** What the calls do on real engines, and how they fail there. */
@Timeout(180)
class EngineOnEveryEngineTest {

    private static Engine connect(TestEngine testEngine) throws EngineException, InterruptedException {
        return Engine.connect(testEngine.address(), IdleTimeout.DEFAULT);
    }

    // ------------------------------------------------------------ who it is

    @EveryEngine
    void tellsWhoItIs(TestEngine testEngine) throws Exception {
        try (Engine engine = connect(testEngine)) {
            EngineCapabilities capabilities = engine.capabilities();
            assertEquals(testEngine.store().name(), capabilities.store().name());
            assertEquals(testEngine.api(), capabilities.apiVersion().toString());
            assertEquals(
                    testEngine.store() == TestEngine.Store.PODMAN ? Product.PODMAN : Product.DOCKER,
                    capabilities.product());
            assertTrue(capabilities.apiVersion().isAtLeast(capabilities.minimumApiVersion()));
            assertEquals("linux", capabilities.platform().os());
            assertTrue(capabilities.describe().contains(capabilities.version()), capabilities.describe());
        }
    }

    // ------------------------------------------------------------ images

    @EveryEngine
    void inspectsAnImage(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        ObjectNode run = new ObjectMapper().createObjectNode();
        run.putArray("Cmd").add("/bin/tool").add("--fast");
        run.putArray("Env").add("COLOUR=blue");
        testEngine.createImage(image, run, new TestLayer().text("a", "one"), new TestLayer().random("b", 100_000, 7));
        try (Engine engine = connect(testEngine)) {
            ImageInspection inspection = engine.findImage(image).orElseThrow();
            assertTrue(inspection.id().matches("sha256:[0-9a-f]{64}"), inspection.id());
            assertEquals(1, inspection.repoTags().size());
            assertTrue(inspection.repoTags().get(0).endsWith(image));
            assertEquals(2, inspection.diffIds().size());
            assertEquals(new Platform("linux", "amd64", null), inspection.platform());
            assertEquals("2026-01-02T03:04:05Z", String.valueOf(inspection.created()));
            assertTrue(inspection.size() > 0);
            assertEquals("--fast", inspection.config().path("Cmd").path(1).asText());
            assertEquals("COLOUR=blue", inspection.config().path("Env").path(0).asText());
            assertEquals(inspection, engine.findImage(inspection.id()).orElseThrow());
        }
    }

    @EveryEngine
    void findsNoImageThatIsNotThere(TestEngine testEngine) throws Exception {
        try (Engine engine = connect(testEngine)) {
            assertTrue(engine.findImage(testEngine.uniqueName() + ":1").isEmpty());
            assertTrue(engine.findImage("sha256:" + "0".repeat(64)).isEmpty());
            assertTrue(engine.findContainer("docker-archive-no-such-container").isEmpty());
        }
    }

    @EveryEngine
    void listsTagsAndRemovesImages(TestEngine testEngine) throws Exception {
        String name = testEngine.uniqueName();
        testEngine.createImage(name + ":1", new TestLayer().text("a", name));
        try (Engine engine = connect(testEngine)) {
            ImageInspection image = engine.findImage(name + ":1").orElseThrow();
            engine.tag(name + ":1", name, "2");
            assertEquals(image.id(), engine.findImage(name + ":2").orElseThrow().id());
            List<String> references = new ArrayList<>();
            for (ImageSummary summary : engine.listImages()) {
                if (summary.id().equals(image.id())) {
                    references.addAll(summary.repoTags());
                }
            }
            assertEquals(2, references.size(), references.toString());

            engine.removeImage(name + ":1");
            assertTrue(engine.findImage(name + ":1").isEmpty());
            assertTrue(engine.findImage(name + ":2").isPresent(), "the other reference stays");
            engine.removeImage(name + ":2");
            assertTrue(engine.findImage(image.id()).isEmpty());
            engine.removeImage(name + ":2"); // without effect
        }
    }

    @EveryEngine
    void saysWhyAnImageInUseIsNotRemoved(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        testEngine.createShellImage(image);
        testEngine.createContainer(image, "sh");
        try (Engine engine = connect(testEngine)) {
            EngineException failure = assertThrows(EngineException.class, () -> engine.removeImage(image));
            assertEquals(409, failure.status(), failure.getMessage());
            assertTrue(failure.getMessage().contains("could not remove the image " + image), failure.getMessage());
            assertTrue(engine.findImage(image).isPresent());
        }
    }

    @EveryEngine
    void saysWhyAnImageCannotBeTagged(TestEngine testEngine) throws Exception {
        String name = testEngine.uniqueName();
        testEngine.createImage(name + ":1", new TestLayer().text("a", name));
        try (Engine engine = connect(testEngine)) {
            assertEquals(
                    404,
                    assertThrows(EngineException.class, () -> engine.tag(name + ":none", name, "2"))
                            .status());
            assertThrows(EngineException.class, () -> engine.tag(name + ":1", name, "two words & more=?"));
            assertThrows(EngineException.class, () -> engine.tag(name + ":1", "UPPER/Case", "1"));
        }
    }

    // ------------------------------------------------------------ names

    @EveryEngine
    void aNameReachesNoOtherEndpoint(TestEngine testEngine) throws Exception {
        String name = testEngine.uniqueName();
        testEngine.createShellImage(name + ":1");
        String container = testEngine.createContainer(name + ":1", "sh");
        try (Engine engine = connect(testEngine)) {
            for (String bad : List.of(
                    name + ":1/json?x=",
                    name + ":1/get?",
                    name + ":1#",
                    "../containers/" + container,
                    name + "/../../containers/" + container,
                    "./" + name + ":1",
                    name + "//" + name,
                    "/" + name + ":1",
                    name + ":1/",
                    "a b",
                    "a%2Fb",
                    "a\r\nHost: x",
                    "-x",
                    "",
                    ".",
                    "..")) {
                assertThrows(EngineException.class, () -> engine.findImage(bad), bad);
                assertThrows(EngineException.class, () -> engine.findContainer(bad), bad);
                assertThrows(EngineException.class, () -> engine.removeImage(bad), bad);
                assertThrows(EngineException.class, () -> engine.saveImages(List.of(bad), List.of()), bad);
                assertThrows(EngineException.class, () -> engine.exportContainer(bad), bad);
            }
            assertTrue(engine.findImage(name + ":1/json").isEmpty());
            assertTrue(engine.findImage(name + ":1/get").isEmpty());
            assertTrue(engine.findImage("a/json").isEmpty());
            assertTrue(engine.findContainer(container).isPresent());
            assertTrue(engine.findImage(name + ":1").isPresent());
        }
    }

    // ------------------------------------------------------------ save

    @EveryEngine
    void savesImagesAsATar(TestEngine testEngine) throws Exception {
        String name = testEngine.uniqueName();
        TestLayer base = new TestLayer().random("base", 3_000_000, 1);
        testEngine.createImage(name + ":1", base, new TestLayer().text("a", "1"));
        testEngine.createImage(name + ":2", base, new TestLayer().compressible("b", 1_000_000, 2));
        try (Engine engine = connect(testEngine);
                InputStream tar = engine.saveImages(List.of(name + ":1", name + ":2"), List.of())) {
            JsonNode manifest = new ObjectMapper().readTree(entries(tar).get("manifest.json"));
            assertEquals(2, manifest.size());
            assertTrue(manifest.toString().contains(name + ":1"), manifest.toString());
            assertTrue(manifest.toString().contains(name + ":2"), manifest.toString());
            assertEquals(-1, tar.read());
        }
    }

    @EveryEngine
    void saysThatAnImageToSaveIsNotThere(TestEngine testEngine) throws Exception {
        String missing = testEngine.uniqueName() + ":1";
        try (Engine engine = connect(testEngine)) {
            EngineException failure =
                    assertThrows(EngineException.class, () -> engine.saveImages(List.of(missing), List.of()));
            print(testEngine, failure);
            assertTrue(failure.status() >= 400, failure.getMessage());
            assertTrue(failure.getMessage().contains("could not save " + missing), failure.getMessage());
            assertTrue(failure.getMessage().contains(testEngine.uri().toString()), failure.getMessage());
            assertTrue(failure.getMessage().contains(testEngine.address().origin()), failure.getMessage());
        }
    }

    @EveryEngine
    void savingNothingIsRefused(TestEngine testEngine) throws Exception {
        try (Engine engine = connect(testEngine)) {
            assertThrows(IllegalArgumentException.class, () -> engine.saveImages(List.of(), List.of()));
        }
    }

    @EveryEngine
    void picksAPlatformOrSaysThatItCannot(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        testEngine.createImage(image, new TestLayer().text("a", "1"));
        Platform here = new Platform("linux", "amd64", null);
        Platform other = new Platform("linux", "s390x", null);
        try (Engine engine = connect(testEngine)) {
            if (engine.capabilities().platformOnSaveAndLoad()) {
                byte[] tar;
                try (InputStream saved = engine.saveImages(List.of(image), List.of(here))) {
                    tar = saved.readAllBytes();
                }
                assertEquals(
                        List.of(image),
                        engine.loadImages(new ByteArrayInputStream(tar), List.of(here), event -> {})
                                .references());
                assertThrows(EngineException.class, () -> {
                    try (InputStream saved = engine.saveImages(List.of(image), List.of(other))) {
                        saved.readAllBytes();
                    }
                });
                EngineException nothing = assertThrows(
                        EngineException.class,
                        () -> engine.loadImages(new ByteArrayInputStream(tar), List.of(other), event -> {}));
                print(testEngine, nothing);
                if (!engine.capabilities().severalPlatforms()) {
                    EngineException failure = assertThrows(
                            EngineException.class, () -> engine.saveImages(List.of(image), List.of(here, other)));
                    assertTrue(failure.getMessage().contains("more than one"), failure.getMessage());
                }
            } else {
                EngineException failure =
                        assertThrows(EngineException.class, () -> engine.saveImages(List.of(image), List.of(here)));
                print(testEngine, failure);
                assertTrue(failure.getMessage().contains("leave out the platforms"), failure.getMessage());
                assertThrows(
                        EngineException.class,
                        () -> engine.loadImages(
                                archive(image, new TestLayer().text("a", "1")), List.of(here), event -> {}));
            }
        }
    }

    // ------------------------------------------------------------ load

    @EveryEngine
    void loadsWhatItSaved(TestEngine testEngine) throws Exception {
        String name = testEngine.uniqueName();
        testEngine.createImage(
                name + ":1", new TestLayer().random("base", 2_000_000, 1), new TestLayer().text("a", "1"));
        try (Engine engine = connect(testEngine)) {
            ImageInspection before = engine.findImage(name + ":1").orElseThrow();
            ByteArrayOutputStream tar = new ByteArrayOutputStream();
            try (InputStream saved = engine.saveImages(before.repoTags(), List.of())) {
                saved.transferTo(tar);
            }
            engine.removeImage(name + ":1");
            List<EngineEvent> events = new ArrayList<>();
            LoadReport report = engine.loadImages(new ByteArrayInputStream(tar.toByteArray()), List.of(), events::add);
            assertEquals(before.repoTags(), report.references());
            assertFalse(events.isEmpty());
            if (engine.capabilities().store() == ImageStore.GRAPH_DRIVER) {
                assertTrue(
                        events.stream().anyMatch(event -> event.progress() != null && event.id() != null),
                        events.toString());
            }
            ImageInspection after = engine.findImage(name + ":1").orElseThrow();
            assertEquals(before.diffIds(), after.diffIds());
        }
    }

    @EveryEngine
    void tellsEveryLoadedReference(TestEngine testEngine) throws Exception {
        String name = testEngine.uniqueName();
        TestImageArchive archive = new TestImageArchive()
                .image(List.of(name + ":1", name + ":one"), List.of(new TestLayer().text("a", "1")))
                .image(List.of(name + ":2"), List.of(new TestLayer().text("a", "2")));
        try (Engine engine = connect(testEngine)) {
            LoadReport report = engine.loadImages(stream(archive), List.of(), event -> {});
            List<String> short_ = report.references().stream()
                    .map(reference -> reference.substring(reference.indexOf(name)))
                    .sorted()
                    .toList();
            assertEquals(List.of(name + ":1", name + ":2", name + ":one"), short_, report.toString());
            assertTrue(report.ids().isEmpty());
        }
    }

    @EveryEngine
    void tellsTheIdOfAnImageWithoutReference(TestEngine testEngine) throws Exception {
        TestImageArchive archive =
                new TestImageArchive().image(List.of(), List.of(new TestLayer().text("a", testEngine.uniqueName())));
        try (Engine engine = connect(testEngine)) {
            LoadReport report = engine.loadImages(stream(archive), List.of(), event -> {});
            System.out.println(testEngine + ": " + report);
            assertEquals(1, report.ids().size() + report.references().size(), report.toString());
            String id = report.ids().isEmpty()
                    ? report.references().get(0)
                    : report.ids().get(0);
            assertTrue(engine.findImage(id).isPresent(), id);
            engine.removeImage(id);
        }
    }

    @EveryEngine
    void tellsThatAReferenceMoved(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        testEngine.createImage(image, new TestLayer().text("a", "old"));
        try (Engine engine = connect(testEngine)) {
            String old = engine.findImage(image).orElseThrow().id();
            LoadReport report = engine.loadImages(archive(image, new TestLayer().text("a", "new")), List.of(), e -> {});
            assertNotEquals(old, engine.findImage(image).orElseThrow().id());
            if (engine.capabilities().store() == ImageStore.GRAPH_DRIVER) {
                assertEquals(1, report.renamed().size(), report.toString());
            }
            engine.removeImage(old);
        }
    }

    @EveryEngine
    void garbageIsNotLoaded(TestEngine testEngine) throws Exception {
        byte[] garbage = new byte[100_000];
        new Random(5).nextBytes(garbage);
        try (Engine engine = connect(testEngine)) {
            EngineException failure = assertThrows(
                    EngineException.class,
                    () -> engine.loadImages(new ByteArrayInputStream(garbage), List.of(), event -> {}));
            print(testEngine, failure);
            assertTrue(failure.getMessage().contains("load an archive of images"), failure.getMessage());
        }
    }

    @EveryEngine
    void muchGarbageIsNotLoadedWhateverTheConnectionDoes(TestEngine testEngine) throws Exception {
        try (Engine engine = connect(testEngine)) {
            EngineException failure = assertThrows(
                    EngineException.class, () -> engine.loadImages(new Garbage(30_000_000), List.of(), event -> {}));
            print(testEngine, failure);
        }
    }

    @EveryEngine
    void aTruncatedArchiveIsNotLoaded(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        byte[] tar = archive(image, new TestLayer().random("a", 1_000_000, 3)).readAllBytes();
        try (Engine engine = connect(testEngine)) {
            for (int length : List.of(100, 512, 100_000, 1_002_000)) {
                EngineException failure = assertThrows(
                        EngineException.class,
                        () -> engine.loadImages(new ByteArrayInputStream(tar, 0, length), List.of(), event -> {}),
                        "cut to " + length);
                print(testEngine, failure);
            }
            assertTrue(engine.findImage(image).isEmpty());
        }
    }

    @EveryEngine
    void anEmptyUploadIsRefused(TestEngine testEngine) throws Exception {
        String name = testEngine.uniqueName();
        try (Engine engine = connect(testEngine)) {
            EngineException load = assertThrows(
                    EngineException.class, () -> engine.loadImages(InputStream.nullInputStream(), List.of(), e -> {}));
            assertTrue(load.getMessage().contains("the archive is empty"), load.getMessage());
            EngineException imported = assertThrows(
                    EngineException.class,
                    () -> engine.importImage(
                            InputStream.nullInputStream(), new ImportParameters(name, "1", null, List.of(), null)));
            assertTrue(imported.getMessage().contains("the archive is empty"), imported.getMessage());
            assertTrue(engine.findImage(name + ":1").isEmpty());
        }
    }

    @EveryEngine
    void anArchiveWithoutImagesIsNotLoaded(TestEngine testEngine) throws Exception {
        try (Engine engine = connect(testEngine)) {
            byte[] tar = new TestLayer().text("manifest.json", "[]").tar();
            EngineException failure = assertThrows(
                    EngineException.class, () -> engine.loadImages(new ByteArrayInputStream(tar), List.of(), e -> {}));
            print(testEngine, failure);
        }
    }

    @EveryEngine(store = TestEngine.Store.CONTAINERD)
    void anImageThatCannotBeUnpackedIsAFailure(TestEngine testEngine) throws Exception {
        // a layer that is no tar: the engine tags the image, says "Loaded image" and mentions the failure as text
        String image = testEngine.uniqueName() + ":1";
        byte[] tar = archive(image, new TestLayer().random("a", 50_000, 3)).readAllBytes();
        for (int i = 512; i < 512 + 512; i++) {
            tar[i] = (byte) (tar[i] ^ 0x55);
        }
        try (Engine engine = connect(testEngine)) {
            EngineException failure = assertThrows(
                    EngineException.class, () -> engine.loadImages(new ByteArrayInputStream(tar), List.of(), e -> {}));
            print(testEngine, failure);
            assertTrue(failure.getMessage().contains("npack"), failure.getMessage());
        }
    }

    // ------------------------------------------------------------ the caller's stream fails

    @EveryEngine
    void aFailureOfTheCallersStreamArrivesAsItIsAndNothingIsLoaded(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        byte[] tar = archive(image, new TestLayer().random("a", 300_000, 3)).readAllBytes();
        try (Engine engine = connect(testEngine)) {
            // all but the end blocks: engines take that for the whole if the body is ended properly
            int whole = tar.length - tar.length % 512 - 10240;
            for (int length : List.of(0, 1, 5_000, 200_000, Math.max(310_000, whole), tar.length)) {
                for (Throwable thrown : List.of(
                        new IOException("mine"), new IllegalStateException("mine"), new OutOfMemoryError("mine"))) {
                    Throwable caught = assertThrows(
                            Throwable.class, () -> engine.loadImages(failing(tar, length, thrown), List.of(), e -> {}));
                    assertSame(thrown, caught);
                }
            }
            assertTrue(engine.findImage(image).isEmpty());
        }
    }

    @EveryEngine
    void aFailureOfTheCallersStreamImportsNothing(TestEngine testEngine) throws Exception {
        String name = testEngine.uniqueName();
        byte[] tar = new TestLayer().text("a", "1").random("b", 100_000, 1).tar();
        try (Engine engine = connect(testEngine)) {
            for (int length : List.of(0, 512, 1024, 20_000, tar.length)) {
                IOException thrown = new IOException("mine");
                IOException caught = assertThrows(
                        IOException.class,
                        () -> engine.importImage(
                                failing(tar, length, thrown), new ImportParameters(name, "1", null, List.of(), null)));
                assertSame(thrown, caught);
                if (engine.capabilities().store() != ImageStore.CONTAINERD) { // it tags before it unpacks
                    assertTrue(engine.findImage(name + ":1").isEmpty(), "after " + length + " bytes");
                }
            }
        }
    }

    @EveryEngine
    void theCallersStreamIsNeitherClosedNorReadAfterwards(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        boolean[] closed = new boolean[1];
        InputStream tar =
                new SequenceInputStream(archive(image, new TestLayer().text("a", "1")), InputStream.nullInputStream()) {
                    @Override
                    public void close() {
                        closed[0] = true;
                    }
                };
        try (Engine engine = connect(testEngine)) {
            engine.loadImages(tar, List.of(), e -> {});
            assertFalse(closed[0]);
        }
    }

    @EveryEngine
    void aFailureOfTheListenerArrivesAsItIs(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        try (Engine engine = connect(testEngine)) {
            IllegalStateException mine = new IllegalStateException("mine");
            assertSame(
                    mine,
                    assertThrows(
                            IllegalStateException.class,
                            () -> engine.loadImages(archive(image, new TestLayer().text("a", "1")), List.of(), e -> {
                                throw mine;
                            })));
        }
    }

    // ------------------------------------------------------------ containers

    @EveryEngine
    void inspectsAndExportsAContainer(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        testEngine.createShellImage(image, new TestLayer().text("etc/greeting", "hello"));
        String id = testEngine.createContainer(image, "sh", "-c", "echo x");
        try (Engine engine = connect(testEngine)) {
            ContainerInspection container = engine.findContainer(id).orElseThrow();
            assertEquals(id, container.id());
            assertFalse(container.name().startsWith("/"));
            assertTrue(container.image().endsWith(image), container.image());
            assertEquals(engine.findImage(image).orElseThrow().id(), container.imageId());
            assertEquals("created", container.state().status());
            assertFalse(container.state().running());
            assertEquals("sh", container.config().path("Cmd").path(0).asText());
            assertEquals(container, engine.findContainer(container.name()).orElseThrow());

            try (InputStream tar = engine.exportContainer(id)) {
                Map<String, byte[]> entries = entries(tar);
                assertEquals("hello", new String(entries.get("etc/greeting")));
                assertTrue(entries.containsKey("bin/busybox"), entries.keySet().toString());
            }
        }
    }

    @EveryEngine
    void saysThatAContainerToExportIsNotThere(TestEngine testEngine) throws Exception {
        try (Engine engine = connect(testEngine)) {
            EngineException failure = assertThrows(
                    EngineException.class, () -> engine.exportContainer("docker-archive-no-such-container"));
            print(testEngine, failure);
            assertEquals(404, failure.status());
            assertThrows(EngineException.class, () -> engine.pause("docker-archive-no-such-container"));
        }
    }

    /** podman's engines in the tests have no cgroups, without which it cannot pause. */
    @EveryEngine(store = {TestEngine.Store.GRAPH_DRIVER, TestEngine.Store.CONTAINERD})
    void pausesAndUnpausesAContainer(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        testEngine.createShellImage(image);
        String id = testEngine.createContainer(image, "sleep", "600");
        testEngine.start(id);
        try (Engine engine = connect(testEngine)) {
            engine.pause(id);
            ContainerInspection.State paused =
                    engine.findContainer(id).orElseThrow().state();
            assertTrue(paused.paused() && paused.running(), paused.toString());
            EngineException again = assertThrows(EngineException.class, () -> engine.pause(id));
            print(testEngine, again);
            engine.unpause(id);
            assertFalse(engine.findContainer(id).orElseThrow().state().paused());
            assertThrows(EngineException.class, () -> engine.unpause(id));
        }
    }

    // ------------------------------------------------------------ import

    @EveryEngine
    void importsAFileSystemWithChangesInOrder(TestEngine testEngine) throws Exception {
        String name = testEngine.uniqueName();
        byte[] tar = TestEngine.shell().text("data", "imported").tar();
        try (Engine engine = connect(testEngine)) {
            String id = engine.importImage(
                    new ByteArrayInputStream(tar),
                    new ImportParameters(
                            name,
                            "1",
                            "from a test & more = \u00e4",
                            List.of("ENV A=1", "ENV B=2", "ENV A=3", "CMD [\"/bin/cat\", \"/data\"]", "LABEL x=a&b=c"),
                            null));
            ImageInspection image = engine.findImage(name + ":1").orElseThrow();
            assertEquals(id, image.id());
            List<String> environment = EngineJson.texts(image.config().path("Env"));
            assertTrue(environment.contains("B=2"), environment.toString());
            assertEquals(
                    "A=3",
                    environment.stream()
                            .filter(e -> e.startsWith("A="))
                            .reduce((a, b) -> b)
                            .orElseThrow());
            assertEquals("/data", image.config().path("Cmd").path(1).asText());
            assertEquals("a&b=c", image.config().path("Labels").path("x").asText());
            assertEquals(
                    "from a test & more = \u00e4",
                    testEngine.inspectImage(name + ":1").path("Comment").asText());
            if (testEngine.store() != TestEngine.Store.PODMAN) { // which cannot run containers here
                TestEngine.Run run = testEngine.run(name + ":1", "cat", "/data");
                assertEquals(new TestEngine.Run(0, "imported"), run);
            }
        }
    }

    @EveryEngine
    void importsWithoutAName(TestEngine testEngine) throws Exception {
        byte[] tar = new TestLayer().text("data", testEngine.uniqueName()).tar();
        try (Engine engine = connect(testEngine)) {
            String id = engine.importImage(
                    new ByteArrayInputStream(tar), new ImportParameters(null, null, null, List.of(), null));
            assertTrue(engine.findImage(id).isPresent());
            engine.removeImage(id);
        }
    }

    @EveryEngine
    void takesThePlatformOfAnImport(TestEngine testEngine) throws Exception {
        String name = testEngine.uniqueName();
        byte[] tar = new TestLayer().text("data", name).tar();
        try (Engine engine = connect(testEngine)) {
            engine.importImage(
                    new ByteArrayInputStream(tar),
                    new ImportParameters(name, "1", null, List.of(), new Platform("linux", "arm64", "v8")));
            Platform platform = engine.findImage(name + ":1").orElseThrow().platform();
            System.out.println(testEngine + " imported for " + platform);
            assertEquals(
                    engine.capabilities().honoursImportArchitecture() ? "arm64" : "amd64", platform.architecture());
        }
    }

    @EveryEngine
    void saysWhyAnImportFailed(TestEngine testEngine) throws Exception {
        String name = testEngine.uniqueName();
        byte[] tar = new TestLayer().text("data", "x").tar();
        try (Engine engine = connect(testEngine)) {
            for (ImportParameters bad : List.of(
                    new ImportParameters(name, "1", null, List.of("RUN rm -rf /"), null),
                    new ImportParameters("Bad Name", "1", null, List.of(), null),
                    new ImportParameters(name, "b@d", null, List.of(), null))) {
                EngineException failure = assertThrows(
                        EngineException.class, () -> engine.importImage(new ByteArrayInputStream(tar), bad));
                print(testEngine, failure);
                assertTrue(failure.status() >= 400, failure.getMessage());
            }
            EngineException noTar = assertThrows(
                    EngineException.class,
                    () -> engine.importImage(
                            new Garbage(50_000), new ImportParameters(name, "1", null, List.of(), null)));
            print(testEngine, noTar);
        }
    }

    // ------------------------------------------------------------ helpers

    private static void print(TestEngine engine, Exception failure) {
        System.out.println("says " + engine + ": " + failure.getMessage());
        assertFalse(failure.getMessage().contains("\n"), "one line");
        assertTrue(failure.getMessage().endsWith("."), "a sentence");
    }

    private static InputStream stream(TestImageArchive archive) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        archive.writeTo(out);
        return new ByteArrayInputStream(out.toByteArray());
    }

    private static InputStream archive(String image, TestLayer... layers) throws IOException {
        return stream(new TestImageArchive().image(List.of(image), Arrays.asList(layers)));
    }

    private static Map<String, byte[]> entries(InputStream in) throws IOException {
        Map<String, byte[]> entries = new TreeMap<>();
        TarArchiveInputStream tar = new TarArchiveInputStream(in);
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            entries.put(
                    entry.getName(), entry.isFile() && entry.getSize() < 100_000 ? tar.readAllBytes() : new byte[0]);
        }
        in.transferTo(java.io.OutputStream.nullOutputStream());
        return entries;
    }

    /** The first bytes, then a failure. */
    private static InputStream failing(byte[] content, int length, Throwable failure) {
        InputStream end = new InputStream() {
            @Override
            public int read() throws IOException {
                if (failure instanceof IOException io) {
                    throw io;
                }
                if (failure instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) failure;
            }
        };
        return new SequenceInputStream(new ByteArrayInputStream(content, 0, length), end);
    }

    /** Bytes that no engine takes for an archive. */
    private static final class Garbage extends InputStream {
        private final Iterator<Integer> random = new Random(1).ints(0, 256).iterator();
        private long left;

        Garbage(long size) {
            left = size;
        }

        @Override
        public int read() {
            return left-- > 0 ? random.next() : -1;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            if (left <= 0) {
                return -1;
            }
            int count = (int) Math.min(length, left);
            Arrays.fill(buffer, offset, offset + count, (byte) (int) random.next());
            left -= count;
            return count;
        }
    }
}
