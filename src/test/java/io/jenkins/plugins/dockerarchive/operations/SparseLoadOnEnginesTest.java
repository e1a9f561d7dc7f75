package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.luben.zstd.Zstd;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.EngineArchive.Wanted;
import io.jenkins.plugins.dockerarchive.image.LayerBlobs;
import io.jenkins.plugins.dockerarchive.store.BlobStream;
import io.jenkins.plugins.dockerarchive.store.DirectoryBlobs;
import io.jenkins.plugins.dockerarchive.store.LayoutDocuments;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import io.jenkins.plugins.dockerarchive.testengines.UnixRelay;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Loads that send real engines only the layers they lack, and all of them when that was not enough. */
class SparseLoadOnEnginesTest extends OperationsOnEnginesTest {

    private static final String WHOLE = "sending the whole archive";

    /** Runs when a line of the log begins like this; stands for what others do to the engine at that moment. */
    private String moment;

    private Intruder intruder;

    private interface Intruder {
        void act() throws IOException;
    }

    @Override
    OperationContext context(EngineAddress address) {
        return new OperationContext(
                workspace(), directory.resolve("temporary"), address, ArchiveLimits.defaults(), line -> {
                    log.add(line);
                    if (intruder != null && line.startsWith(moment)) {
                        Intruder once = intruder;
                        intruder = null;
                        try {
                            once.act();
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    }
                });
    }

    /** A layer that no other test has: engines keep layers for whoever uses them. */
    private byte[] layer(String name) throws IOException {
        return new TestLayer()
                .random("data/" + name, 20_000, (mark + name).hashCode())
                .text("mark", mark)
                .tar();
    }

    private byte[] big(String name) throws IOException {
        return new TestLayer()
                .random("data/" + name, 900_000, (mark + name).hashCode())
                .text("mark", mark)
                .tar();
    }

    private static String blob(byte[] bytes) {
        return "blobs/sha256/" + sha256(bytes);
    }

    private static ObjectNode descriptor(String mediaType, byte[] bytes) {
        return JSON.createObjectNode()
                .put("mediaType", mediaType)
                .put("digest", "sha256:" + sha256(bytes))
                .put("size", bytes.length);
    }

    /** A layout as a save keeps it: zstd layers, each image's manifest, and the plain sizes. */
    private Path layout(String file, Raw... images) throws IOException {
        Path layout = workspace().resolve(file);
        Files.createDirectories(layout.resolve("blobs/sha256"));
        ArrayNode docker = JSON.createArrayNode();
        ArrayNode tops = JSON.createArrayNode();
        for (Raw image : images) {
            ObjectNode config = JSON.createObjectNode()
                    .put("architecture", image.architecture())
                    .put("os", "linux");
            config.set("config", run("x"));
            ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
            ArrayNode layers = JSON.createArrayNode();
            ArrayNode names = JSON.createArrayNode();
            ObjectNode sources = JSON.createObjectNode();
            for (byte[] layer : image.layers()) {
                byte[] stored = Zstd.compress(layer, 3);
                Files.write(layout.resolve(blob(stored)), stored);
                diffIds.add("sha256:" + sha256(layer));
                layers.add(descriptor("application/vnd.oci.image.layer.v1.tar+zstd", stored));
                names.add(blob(stored));
                sources.set("sha256:" + sha256(layer), descriptor("application/vnd.oci.image.layer.v1.tar", layer));
            }
            byte[] configBytes = JSON.writeValueAsBytes(config);
            Files.write(layout.resolve(blob(configBytes)), configBytes);
            ObjectNode manifest = JSON.createObjectNode()
                    .put("schemaVersion", 2)
                    .put("mediaType", "application/vnd.oci.image.manifest.v1+json");
            manifest.set("config", descriptor("application/vnd.oci.image.config.v1+json", configBytes));
            manifest.set("layers", layers);
            byte[] manifestBytes = JSON.writeValueAsBytes(manifest);
            Files.write(layout.resolve(blob(manifestBytes)), manifestBytes);
            for (String reference : image.references()) {
                ObjectNode top = descriptor("application/vnd.oci.image.manifest.v1+json", manifestBytes);
                top.putObject("annotations")
                        .put("io.containerd.image.name", "docker.io/library/" + reference)
                        .put("org.opencontainers.image.ref.name", reference.substring(reference.indexOf(':') + 1));
                tops.add(top);
            }
            ObjectNode entry = docker.addObject().put("Config", blob(configBytes));
            entry.set("RepoTags", JSON.valueToTree(image.references()));
            entry.set("Layers", names);
            entry.set("LayerSources", sources);
        }
        ObjectNode index = JSON.createObjectNode().put("schemaVersion", 2);
        index.set("manifests", tops);
        Files.write(layout.resolve("index.json"), JSON.writeValueAsBytes(index));
        Files.write(layout.resolve("manifest.json"), JSON.writeValueAsBytes(docker));
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        return layout;
    }

    private long sentBytes() {
        String line = log.stream()
                .filter(l -> l.contains("layers that it lacks"))
                .findFirst()
                .orElse(null);
        return line == null ? -1 : 1;
    }

    /** The image is whole: what the engine saves of it has all layers with the right content. */
    private void assertWhole(TestEngine engine, String reference, byte[]... layers) throws IOException {
        List<String> expected = new ArrayList<>();
        for (byte[] layer : layers) {
            expected.add("sha256:" + sha256(layer));
        }
        assertEquals(expected, diffIds(engine, reference), engine.name());
        Path saved = directory.resolve("saved-" + random() + ".tar");
        plainSave(engine, saved, reference);
        try (InputStream in = Files.newInputStream(saved)) {
            assertEquals(
                    expected,
                    io.jenkins.plugins.dockerarchive.image.ImageArchive.read(in, ArchiveLimits.defaults())
                            .images()
                            .get(0)
                            .diffIds(),
                    engine.name());
        }
        Files.delete(saved);
    }

    // what is left out

    @EveryEngine
    void aLayerThatTheEngineHasIsNotSent(TestEngine engine) throws Exception {
        byte[] base = big("base");
        byte[] old = layer("old");
        byte[] changed = layer("new");
        String app = repository("app");
        layout("one.oci", Raw.of(app + ":1", base, old));
        layout("two.oci", Raw.of(app + ":2", base, changed));
        load(engine, "file", "one.oci");
        UnixRelay relay = closing(new UnixRelay(engine, directory));
        relay.stallUploadAfter(300_000); // whoever sends the base hangs
        LoadResult.LoadedImage loaded =
                load(relay.address(), "file", "two.oci").images().get(0);
        assertEquals(1, loaded.layersReused());
        assertEquals(2, loaded.layers());
        assertTrue(sentBytes() > 0, String.valueOf(log));
        assertFalse(logged(WHOLE), String.valueOf(log));
        assertEquals(List.of(app + ":1", app + ":2"), references(engine));
        assertWhole(engine, app + ":2", base, changed);
        remove(engine, app + ":1");
        assertWhole(engine, app + ":2", base, changed);
    }

    @EveryEngine(store = {TestEngine.Store.GRAPH_DRIVER, TestEngine.Store.PODMAN})
    void aPlainTarIsSentInPartToo(TestEngine engine) throws Exception {
        byte[] base = big("base");
        String app = repository("app");
        tar("one.tar", archive(Raw.of(app + ":1", base, layer("old"))));
        tar("two.tar", archive(Raw.of(app + ":2", base, layer("new"))));
        load(engine, "file", "one.tar");
        UnixRelay relay = closing(new UnixRelay(engine, directory));
        relay.stallUploadAfter(300_000);
        assertEquals(1, load(relay.address(), "file", "two.tar").images().get(0).layersReused());
        assertWhole(engine, app + ":2", base, layer("new"));
    }

    @EveryEngine
    void anotherConfigOfTheSameLayersSendsNoLayer(TestEngine engine) throws Exception {
        byte[] base = big("base");
        String app = repository("app");
        layout("one.oci", Raw.of(app + ":1", base));
        load(engine, "file", "one.oci");
        layout("two.oci", new Raw("amd64", List.of(app + ":2"), List.of(base)));
        UnixRelay relay = closing(new UnixRelay(engine, directory));
        relay.stallUploadAfter(300_000);
        LoadResult.LoadedImage loaded =
                load(relay.address(), "file", "two.oci").images().get(0);
        assertEquals(1, loaded.layersReused());
        assertWhole(engine, app + ":2", base);
    }

    @EveryEngine
    void aLayerInTheMiddleThatIsKnownElsewhereIsSent(TestEngine engine) throws Exception {
        byte[] base = layer("base");
        byte[] upper = layer("upper");
        String app = repository("app");
        layout("one.oci", Raw.of(app + ":1", base));
        layout("two.oci", Raw.of(app + ":2", upper, base));
        load(engine, "file", "one.oci");
        assertEquals(0, load(engine, "file", "two.oci").images().get(0).layersReused());
        assertWhole(engine, app + ":2", upper, base);
    }

    @EveryEngine
    void whatIsThereIsNeitherSentNorRead(TestEngine engine) throws Exception {
        byte[] base = big("base");
        String app = repository("app") + ":1";
        Path layout = layout("one.oci", Raw.of(app, base));
        load(engine, "file", "one.oci");
        Path blob = layout.resolve(blob(Zstd.compress(base, 3)));
        byte[] damaged = Files.readAllBytes(blob);
        damaged[damaged.length / 2] ^= 1;
        Files.write(blob, damaged); // whoever reads it fails
        UnixRelay relay = closing(new UnixRelay(engine, directory));
        relay.stallUploadAfter(50_000);
        LoadResult again = load(relay.address(), "file", "one.oci");
        assertTrue(logged("Already there: " + app), String.valueOf(log));
        assertEquals(1, again.images().get(0).layersReused());
        assertEquals(List.of(app), again.images().get(0).references());
    }

    @EveryEngine
    void twoImagesAreLoadedWhole(TestEngine engine) throws Exception {
        byte[] base = layer("base");
        String app = repository("app");
        layout("one.oci", Raw.of(app + ":1", base));
        load(engine, "file", "one.oci");
        layout("two.oci", Raw.of(app + ":2", base, layer("a")), Raw.of(app + ":3", base, layer("b")));
        load(engine, "file", "two.oci");
        assertWhole(engine, app + ":2", base, layer("a"));
        assertWhole(engine, app + ":3", base, layer("b"));
    }

    // when it was not enough (F14)

    @EveryEngine
    @Tries(Fault.F14)
    void aLayerThatIsPrunedMeanwhileIsSentAfterAll(TestEngine engine) throws Exception {
        byte[] base = big("base");
        String app = repository("app");
        layout("one.oci", Raw.of(app + ":1", base));
        layout("two.oci", Raw.of(app + ":2", base, layer("new")));
        load(engine, "file", "one.oci");
        moment = "Loading into";
        log.clear();
        intruder = () -> remove(engine, app + ":1");
        LoadResult.LoadedImage loaded = load(engine, "file", "two.oci").images().get(0);
        assertNull(intruder, "it was pruned between the question and the load");
        long times = log.stream().filter(line -> line.contains(WHOLE)).count();
        if (engine.store() == TestEngine.Store.CONTAINERD) {
            assertTrue(times <= 1, "its content goes some time after the image");
        } else {
            assertEquals(1, times, String.valueOf(log));
            assertEquals(0, loaded.layersReused());
        }
        assertEquals(List.of(app + ":2"), references(engine));
        assertWhole(engine, app + ":2", base, layer("new"));
    }

    @EveryEngine(store = TestEngine.Store.GRAPH_DRIVER)
    @Tries(Fault.F14)
    void aTarWhoseLayerIsPrunedMeanwhileIsSentAfterAll(TestEngine engine) throws Exception {
        byte[] base = layer("base");
        String app = repository("app");
        tar("one.tar", archive(Raw.of(app + ":1", base)));
        tar("two.tar", archive(Raw.of(app + ":2", base, layer("new"))));
        load(engine, "file", "one.tar");
        moment = "Loading into";
        intruder = () -> remove(engine, app + ":1");
        load(engine, "file", "two.tar");
        assertTrue(logged(WHOLE), String.valueOf(log));
        assertEquals(List.of(app + ":2"), references(engine));
        assertWhole(engine, app + ":2", base, layer("new"));
    }

    @Test
    @Tries(Fault.F14)
    void aStoreThatHasTheLayerInOtherBytesGetsTheWholeArchive() throws Exception {
        TestEngine engine = containerd();
        byte[] base = big("base");
        String app = repository("app");
        tar("one.tar", archive(Raw.of(app + ":1", base))); // plain: the same layer, another blob
        layout("two.oci", Raw.of(app + ":2", base, layer("new")));
        load(engine, "file", "one.tar");
        LoadResult.LoadedImage loaded = load(engine, "file", "two.oci").images().get(0);
        assertEquals(1, log.stream().filter(line -> line.contains(WHOLE)).count(), String.valueOf(log));
        assertEquals(0, loaded.layersReused());
        assertWhole(engine, app + ":2", base, layer("new"));
    }

    @Test
    void aReferenceToAnIncompleteImageIsNotTakenForTheImage() throws Exception {
        TestEngine engine = containerd();
        byte[] base = big("base");
        String app = repository("app") + ":1";
        Path layout = layout("one.oci", Raw.of(app, base));
        Path partial = exchange("partial.tar");
        Path without = directory.resolve("without");
        assertEquals(
                0,
                new ProcessBuilder("cp", "-a", layout.toString(), without.toString())
                        .start()
                        .waitFor());
        Files.delete(without.resolve(blob(Zstd.compress(base, 3))));
        Files.delete(without.resolve("manifest.json"));
        assertEquals(
                0,
                new ProcessBuilder("tar", "-cf", partial.toString(), "-C", without.toString(), ".")
                        .start()
                        .waitFor());
        shell(engine, "docker load -i " + exchanged(partial)); // a tool of today: says it is loaded
        assertTrue(engine.hasImage(app));
        load(engine, "file", "one.oci");
        assertFalse(logged("Already there"), String.valueOf(log));
        assertWhole(engine, app, base);
    }

    // bad archives

    @EveryEngine
    void aDamagedLayerMovesNothing(TestEngine engine) throws Exception {
        byte[] base = layer("base");
        byte[] upper = big("upper");
        String app = repository("app") + ":1";
        layout("old.oci", Raw.of(app, base));
        load(engine, "file", "old.oci");
        String before = id(engine, app);
        Path layout = layout("new.oci", Raw.of(app, base, upper));
        Path blob = layout.resolve(blob(Zstd.compress(upper, 3)));
        byte[] bytes = Files.readAllBytes(blob);
        bytes[bytes.length - 20] ^= 1; // near the end: the engine has nearly all by then
        Files.write(blob, bytes);
        log.clear();
        failure(() -> load(engine, "file", "new.oci"), "new.oci", "layer 2", "sha256:" + sha256(upper));
        assertFalse(logged(WHOLE), "the archive is bad, not the engine");
        assertEquals(before, id(engine, app));
        assertEquals(List.of(app), references(engine));
    }

    @EveryEngine
    void aLieAboutALayersSizeMovesNothing(TestEngine engine) throws Exception {
        byte[] base = layer("base");
        String app = repository("app") + ":1";
        Path layout = layout("lie.oci", Raw.of(app, base));
        for (int lie : new int[] {base.length - 512, base.length + 512}) {
            Path manifest = layout.resolve("manifest.json");
            String text = Files.readString(manifest);
            Files.writeString(manifest, text.replace("\"size\":" + base.length, "\"size\":" + lie));
            failure(() -> load(engine, "file", "lie.oci"), "layer 1", "bytes");
            Files.writeString(manifest, text);
        }
        assertEquals(List.of(), references(engine));
    }

    // a layout on another machine

    private LoadRequest request(String label) {
        return new LoadRequest(
                new ArchiveSource(null, null, null, label),
                List.of(),
                Map.of(),
                LoadRequest.Conflict.REPLACE,
                List.of());
    }

    private static byte[] stream(Path layout, List<Wanted> wanted) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (LayerBlobs blobs = new DirectoryBlobs(layout)) {
            BlobStream.send(blobs, wanted, bytes);
        }
        return bytes.toByteArray();
    }

