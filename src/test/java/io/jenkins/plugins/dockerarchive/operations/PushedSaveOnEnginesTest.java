package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.testengines.AnswerFault;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.PrivateEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import io.jenkins.plugins.dockerarchive.testengines.UnixRelay;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Saves of which a containerd image store pushes the new layers, and what keeps it from that. */
@Timeout(180)
class PushedSaveOnEnginesTest extends KeptInLayersTest {

    private static final String PUSHES = "The engine pushes new layers to this machine";
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String INDEX = "application/vnd.oci.image.index.v1+json";

    private final long started = now();
    private LayerRoute route = LayerRoute.PUSH_WHERE_POSSIBLE;
    private List<Integer> others = List.of();

    @Override
    OperationContext context(EngineAddress address) {
        return new OperationContext(
                workspace(),
                directory.resolve("temporary"),
                address,
                IdleTimeout.DEFAULT,
                ArchiveLimits.defaults(),
                route,
                log::add);
    }

    @Override
    List<Integer> others(int number) {
        return others;
    }

    private String shop(TestEngine engine, String tag, long seed) throws IOException {
        return image(
                engine,
                repository("shop") + ":" + tag,
                new TestLayer().random("base", 2_000_000, 1),
                new TestLayer().random("app", 100_000, seed));
    }

    // images as builders and registries leave them

    private static final class Layout {
        private final Map<String, byte[]> entries = new LinkedHashMap<>();

        ObjectNode blob(String mediaType, byte[] bytes) {
            entries.put("blobs/sha256/" + sha256(bytes), bytes);
            return descriptor(mediaType, sha256(bytes), bytes.length);
        }

        static ObjectNode descriptor(String mediaType, String hex, long size) {
            return JSON.createObjectNode()
                    .put("mediaType", mediaType)
                    .put("digest", "sha256:" + hex)
                    .put("size", size);
        }

