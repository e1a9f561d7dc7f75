package io.jenkins.plugins.dockerarchive.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.Relay;
import io.jenkins.plugins.dockerarchive.testengines.TcpRelay;
import io.jenkins.plugins.dockerarchive.testengines.TestCertificates;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.TlsRelay;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import io.jenkins.plugins.dockerarchive.testengines.UnixRelay;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A connection that ends early never looks like the end of an answer. */
@Timeout(120)
@Tries(Fault.F3)
class EngineConnectionLossTest {

    @TempDir
    private Path directory;

    @EveryEngine
    void aSavedTarThatIsCutMakesAReadFail(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        testEngine.createImage(image, new TestLayer().random("a", 700_000, 1));
        for (Relay relay : List.of(
                new UnixRelay(testEngine, directory),
                new TcpRelay(testEngine),
                new TlsRelay(testEngine, new TestCertificates()))) {
            try (relay;
                    Engine engine = Engine.connect(relay.address(), IdleTimeout.DEFAULT)) {
                long whole;
                try (InputStream body = engine.saveImages(List.of(image), List.of())) {
                    whole = body.readAllBytes().length;
                }
                List<Long> cuts = new ArrayList<>();
                for (long cut = 65536; cut < whole; cut += 131072) {
                    cuts.add(cut);
                }
                cuts.add(whole - 1); // within the tar, because of the head and the chunks
                for (long cut : cuts) {
                    relay.cutDownloadAfter(cut);
                    EngineException failure = assertThrows(EngineException.class, () -> {
                        try (InputStream body = engine.saveImages(List.of(image), List.of())) {
                            body.readAllBytes();
                        }
                    });
                    assertTrue(
                            failure.getMessage().contains("broke while it was to save " + image), failure.getMessage());
                    relay.resume();
                }
            }
        }
    }

    @EveryEngine
    void onlyTheMissingLastChunkIsNoticed(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        testEngine.createImage(image, new TestLayer().random("a", 100_000, 1));
        try (Relay relay = new TcpRelay(testEngine);
                Engine engine = Engine.connect(relay.address(), IdleTimeout.DEFAULT)) {
            long whole;
            try (InputStream body = engine.saveImages(List.of(image), List.of())) {
                whole = body.readAllBytes().length;
            }
            // every cut below the whole answer fails, the one above does not: find the border
            long low = whole;
            long high = whole + 20_000;
            while (high - low > 1) {
                long cut = (low + high) / 2;
                relay.cutDownloadAfter(cut);
                long got = -1;
                try (InputStream body = engine.saveImages(List.of(image), List.of())) {
                    got = body.readAllBytes().length;
                } catch (EngineException e) {
                    // cut
                }
                if (got >= 0) {
                    assertEquals(whole, got, "never a part of it");
                    high = cut;
                } else {
                    low = cut;
                }
            }
            assertTrue(low > whole);
        }
    }

    @EveryEngine
    void anAnswerToALoadThatIsCutIsAFailure(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        byte[] tar = tar(image);
        try (Relay relay = new TcpRelay(testEngine);
                Engine engine = Engine.connect(relay.address(), IdleTimeout.DEFAULT)) {
            for (long cut : List.of(0L, 20L, 150L, 190L)) {
                relay.cutDownloadAfter(cut);
                EngineException failure = assertThrows(
                        EngineException.class,
                        () -> engine.loadImages(new ByteArrayInputStream(tar), List.of(), e -> {}));
                System.out.println("says " + failure.getMessage());
                relay.resume();
            }
        }
    }

    @EveryEngine
    void aConnectionLostWithinAnUploadIsAFailure(TestEngine testEngine) throws Exception {
        String image = testEngine.uniqueName() + ":1";
        byte[] tar = tar(image);
        TcpRelay relay = new TcpRelay(testEngine);
        try (Engine engine = Engine.connect(relay.address(), IdleTimeout.DEFAULT)) {
            InputStream source = new ByteArrayInputStream(tar) {
                @Override
                public synchronized int read(byte[] buffer, int offset, int length) {
                    if (available() < tar.length / 2) {
                        closeQuietly(relay);
                    }
                    return super.read(buffer, offset, length);
                }
            };
            EngineException failure =
                    assertThrows(EngineException.class, () -> engine.loadImages(source, List.of(), e -> {}));
            assertTrue(failure.getMessage().contains("closed the connection after"), failure.getMessage());
        } finally {
            closeQuietly(relay);
        }
        try (Engine engine = Engine.connect(testEngine.address(), IdleTimeout.DEFAULT)) {
            assertTrue(engine.findImage(image).isEmpty());
        }
    }

    private static void closeQuietly(Relay relay) {
        try {
            relay.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] tar(String image) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new TestImageArchive()
                .image(List.of(image), List.of(new TestLayer().random("a", 8_000_000, 1)))
                .writeTo(out);
        return out.toByteArray();
    }
}