    @EveryEngine
    void onlyWhatIsAskedForIsTakenFromTheOtherMachine(TestEngine engine) throws Exception {
        byte[] base = big("base");
        byte[] top = layer("top");
        String app = repository("app");
        layout("one.oci", Raw.of(app + ":1", base));
        load(engine, "file", "one.oci");
        Path layout = layout("two.oci", Raw.of(app + ":2", base, top));
        LayoutDocuments documents = LayoutDocuments.read(layout, ArchiveLimits.defaults());
        LoadImages loading = new LoadImages(context(engine.address()));
        LoadAnswer answer = loading.plan(request("stash 'two'"), documents);
        assertEquals(LoadAnswer.Kind.SEND, answer.kind());
        assertEquals(1, answer.wanted().size());
        byte[] sent = stream(layout, answer.wanted());
        assertTrue(sent.length < 100_000, "not the base: " + sent.length);
        LoadAnswer done = loading.load(
                request("stash 'two'"),
                documents,
                answer,
                new BlobStream(new ByteArrayInputStream(sent), answer.wanted()));
        assertNotNull(done.result());
        assertEquals(1, done.result().images().get(0).layersReused());
        assertWhole(engine, app + ":2", base, top);
        LoadAnswer again = loading.plan(request("stash 'two'"), documents);
        assertEquals(LoadAnswer.Kind.DONE, again.kind(), "nothing has to move any more");
    }