        static byte[] list(String mediaType, String field, JsonNode config, ObjectNode... descriptors)
                throws IOException {
            ObjectNode document =
                    JSON.createObjectNode().put("schemaVersion", 2).put("mediaType", mediaType);
            if (config != null) {
                document.set("config", config);
            }
            ArrayNode all = document.putArray(field);
            Stream.of(descriptors).forEach(all::add);
            return JSON.writeValueAsBytes(document);
        }
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(plain);
        }
        return out.toByteArray();
    }

    private static ObjectNode platform(ObjectNode descriptor, String os, String architecture) {
        descriptor.putObject("platform").put("os", os).put("architecture", architecture);
        return descriptor;
    }

    /** What BuildKit makes: an index of gzip layers, with a statement beside the image. */
    private String built(TestEngine engine, String reference, ObjectNode... more) throws IOException {
        Layout layout = new Layout();
        ObjectNode config = JSON.createObjectNode().put("architecture", "amd64").put("os", "linux");
        config.set("config", run("x"));
        ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        ObjectNode[] layers = new ObjectNode[2];
        for (int i = 0; i < layers.length; i++) {
            byte[] plain = new TestLayer().random("layer" + i, 200_000, i + 40L).tar();
            diffIds.add("sha256:" + sha256(plain));
            layers[i] = layout.blob("application/vnd.oci.image.layer.v1.tar+gzip", gzip(plain));
        }
        String configType = "application/vnd.oci.image.config.v1+json";
        ObjectNode manifest = layout.blob(
                MANIFEST,
                Layout.list(MANIFEST, "layers", layout.blob(configType, JSON.writeValueAsBytes(config)), layers));
        ObjectNode statement = layout.blob(
                MANIFEST,
                Layout.list(
                        MANIFEST,
                        "layers",
                        layout.blob(
                                configType,
                                "{\"architecture\":\"unknown\",\"os\":\"unknown\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"
                                        .getBytes(StandardCharsets.UTF_8)),
                        layout.blob(
                                "application/vnd.in-toto+json",
                                ("{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"of\":\"" + reference + "\"}")
                                        .getBytes(StandardCharsets.UTF_8))));
        statement
                .putObject("annotations")
                .put("vnd.docker.reference.digest", manifest.path("digest").asText())
                .put("vnd.docker.reference.type", "attestation-manifest");
        ObjectNode top = layout.blob(
                INDEX,
                Layout.list(
                        INDEX,
                        "manifests",
                        null,
                        Stream.concat(
                                        Stream.of(
                                                platform(manifest, "linux", "amd64"),
                                                platform(statement, "unknown", "unknown")),
                                        Stream.of(more))
                                .toArray(ObjectNode[]::new)));
        top.putObject("annotations").put("io.containerd.image.name", "docker.io/library/" + reference);
        layout.entries.put("index.json", Layout.list(INDEX, "manifests", null, top));
        layout.entries.put("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII));
        String file = tar("built-" + random() + ".tar", layout.entries);
        try (InputStream in = Files.newInputStream(workspace().resolve(file))) {
            own(engine).upload("/images/load", in);
        }
        Files.delete(workspace().resolve(file));
        assertTrue(engine.hasImage(reference), reference);
        return reference;
    }

    // what the engine says it did

    /** How often the engine did something with images of this test, since it began. */
    private long did(TestEngine engine, String action) throws IOException {
        String filters = encoded("{\"type\":[\"image\"],\"event\":[\"" + action + "\"]}");
        String events =
                engine.call("GET", "/events?since=" + started + "&until=" + (now() + 1) + "&filters=" + filters, null);
        return events.lines().filter(line -> line.contains(mark)).count();
    }

    private static long now() {
        return System.currentTimeMillis() / 1000;
    }

    private void assertNoReferencesOfOurs(TestEngine engine) throws IOException {
        for (String reference : references(engine)) {
            assertFalse(reference.contains("docker-archive:push-"), reference);
        }
    }

    private SaveResult pushed(TestEngine engine, int number, Object images) throws IOException, InterruptedException {
        route = LayerRoute.PUSH_WHERE_POSSIBLE;
        log.clear();
        Save save = new Save(engine, number, "images", images, "stash", "a");
        assertNull(save.keep.unchanged());
        long saves = did(engine, "save");
        long pushes = did(engine, "push");
        SaveResult result = save.send(out -> out);
        assertEquals(saves, did(engine, "save"), "the engine was asked for the whole image");
        assertTrue(did(engine, "push") > pushes);
        assertTrue(logged(PUSHES) && !logged("saves the whole image"), log.toString());
        assertNoReferencesOfOurs(engine);
        return result;
    }

    private SaveResult saved(TestEngine engine, int number, Object images) throws IOException, InterruptedException {
        route = LayerRoute.SAVE;
        log.clear();
        Save save = new Save(engine, number, "images", images, "stash", "a");
        assertNull(save.keep.unchanged());
        SaveResult result = save.send(out -> out);
        assertFalse(logged(PUSHES), log.toString());
        return result;
    }

    /** Every file of a layout by its digest. */
    private Map<String, String> files(int number) throws IOException {
        Path layout = store(number).stash("a");
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> walk = Files.walk(layout)) {
            for (Path file : walk.filter(Files::isRegularFile).toList()) {
                files.put(layout.relativize(file).toString(), sha256(Files.readAllBytes(file)));
            }
        }
        return files;
    }

    @Test
    void whatIsPushedBecomesTheSameFilesAsWhatIsSaved() throws Exception {
        TestEngine engine = containerd();
        String plain = shop(engine, "1", 7);
        String built = built(engine, repository("built") + ":1");
        tag(engine, built, repository("built"), "2");
        int number = 1;
        for (Object images : List.of(
                plain,
                built,
                List.of(plain, built),
                List.of(built, repository("built") + ":2"),
                List.of(built, plain))) {
            SaveResult pushed = pushed(engine, number, images);
            SaveResult saved = saved(engine, number + 1, images);
            assertEquals(files(number + 1), files(number), images.toString());
            assertEquals(saved.sha256(), pushed.sha256());
            assertEquals(saved.images(), pushed.images());
            number += 2;
        }
        assertFiles();
    }

    @Test
    void aChangedImageAddsItsNewLayerAndTheRestIsFoundByTheEnginesDigests() throws Exception {
        TestEngine engine = containerd();
        for (String first : List.of(shop(engine, "1", 7), built(engine, repository("built") + ":1"))) {
            others = List.of();
            pushed(engine, 1, first);
            others = List.of(1);
            String changed = first.contains("shop") ? shop(engine, "2", 8) : first;
            SaveResult next = pushed(engine, 2, List.of(changed, tiny(engine, repository("tiny") + ":1")));
            assertTrue(next.stored() < 150_000, "one small layer, but " + next.stored());
            assertEquals(diffIds(engine, changed), imageOf(2, changed));
            store(1).clear();
            store(2).clear();
        }
    }

    private List<String> imageOf(int number, String reference) throws IOException {
        return read(number, "a").roots().stream()
                .filter(root ->
                        root.references().stream().anyMatch(r -> r.familiar().equals(reference)))
                .findFirst()
                .orElseThrow()
                .images()
                .get(0)
                .diffIds();
    }

    // where it is saved instead

    @Test
    void anEngineThatDoesNotShareTheLoopbackSaves() throws Exception {
        String name = containerd().name();
        try (PrivateEngine apart = PrivateEngine.startInItsOwnNetwork(name)) {
            TestEngine engine = apart.engine();
            String image = repository("apart") + ":1";
            engine.load(new TestImageArchive().image(List.of(image), run("x"), List.of(text("apart"))));
            SaveResult result = new Save(engine, 1, "images", image, "stash", "a").run();
            assertFalse(logged(PUSHES), log.toString());
            assertEquals(1, did(engine, "save"));
            assertEquals(0, did(engine, "push"));
            assertEquals(1, result.images().size());
            assertEquals(diffIds(engine, image), imageOf(1, image));
            engine.close();
        }
    }

    @Test
    void anEngineThatMayNotDoOnePartOfItSaves() throws Exception {
        TestEngine engine = containerd();
        String image = shop(engine, "1", 7);
        AnswerFault denied = AnswerFault.insteadOfTheEngine(403, "{\"message\":\"authorization denied\"}");
        int number = 1;
        for (String request : List.of("/distribution/", "/tag?", "/push?")) {
            UnixRelay relay = closing(new UnixRelay(engine, directory));
            relay.fault(request, 1, denied);
            assertSavedThrough(relay, number++, engine, image);
            assertEquals(1, relay.faultsMade(), request);
            if (!request.equals("/distribution/")) {
                assertTrue(logged("authorization denied") && logged("saves the whole image instead"), log.toString());
            }
        }
    }

    @Test
    @Tries(Fault.F3)
    void anEngineThatSaysItPushedAndDidNotSaves() throws Exception {
        TestEngine engine = containerd();
        String image = shop(engine, "1", 7);
        UnixRelay relay = closing(new UnixRelay(engine, directory));
        relay.fault("/push?", 1, AnswerFault.insteadOfTheEngine(200, "{\"status\":\"Pushed\"}"));
        assertSavedThrough(relay, 1, engine, image);
        assertTrue(logged("it pushed nothing for") && logged("saves the whole image instead"), log.toString());
    }

    private void assertSavedThrough(UnixRelay relay, int number, TestEngine engine, String image) throws Exception {
        log.clear();
        SaveResult result = new Save(relay.address(), number, "images", image, "stash", "a").run();
        assertFalse(result.skipped());
        assertEquals(diffIds(engine, image), imageOf(number, image));
        assertNoReferencesOfOurs(engine);
    }

    @Test
    void anImageOfWhichAPlatformIsMissingIsSaved() throws Exception {
        TestEngine engine = containerd();
        String image = built(
                engine,
                repository("built") + ":1",
                platform(Layout.descriptor(MANIFEST, "ab".repeat(32), 528), "linux", "s390x"));
        SaveResult result = new Save(engine, 1, "images", image, "stash", "a").run();
        // before 28 the engine cannot say what it lacks, but it notices
        assertTrue(isDocker28(engine) ? !logged(PUSHES) : logged("saves the whole image instead"), log.toString());
        assertEquals(0, did(engine, "push"));
        assertEquals(1, did(engine, "save"));
        assertEquals(1, result.images().size());
        assertEquals(diffIds(engine, image), imageOf(1, image));
        assertNoReferencesOfOurs(engine);
    }

    @Test
    void anImageWithoutReferenceAndChosenPlatformsAreSaved() throws Exception {
        TestEngine engine = containerd();
        String image = shop(engine, "1", 7);
        if (isDocker28(engine)) {
            new Save(engine, 1, "images", image, "platforms", "linux/amd64", "stash", "a").run();
            assertFalse(logged(PUSHES), log.toString());
            assertEquals(diffIds(engine, image), imageOf(1, image));
        }
        tiny(engine);
        String nameless = marked(engine).stream()
                .filter(one -> one.path("RepoTags").isEmpty())
                .findFirst()
                .orElseThrow()
                .path("Id")
                .asText();
        new Save(engine, 2, "images", nameless, "stash", "a").run();
        assertFalse(logged(PUSHES), log.toString());
        assertEquals(List.of(), read(2, "a").references());
    }

    // what is left and what is not

    @Test
    void referencesOfAgentsThatAreNoMoreGoAndThoseOfOthersStay() throws Exception {
        TestEngine engine = containerd();
        String image = shop(engine, "1", 7);
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int dead;
            try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                dead = closed.getLocalPort();
            }
            String alive = "127.0.0.1:" + other.getLocalPort() + "/docker-archive";
            tag(engine, image, "127.0.0.1:" + dead + "/docker-archive", "push-1");
            tag(engine, image, "127.0.0.1:" + dead + "/docker-archive", "mine");
            tag(engine, image, alive, "push-2");
            List<String> kept = List.of("127.0.0.1:" + dead + "/docker-archive:mine", alive + ":push-2", image);
            new Save(engine, 1, "images", image, "stash", "a").run();
            assertEquals(kept.stream().sorted().toList(), references(engine));
            assertEquals(
                    List.of("127.0.0.1:" + dead + "/docker-archive:mine", image),
                    new Save(engine, 2, "images", id(engine, image), "stash", "a")
                            .run().images().get(0).references().stream()
                                    .map(reference -> familiar(reference))
                                    .sorted()
                                    .toList(),
                    "a reference that is there for a push only is not the image's own");
        }
    }

    @Test
    @Tries(Fault.F7)
    void anAbortEndsThePushAndLeavesNoReference() throws Exception {
        TestEngine engine = containerd();
        String image = shop(engine, "1", 7);
        CountDownLatch sending = new CountDownLatch(1);
        Save save = new Save(engine, 1, "images", image, "stash", "a");
        assertNull(save.keep.unchanged());
        Thread step = new Thread(() -> {
            try {
                save.send(out -> new Held(out, sending, new CountDownLatch(1)));
            } catch (IOException | InterruptedException e) {
                log.add("ended: " + e);
            }
        });
        step.start();
        assertTrue(sending.await(60, TimeUnit.SECONDS));
        assertTrue(logged(PUSHES), log.toString());
        step.interrupt();
        step.join(5000);
        assertFalse(step.isAlive());
        assertTrue(logged("ended: java.lang.InterruptedException"), log.toString());
        assertFalse(store(1).hasStash("a"));
        assertNoReferencesOfOurs(engine);
        assertNoThreadsOfOurs();
        assertFiles();
    }

    private static void assertNoThreadsOfOurs() throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().matches("(push to |HTTP-).*")) {
                thread.join(5000);
                assertFalse(thread.isAlive(), thread.getName());
            }
        }
    }

    /** A link that carries nothing until it may. */
    private static final class Held extends FilterOutputStream {
        private final CountDownLatch reached;
        private final CountDownLatch released;

        Held(OutputStream out, CountDownLatch reached, CountDownLatch released) {
            super(out);
            this.reached = reached;
            this.released = released;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            reached.countDown();
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new java.io.InterruptedIOException();
            }
            out.write(bytes, offset, length);
        }
    }

    @Test
    void aPushThatBreaksOffInTheMiddleOfALayerIsFollowedByASaveOfWhatIsMissing() throws Exception {
        TestEngine engine = containerd();
        String image = image(engine, repository("cut") + ":1", new TestLayer().random("big", 40_000_000, 3));
        UnixRelay relay = closing(new UnixRelay(engine, directory));
        CountDownLatch sending = new CountDownLatch(1);
        CountDownLatch cut = new CountDownLatch(1);
        Save save = new Save(relay.address(), 1, "images", image, "stash", "a");
        assertNull(save.keep.unchanged());
        Thread cutter = new Thread(() -> {
            try {
                sending.await();
                relay.breakOpenConnections();
            } catch (InterruptedException e) {
                log.add("not cut: " + e);
            } finally {
                cut.countDown();
            }
        });
        cutter.start();
        SaveResult result = save.send(out -> new Held(out, sending, cut));
        cutter.join();
        assertTrue(logged(PUSHES) && logged("saves the whole image instead"), log.toString());
        assertTrue(result.stored() > 40_000_000 && result.stored() < 50_000_000, "stored: " + result.stored());
        assertEquals(diffIds(engine, image), imageOf(1, image));
        assertNoReferencesOfOurs(engine);
        assertNoThreadsOfOurs();
        assertFiles();
    }

    @Test
    @Tries(Fault.F1)
    void anEngineThatDiesInTheMiddleOfAPushIsTheReason() throws Exception {
        String name = containerd().name();
        try (PrivateEngine killed = PrivateEngine.start(name)) {
            TestEngine engine = killed.engine();
            String image = repository("killed") + ":1";
            engine.load(new TestImageArchive()
                    .image(List.of(image), run("x"), List.of(new TestLayer().random("big", 40_000_000, 3))));
            CountDownLatch sending = new CountDownLatch(1);
            CountDownLatch dead = new CountDownLatch(1);
            Save save = new Save(engine, 1, "images", image, "stash", "a");
            assertNull(save.keep.unchanged());
            Thread killer = new Thread(() -> {
                try {
                    sending.await();
                    killed.kill();
                } catch (IOException | InterruptedException e) {
                    log.add("not killed: " + e);
                } finally {
                    dead.countDown();
                }
            });
            killer.start();
            String sentence = failure(() -> save.send(out -> new Held(out, sending, dead)), "Cannot save " + image);
            killer.join();
            assertTrue(sentence.contains(engine.uri().toString()), sentence);
            assertTrue(logged(PUSHES), log.toString());
            assertFalse(store(1).hasStash("a"));
            assertNoThreadsOfOurs();
            assertFiles();
        }
    }

    @Test
    @Tries(Fault.F11)
    void aLayerThatTheEngineHasWithOtherBytesIsRefused() throws Exception {
        TestEngine engine = containerd();
        String image =
                image(engine, repository("a") + ":1", new TestLayer().random("data/big", 300_000, mark.hashCode()));
        String layer = diffIds(engine, image).get(2).substring("sha256:".length());
        String root = JSON.readTree(engine.call("GET", "/info", null))
                .path("DockerRootDir")
                .asText();
        Path blob = Path.of(root, "containerd/daemon/io.containerd.content.v1.content/blobs/sha256", layer);
        byte[] sound = Files.readAllBytes(blob);
        byte[] other = sound.clone();
        other[100_000] ^= 1;
        Files.write(blob, other, StandardOpenOption.WRITE);
        try {
            failure(
                    () -> new Save(engine, 1, "images", image, "stash", "a").run(),
                    "Cannot save " + image,
                    "does not have the digest that its name states");
            assertTrue(logged(PUSHES), log.toString());
            assertFalse(store(1).hasStash("a"));
            assertNoReferencesOfOurs(engine);
        } finally {
            Files.write(blob, sound, StandardOpenOption.WRITE);
        }
    }

    @Test
    void whereItIsSwitchedOffTheEngineSaves() throws Exception {
        TestEngine engine = containerd();
        String image = shop(engine, "1", 7);
        saved(engine, 1, image);
        assertEquals(1, did(engine, "save"));
        assertEquals(0, did(engine, "push"));
    }
}
