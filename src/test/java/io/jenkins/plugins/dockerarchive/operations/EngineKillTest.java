package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.PrivateEngine;
import io.jenkins.plugins.dockerarchive.testengines.Relay;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import io.jenkins.plugins.dockerarchive.testengines.UnixRelay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;

/** An engine that is killed, or has no room left, in the midst of a verb: real signals, real disks. */
class EngineKillTest extends OperationsOnEnginesTest {

    private static final Duration SOON = Duration.ofSeconds(5);

    @EveryEngine
    @Tries({Fault.F1, Fault.F2})
    void aKilledEngineFailsTheVerbSoonKeepsItsImagesAndWorksAfterARestart(TestEngine shared) throws Exception {
        try (PrivateEngine killed = PrivateEngine.start(shared.name())) {
            String image = repository("app") + ":1";
            loadOldKeepNew(killed.engine(), image);
            String old = id(killed.engine(), image);

            // before the first byte, within the body, within an upload
            killWithin(killed, 0, Long.MAX_VALUE, "save", image);
            assertEquals(old, id(killed.engine(), image));
            killWithin(killed, 400_000, Long.MAX_VALUE, "save", image);
            killWithin(killed, Long.MAX_VALUE, 400_000, "load", image);
            assertEquals(old, id(killed.engine(), image), "the old image keeps its reference");

            save(killed.engine(), "images", image, "file", "a.tar");
            Files.delete(workspace().resolve("a.tar"));
            load(killed.engine(), "file", "new.tar");
            assertTrue(!old.equals(id(killed.engine(), image)));
        }
    }

    private void killWithin(PrivateEngine killed, long downloaded, long uploaded, String verb, String image)
            throws Exception {
        TestEngine engine = killed.engine();
        try (Relay relay = new UnixRelay(engine, directory)) {
            if (downloaded != Long.MAX_VALUE) {
                relay.stallDownloadAfter(Math.max(downloaded, 4_000)); // its first questions are short
            }
            if (uploaded != Long.MAX_VALUE) {
                relay.stallUploadAfter(uploaded);
            }
            AtomicReference<Throwable> end = new AtomicReference<>();
            Thread thread = start(relay, verb, image, end);
            await(() -> relay.downloaded() >= Math.max(downloaded, 4_000) || relay.uploaded() >= uploaded);
            long start = System.nanoTime();
            killed.kill();
            relay.resume();
            thread.join(30_000);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            assertInstanceOf(OperationException.class, end.get());
            assertTrue(
                    end.get().getMessage().contains(relay.address().uri().toString()),
                    end.get().getMessage());
            assertTrue(
                    end.get().getMessage().contains(verb.equals("save") ? image : "new.tar"),
                    end.get().getMessage());
            assertTrue(took.compareTo(SOON) < 0, took.toString());
            assertFiles("new.tar", "old.tar");
        }
        killed.up();
    }

    @EveryEngine
    @Tries(Fault.F7)
    void whatAnEngineWroteForAVerbThatIsStoppedIsGoneTenSecondsLater(TestEngine shared) throws Exception {
        try (PrivateEngine own = PrivateEngine.start(shared.name())) {
            String image = repository("app") + ":1";
            loadOldKeepNew(own.engine(), image);
            List<Path> before = own.temporaryFiles();
            for (String verb : List.of("save", "load")) {
                try (Relay relay = new UnixRelay(own.engine(), directory)) {
                    relay.stallDownloadAfter(400_000);
                    relay.stallUploadAfter(400_000);
                    AtomicReference<Throwable> end = new AtomicReference<>();
                    Thread thread = start(relay, verb, image, end);
                    await(() -> relay.downloaded() >= 400_000 || relay.uploaded() >= 400_000);
                    long start = System.nanoTime();
                    thread.interrupt();
                    relay.resume();
                    thread.join(SOON.toMillis());
                    assertInstanceOf(InterruptedException.class, end.get(), verb);
                    await(() -> relay.openConnections() == 0);
                    await(() -> before.containsAll(own.temporaryFiles()));
                    Duration took = Duration.ofNanos(System.nanoTime() - start);
                    assertTrue(took.compareTo(Duration.ofSeconds(10)) < 0, verb + ": " + took);
                    assertFiles("new.tar", "old.tar");
                }
            }
        }
    }

    /** Two archives of an image of that name, of which the engine has the first. */
    private void loadOldKeepNew(TestEngine engine, String image) throws Exception {
        tar("old.tar", archive(Raw.of(image, random(4))));
        tar("new.tar", archive(Raw.of(image, random(5))));
        load(engine, "file", "old.tar");
    }

    private static byte[] random(long seed) throws IOException {
        return new TestLayer().random("data/r", 3_000_000, seed).tar();
    }

    private Thread start(Relay relay, String verb, String image, AtomicReference<Throwable> end) {
        Thread thread = new Thread(() -> {
            try {
                if (verb.equals("save")) {
                    save(relay.address(), "images", image, "file", "a.tar");
                } else {
                    load(relay.address(), "file", "new.tar");
                }
            } catch (Throwable e) {
                end.set(e);
            }
        });
        thread.start();
        return thread;
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.call()) {
            assertTrue(System.nanoTime() < deadline, "in vain");
            Thread.sleep(1);
        }
    }

    /** Podman keeps what it has got of an upload for a while, and has no room then even for an answer. */
    @EveryEngine(store = {TestEngine.Store.GRAPH_DRIVER, TestEngine.Store.CONTAINERD})
    @Tries(Fault.F6)
    void anEngineWithoutRoomSaysSoAndKeepsWhatItHad(TestEngine shared) throws Exception {
        try (PrivateEngine small = PrivateEngine.start(shared.name(), 80)) {
            String image = repository("app") + ":1";
            tar("old.tar", archive(Raw.of(image, text("old").tar())));
            load(small.engine(), "file", "old.tar");
            String old = id(small.engine(), image);
            tar(
                    "big.tar",
                    archive(Raw.of(
                            image,
                            new TestLayer().random("data/big", 150_000_000, 4).tar())));
            for (int attempt = 0; attempt < 2; attempt++) {
                String said = failure(() -> load(small.engine(), "file", "big.tar"), "disk");
                System.out.println("full " + shared.name() + ": " + said);
                assertEquals(old, id(small.engine(), image));
                List<String> all = new ArrayList<>();
                for (JsonNode one : JSON.readTree(small.engine().call("GET", "/images/json", null))) {
                    one.path("RepoTags").forEach(tag -> all.add(familiar(tag.asText())));
                }
                assertEquals(List.of(image), all);
            }
            tar("other.tar", archive(Raw.of(image, text("other").tar())));
            load(small.engine(), "file", "other.tar");
            assertTrue(!old.equals(id(small.engine(), image)), "what is small still fits");
        }
    }
}