    @EveryEngine(store = {TestEngine.Store.GRAPH_DRIVER, TestEngine.Store.PODMAN})
    @Tries(Fault.F14)
    void allIsAskedForWhenALayerIsPrunedMeanwhile(TestEngine engine) throws Exception {
        byte[] base = layer("base");
        byte[] top = layer("top");
        String app = repository("app");
        layout("one.oci", Raw.of(app + ":1", base));
        load(engine, "file", "one.oci");
        Path layout = layout("two.oci", Raw.of(app + ":2", base, top));
        LayoutDocuments documents = LayoutDocuments.read(layout, ArchiveLimits.defaults());
        LoadImages loading = new LoadImages(context(engine.address()));
        LoadAnswer answer = loading.plan(request("stash 'two'"), documents);
        remove(engine, app + ":1");
        log.clear();
        LoadAnswer second = loading.load(request("stash 'two'"), documents, answer, new DirectoryBlobs(layout));
        assertEquals(LoadAnswer.Kind.SEND, second.kind());
        assertTrue(second.whole());
        assertEquals(2, second.wanted().size());
        assertTrue(logged(WHOLE), String.valueOf(log));
        assertEquals(List.of(), references(engine), "nothing is left of the first try");
        LoadAnswer done = loading.load(request("stash 'two'"), documents, second, new DirectoryBlobs(layout));
        assertEquals(0, done.result().images().get(0).layersReused());
        assertWhole(engine, app + ":2", base, top);
    }

