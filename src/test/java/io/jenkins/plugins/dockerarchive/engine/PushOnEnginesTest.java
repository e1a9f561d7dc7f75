package io.jenkins.plugins.dockerarchive.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;

/** What a real engine pushes. */
@Timeout(180)
class PushOnEnginesTest {

    private static final int LARGEST = 1 << 20;

    private static List<String> layers(TestEngine engine, String image) throws IOException {
        List<String> layers = new ArrayList<>();
        for (JsonNode layer : engine.inspectImage(image).path("RootFS").path("Layers")) {
            layers.add(layer.asText());
        }
        return layers;
    }

    private static Thread pushing(Engine engine, PushEndpoint endpoint, String tag) {
        Thread thread = new Thread(() -> {
            try {
                engine.push(endpoint, tag);
                endpoint.end();
            } catch (IOException e) {
                endpoint.end(e);
            } catch (InterruptedException e) {
                endpoint.end(new IOException(e));
            }
        });
        thread.start();
        return thread;
    }

    /** The layers of the image lie uncompressed in the store, so their digests are their diff IDs. */
    @EveryEngine(store = TestEngine.Store.CONTAINERD)
    void onlyLayersThatAreNotThereArePushedAndTheManifestIsTheImagesId(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        testEngine.createImage(
                image, new TestLayer().random("big", 3_000_000, 5), new TestLayer().random("small", 50_000, 6));
        List<String> layers = layers(testEngine, image);
        AtomicLong arrived = new AtomicLong();
        try (Engine engine = Engine.connect(testEngine.address(), IdleTimeout.DEFAULT);
                PushEndpoint endpoint = PushEndpoint.open(
                        Set.of(layers.get(0))::contains, LARGEST, arrived::addAndGet, IdleTimeout.DEFAULT)) {
            assertTrue(engine.reaches(endpoint));
            engine.tag(image, endpoint.repository(), "push-1");
            try {
                Thread thread = pushing(engine, endpoint, "push-1");
                List<String> digests = new ArrayList<>();
                for (PushedBlob blob = endpoint.take(); blob != null; blob = endpoint.take()) {
                    assertEquals(blob.size(), blob.content().readAllBytes().length);
                    digests.add(blob.digest());
                }
                thread.join();
                String id = engine.findImage(image).orElseThrow().id();
                assertEquals(3, digests.size(), "a config, a layer, a manifest: " + digests);
                assertTrue(digests.containsAll(List.of(layers.get(1), id)), digests.toString());
                assertEquals(Set.of(layers.get(0)), endpoint.unsent());
                assertEquals(Set.of("push-1"), endpoint.tagged().keySet());
                assertTrue(arrived.get() > 50_000 && arrived.get() < 70_000, "arrived: " + arrived);
            } finally {
                engine.removeImage(endpoint.repository() + ":push-1");
            }
            assertTrue(engine.findImage(image).isPresent(), "the image has its own reference still");
        }
    }

    @EveryEngine(store = TestEngine.Store.CONTAINERD)
    void aPushOfWhatIsNotThereIsRefusedWithTheEnginesReason(TestEngine testEngine) throws Exception {
        try (Engine engine = Engine.connect(testEngine.address(), IdleTimeout.DEFAULT);
                PushEndpoint endpoint = PushEndpoint.open(digest -> false, LARGEST, bytes -> {}, IdleTimeout.DEFAULT)) {
            EngineException failure = assertThrows(EngineException.class, () -> engine.push(endpoint, "push-1"));
            assertTrue(
                    failure.getMessage().contains("could not push " + endpoint.repository() + ":push-1"),
                    failure.getMessage());
            assertFalse(failure.getMessage().contains(endpoint.authorization()));
        }
    }

    /** Engines of the other stores have networks of their own here. */
    @EveryEngine(store = {TestEngine.Store.GRAPH_DRIVER, TestEngine.Store.PODMAN})
    void anEngineOfAnotherNetworkDoesNotReachIt(TestEngine testEngine) throws Exception {
        try (Engine engine = Engine.connect(testEngine.address(), IdleTimeout.DEFAULT);
                PushEndpoint endpoint = PushEndpoint.open(digest -> false, LARGEST, bytes -> {}, IdleTimeout.DEFAULT)) {
            assertFalse(engine.reaches(endpoint));
        }
    }

    @EveryEngine(store = TestEngine.Store.CONTAINERD)
    void theEngineSaysWhetherItHasEverything(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        testEngine.createImage(image, new TestLayer().text("a", "one"));
        try (Engine engine = Engine.connect(testEngine.address(), IdleTimeout.DEFAULT)) {
            assertTrue(engine.hasEverythingOf(image));
            boolean tells = engine.capabilities().apiVersion().isAtLeast(new ApiVersion(1, 48));
            assertEquals(!tells, engine.hasEverythingOf(testEngine.uniqueName() + ":none"));
        }
    }
}
