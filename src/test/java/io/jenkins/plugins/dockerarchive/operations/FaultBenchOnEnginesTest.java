package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.testengines.AnswerFault;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.Relay;
import io.jenkins.plugins.dockerarchive.testengines.TcpRelay;
import io.jenkins.plugins.dockerarchive.testengines.TestCertificates;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.TlsRelay;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import io.jenkins.plugins.dockerarchive.testengines.UnixRelay;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Answers that are spoilt on their way: what looks like success and is none is never taken for it. */
class FaultBenchOnEnginesTest extends OperationsOnEnginesTest {

    private static final String SAVE = "/images/get";
    private static final String LOAD = "/images/load";
    private static final String IMPORT = "/images/create";

    private IdleTimeout idle = IdleTimeout.DEFAULT;

    @Override
    OperationContext context(EngineAddress address) {
        return new OperationContext(
                workspace(),
                directory.resolve("temporary"),
                address,
                idle,
                ArchiveLimits.defaults(),
                LayerRoute.PUSH_WHERE_POSSIBLE,
                log::add);
    }

    private Relay relay(TestEngine engine) throws IOException {
        return closing(new UnixRelay(engine, directory));
    }

    private String saved(TestEngine engine) throws IOException {
        String image = repository("app") + ":1";
        tar(
                "app.tar",
                archive(Raw.of(
                        image,
                        text("base").tar(),
                        new TestLayer().random("data/r", 150_000, 3).tar())));
        try {
            load(engine, "file", "app.tar");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        Files.delete(workspace().resolve("app.tar"));
        return image;
    }

    private long size(TestEngine engine, String image) throws IOException {
        Path file = directory.resolve("plain-" + random() + ".tar");
        plainSave(engine, file, image);
        long size = Files.size(file);
        Files.delete(file);
        return size;
    }

    /** Each 64 KiB, at the beginning, and around the end, where only the end of the tar is missing. */
    private static List<Long> borders(long size) {
        List<Long> borders = new ArrayList<>(List.of(0L, 1L, 512L, size - 1, size - 512, size - 1024, size - 1536));
        for (long at = 65_536; at < size; at += 65_536) {
            borders.add(at);
        }
        return borders;
    }

    // F3

    @EveryEngine
    @Tries(Fault.F3)
    void aSaveThatEndsTooEarlyWithoutAnySignIsNeverAnArchive(TestEngine engine) throws Exception {
        String image = saved(engine);
        Relay relay = relay(engine);
        for (long border : borders(size(engine, image))) {
            spoilt(relay, image, AnswerFault.endingCleanlyAfter(border));
            spoilt(relay, image, AnswerFault.asHttp10EndingAfter(border));
        }
    }

    @EveryEngine
    @Tries(Fault.F3)
    void anErrorInTheBodyOfASaveIsNeverAnArchive(TestEngine engine) throws Exception {
        String image = saved(engine);
        Relay relay = relay(engine);
        long size = size(engine, image);
        for (long border : borders(size)) {
            spoilt(relay, image, AnswerFault.endingWithAnErrorAfter(border, "write: no space left on device"));
        }
        spoilt(relay, image, AnswerFault.endingWithAnErrorAfter(size, "too late"));
    }

    @EveryEngine
    @Tries(Fault.F3)
    void aSaveWithoutItsLastChunkIsNeverAnArchive(TestEngine engine) throws Exception {
        String image = saved(engine);
        Relay relay = relay(engine);
        spoilt(relay, image, AnswerFault.withoutTheLastChunk());
        spoilt(relay, image, AnswerFault.saying(""));
        spoilt(relay, image, AnswerFault.saying("{\"message\":\"no\"}"));
    }

    private void spoilt(Relay relay, String image, AnswerFault fault) throws Exception {
        for (String format : fault.toString().contains("cleanly") ? List.of("tar", "oci") : List.of("tar")) {
            int before = relay.faultsMade();
            relay.fault(SAVE, 1, fault);
            String said = failure(() -> save(relay.address(), "images", image, "format", format, "file", "a"), "save");
            assertEquals(before + 1, relay.faultsMade(), fault + ": " + said);
            assertFiles();
        }
    }

    @EveryEngine
    @Tries({Fault.F3, Fault.F10})
    void aBitThatFlipsInASaveIsNoticedOrChangesNothing(TestEngine engine) throws Exception {
        String image = saved(engine);
        Relay relay = relay(engine);
        List<String> diffIds = diffIds(engine, image);
        long size = size(engine, image);
        for (long at = 100; at < size; at += size / 40) {
            relay.fault(SAVE, 1, AnswerFault.flippingABitAt(at));
            try {
                SaveResult result = save(relay.address(), "images", image, "file", "a.tar");
                assertEquals(
                        diffIds,
                        result.images().get(0).layers().stream()
                                .map(SaveResult.SavedLayer::diffId)
                                .toList(),
                        "bit at " + at);
                Files.delete(workspace().resolve("a.tar"));
            } catch (OperationException e) {
                assertTrue(e.getMessage().endsWith("."), e.getMessage());
            }
            assertFiles();
        }
    }

    // F4

    @EveryEngine
    @Tries(Fault.F4)
    void aLoadThatSaysSuccessAndIsNoneMovesNoReference(TestEngine engine) throws Exception {
        String image = repository("app") + ":1";
        tar("old.tar", archive(Raw.of(image, text("old").tar())));
        load(engine, "file", "old.tar");
        String old = id(engine, name(engine, image));
        tar("new.tar", archive(Raw.of(image, text("new").tar())));
        Relay relay = relay(engine);
        List<AnswerFault> faults = List.of(
                AnswerFault.saying("{\"errorDetail\":{\"message\":\"it broke\"},\"error\":\"it broke\"}"),
                AnswerFault.saying("{\"stream\":\"Loaded image: x:1\\n\"}\n{\"error\":\"it broke\"}"),
                AnswerFault.saying(
                        "{\"stream\":\"Loaded image: x:1\\n\"}\n{\"stream\":\"Error unpacking image x:1: it broke\\n\"}"),
                AnswerFault.saying(""),
                AnswerFault.saying("{}"),
                AnswerFault.saying("{\"stream\":\"Loaded ima"),
                AnswerFault.withoutTheLastChunk(),
                AnswerFault.insteadOfTheEngine(500, "{\"message\":\"it broke\"}"),
                AnswerFault.insteadOfTheEngine(503, "<html>proxy</html>"),
                AnswerFault.insteadOfTheEngine(200, "{\"stream\":\"Loaded image: x:1\\n\"}"));
        for (AnswerFault fault : faults) {
            relay.fault(LOAD, 1, fault);
            String said = failure(() -> load(relay.address(), "file", "new.tar"), "he engine ");
            if (fault.toString().contains("it broke")) {
                assertTrue(said.contains("it broke"), said);
            }
            assertEquals(old, id(engine, name(engine, image)), fault.toString());
            assertEquals(List.of(image), references(engine), fault.toString());
        }
        load(relay.address(), "file", "new.tar");
        assertEquals(List.of(image), familiarOf(engine));
    }

    private List<String> familiarOf(TestEngine engine) throws IOException {
        return references(engine).stream()
                .filter(reference -> !reference.equals("<none>"))
                .toList();
    }

    private static String name(TestEngine engine, String image) throws IOException {
        for (String name : List.of(image, "docker.io/library/" + image, "localhost/" + image)) {
            if (engine.hasImage(name)) {
                return name;
            }
        }
        throw new AssertionError(engine + " does not have " + image);
    }

    /** What a containerd store answers when an image is removed while it lists all of them. */
    @EveryEngine
    @Tries(Fault.F14)
    void imagesThatGoWhileTheEngineListsThemFailNoLoad(TestEngine engine) throws Exception {
        String image = repository("app") + ":1";
        tar("new.tar", archive(Raw.of(image, text("new").tar())));
        Relay relay = relay(engine);
        AnswerFault gone =
                AnswerFault.insteadOfTheEngine(404, "{\"message\":\"NotFound: content digest sha256:0: not found\"}");
        relay.fault("/images/json", 3, gone);
        load(relay.address(), "file", "new.tar");
        assertEquals(3, relay.faultsMade());
        assertEquals(List.of(image), references(engine));
        tar(
                "other.tar",
                archive(Raw.of(repository("other") + ":1", text("other").tar())));
        relay.fault("/images/json", Integer.MAX_VALUE, gone);
        failure(() -> load(relay.address(), "file", "other.tar"), "list its images", "404");
    }

    @EveryEngine
    @Tries(Fault.F4)
    void anImportThatSaysSuccessAndIsNoneMovesNoReference(TestEngine engine) throws Exception {
        Files.write(
                workspace().resolve("fs.tar"),
                new TestLayer().text("etc/x", "y").text("bin/y", "z").tar());
        Relay relay = relay(engine);
        String image = repository("fs") + ":1";
        List<String> changes = List.of("LABEL docker-archive-test=" + mark);
        for (AnswerFault fault : List.of(
                AnswerFault.saying(""),
                AnswerFault.saying("{\"status\":\"done\"}"),
                AnswerFault.saying("{\"error\":\"it broke\"}"),
                AnswerFault.withoutTheLastChunk(),
                AnswerFault.insteadOfTheEngine(500, "{\"message\":\"it broke\"}"),
                AnswerFault.insteadOfTheEngine(200, "{\"status\":\"sha256:" + "0".repeat(64) + "\"}"))) {
            relay.fault(IMPORT, 1, fault);
            failure(() -> importImage(relay.address(), "file", "fs.tar", "image", image, "changes", changes), "import");
            assertEquals(List.of(), references(engine), fault.toString());
        }
    }

    @EveryEngine
    @Tries(Fault.F3)
    void everyQuestionThatIsAnsweredWithAnErrorFailsTheVerbAndLeavesNothing(TestEngine engine) throws Exception {
        String image = saved(engine);
        String id = id(engine, name(engine, image));
        tar("new.tar", archive(Raw.of(image, text("new").tar())));
        Relay relay = relay(engine);
        AnswerFault broken = AnswerFault.insteadOfTheEngine(500, "{\"message\":\"it broke\"}");
        for (String question : List.of("/version", "/info", "/json", "/images/get", "/images/load", "/tag")) {
            int before = relay.faultsMade();
            relay.fault(question, 1, broken);
            Verb save = () -> save(relay.address(), "images", image, "file", "a.tar");
            Verb load = () -> load(relay.address(), "file", "new.tar");
            // an upload that is answered early may break before the answer is read
            String words = question.endsWith("load") ? "he engine " : "it broke";
            failure(question.endsWith("load") || question.endsWith("tag") ? load : save, words);
            assertEquals(before + 1, relay.faultsMade(), question);
            assertFiles("new.tar");
            assertEquals(id, id(engine, name(engine, image)), question);
            assertEquals(List.of(image), references(engine), question);
        }
    }

    // F10 between us and the engine

    @EveryEngine
    @Tries(Fault.F10)
    void aBitThatFlipsOnTheWayIntoAnEngineMovesNoReferenceOrChangesNothing(TestEngine engine) throws Exception {
        String image = repository("app") + ":1";
        byte[] layer = new TestLayer().random("data/r", 60_000, 5).tar();
        tar("old.tar", archive(Raw.of(image, text("old").tar())));
        load(engine, "file", "old.tar");
        String old = id(engine, name(engine, image));
        tar("new.tar", archive(Raw.of(image, layer)));
        Relay relay = relay(engine);
        for (long at = 3_000; at < 60_000; at += 7_919) {
            relay.flipUploadedBitAt(at);
            // only the load's own upload is that long
            failure(() -> load(relay.address(), "file", "new.tar"), "he engine ");
            relay.resume();
            assertEquals(old, id(engine, name(engine, image)), "bit at " + at);
            assertEquals(List.of(image), references(engine), "bit at " + at);
        }
    }

    // F16

    @EveryEngine
    @Tries(Fault.F16)
    void aSilentEngineEndsTheVerbAfterTheIdleTime(TestEngine engine) throws Exception {
        String image = saved(engine);
        tar(
                "new.tar",
                archive(Raw.of(
                        image, new TestLayer().random("data/big", 3_000_000, 9).tar())));
        Relay relay = relay(engine);
        idle = new IdleTimeout(Duration.ofMillis(700));
        relay.stallDownloadAfter(0);
        failure(() -> save(relay.address(), "images", image), "neither sent nor took a byte for");
        relay.resume();
        relay.stallDownloadAfter(50_000);
        failure(() -> save(relay.address(), "images", image), "neither sent nor took a byte for");
        relay.resume();
        relay.stallUploadAfter(100_000);
        AtomicReference<Throwable> end = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                load(relay.address(), "file", "new.tar");
            } catch (Throwable e) {
                end.set(e);
            }
        });
        thread.start();
        thread.join(20_000);
        assertInstanceOf(OperationException.class, end.get());
        assertTrue(
                end.get().getMessage().contains("neither sent nor took a byte for"),
                end.get().getMessage());
        assertFiles("new.tar");
        relay.resume();
    }

    @Test
    @Tries(Fault.F16)
    void aKilobyteASecondIsSlowAndNoFailure() throws Exception {
        TestEngine engine = graph();
        String image = tiny(engine, repository("tiny") + ":1");
        Relay relay = relay(engine);
        idle = new IdleTimeout(Duration.ofSeconds(2));
        relay.slowDown(1_024);
        SaveResult saved = save(relay.address(), "images", image, "file", "a.tar");
        assertEquals(1, saved.images().size());
    }

    @EveryEngine
    @Tries({Fault.F1, Fault.F2})
    void aConnectionThatIsResetFailsTheVerbAndLeavesNothing(TestEngine engine) throws Exception {
        String image = saved(engine);
        String id = id(engine, name(engine, image));
        tar(
                "new.tar",
                archive(Raw.of(
                        image, new TestLayer().random("data/big", 3_000_000, 9).tar())));
        for (Relay relay :
                List.of(closing(new TcpRelay(engine)), closing(new TlsRelay(engine, new TestCertificates())))) {
            for (Verb verb : List.<Verb>of(
                    () -> save(relay.address(), "images", image, "file", "a.tar"),
                    () -> load(relay.address(), "file", "new.tar"))) {
                relay.stallDownloadAfter(60_000);
                relay.stallUploadAfter(200_000);
                AtomicReference<Throwable> end = new AtomicReference<>();
                Thread thread = new Thread(() -> {
                    try {
                        verb.run();
                    } catch (Throwable e) {
                        end.set(e);
                    }
                });
                thread.start();
                long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
                while (relay.downloaded() < 60_000 && relay.uploaded() < 200_000) {
                    assertTrue(System.nanoTime() < deadline && thread.isAlive(), () -> "in vain: " + end.get());
                    Thread.sleep(5);
                }
                relay.resetOpenConnections(); // before anything flows again and ends well
                relay.resume();
                thread.join(20_000);
                assertInstanceOf(OperationException.class, end.get());
                assertFiles("new.tar");
                assertEquals(id, id(engine, name(engine, image)));
                assertEquals(List.of(image), references(engine));
            }
        }
    }
}