    @EveryEngine
    void aStreamThatEndsTooEarlyLoadsNothing(TestEngine engine) throws Exception {
        byte[] base = big("base");
        String app = repository("app") + ":1";
        Path layout = layout("one.oci", Raw.of(app, base));
        LayoutDocuments documents = LayoutDocuments.read(layout, ArchiveLimits.defaults());
        LoadImages loading = new LoadImages(context(engine.address()));
        LoadAnswer answer = loading.plan(request("stash 'one'"), documents);
        byte[] sent = stream(layout, answer.wanted());
        byte[] cut = java.util.Arrays.copyOf(sent, sent.length - 1);
        failure(
                () -> loading.load(
                        request("stash 'one'"),
                        documents,
                        answer,
                        new BlobStream(new ByteArrayInputStream(cut), answer.wanted())),
                "stash 'one'",
                "stopped to arrive");
        byte[] foreign = sent.clone();
        System.arraycopy("evil".getBytes(StandardCharsets.US_ASCII), 0, foreign, sent.length / 2, 4);
        failure(
                () -> loading.load(
                        request("stash 'one'"),
                        documents,
                        answer,
                        new BlobStream(new ByteArrayInputStream(foreign), answer.wanted())),
                "layer 1");
        assertEquals(List.of(), references(engine));
    }

    @Test
    void aLayoutThatTellsTooLittleIsBroughtWhole() throws Exception {
        TestEngine engine = engines().get(0);
        Path layout = layout("one.oci", Raw.of(repository("app") + ":1", layer("a")));
        Path manifest = layout.resolve("manifest.json");
        Files.writeString(manifest, Files.readString(manifest).replace("LayerSources", "Others"));
        LayoutDocuments documents = LayoutDocuments.read(layout, ArchiveLimits.defaults());
        LoadImages loading = new LoadImages(context(engine.address()));
        assertEquals(LoadAnswer.Kind.READ, loading.plan(request("x"), documents).kind());
        load(engine, "file", "one.oci");
        assertEquals(List.of(repository("app") + ":1"), references(engine));
    }

    @Test
    void anotherChecksumOfTheIndexIsRefused() throws Exception {
        TestEngine engine = engines().get(0);
        Path layout = layout("one.oci", Raw.of(repository("app") + ":1", layer("a")));
        LayoutDocuments documents = LayoutDocuments.read(layout, ArchiveLimits.defaults());
        LoadRequest request = new LoadRequest(
                new ArchiveSource(null, null, "0".repeat(64), "stash 'x'"),
                List.of(),
                Map.of(),
                LoadRequest.Conflict.REPLACE,
                List.of());
        failure(
                () -> new LoadImages(context(engine.address())).plan(request, documents),
                "stash 'x'",
                sha256(Files.readAllBytes(layout.resolve("index.json"))));
    }
}
