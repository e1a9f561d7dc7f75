package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Archives from a web server, as it answers on good days and bad ones; nothing of them is left. */
class UrlOnEnginesTest extends OperationsOnEnginesTest {

    private static final Duration SILENCE = Duration.ofSeconds(1);

    private final CountDownLatch over = new CountDownLatch(1);
    private byte[] content = "content".getBytes(StandardCharsets.US_ASCII);
    private HttpServer server;
    private String url;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        ExecutorService threads = Executors.newCachedThreadPool();
        server.setExecutor(threads);
        server.start();
        url = "http://127.0.0.1:" + server.getAddress().getPort();
        closing(() -> {
            over.countDown();
            server.stop(0);
            threads.shutdownNow();
        });
        answer("/file", "application/x-tar", 0);
        server.createContext("/status", exchange -> {
            exchange.sendResponseHeaders(
                    Integer.parseInt(exchange.getRequestURI().getQuery()), -1);
            exchange.close();
        });
        server.createContext("/hops", exchange -> {
            int left = Integer.parseInt(exchange.getRequestURI().getQuery());
            exchange.getResponseHeaders().set("Location", left == 1 ? "/file" : "/hops?" + (left - 1));
            exchange.sendResponseHeaders(302, -1);
            exchange.close();
        });
        server.createContext("/to", exchange -> {
            exchange.getResponseHeaders()
                    .set("Location", exchange.getRequestURI().getQuery());
            exchange.sendResponseHeaders(301, -1);
            exchange.close();
        });
        server.createContext("/cut", exchange -> {
            exchange.sendResponseHeaders(200, 1_000_000);
            exchange.getResponseBody().write(new byte[300_000]);
            exchange.getResponseBody().flush();
            exchange.close();
        });
        server.createContext("/stall", exchange -> {
            exchange.sendResponseHeaders(200, 1_000_000);
            exchange.getResponseBody().write(new byte[300_000]);
            exchange.getResponseBody().flush();
            await();
        });
        server.createContext("/silent", exchange -> await());
        server.createContext("/slow", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (OutputStream body = exchange.getResponseBody()) {
                for (int i = 0; i < 12; i++) { // more than twice as long as silence is borne
                    body.write(content, i, 1);
                    body.flush();
                    over.await(SILENCE.toMillis() / 5, TimeUnit.MILLISECONDS);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void await() {
        try {
            over.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void answer(String path, String type, int chunked) {
        server.createContext(path, exchange -> {
            exchange.getResponseHeaders().set("Content-Type", type);
            exchange.sendResponseHeaders(200, chunked == 0 ? content.length : 0);
            exchange.getResponseBody().write(content);
            exchange.close();
        });
    }

    private Path fetch(String address) throws IOException, InterruptedException {
        return new UrlFetch(context(new EngineAddress(URI.create("unix:///none"), null, "a test")), SILENCE)
                .fetch(address);
    }

    private void fetched(String address) throws Exception {
        Path file = fetch(address);
        assertArrayEquals(content, Files.readAllBytes(file), address);
        Files.delete(file);
    }

    @Test
    void aFileArrivesWhole() throws Exception {
        fetched(url + "/file");
        answer("/chunked", "application/octet-stream", 1);
        fetched(url + "/chunked");
        content = new byte[0];
        fetched(url + "/file");
        assertFiles();
    }

    @Test
    void fiveRedirectsAreFollowedAndNoMore() throws Exception {
        fetched(url + "/hops?1");
        fetched(url + "/hops?5");
        failure(() -> fetch(url + "/hops?6"), url + "/hops?6", "more than 5 times");
        failure(() -> fetch(url + "/to?file:///etc/passwd"), "file:///etc/passwd", "not followed");
        failure(() -> fetch(url + "/to?:"), "no address");
        assertFiles();
    }

    @Test
    void whatIsNoArchiveIsSaidToBeNone() throws Exception {
        answer("/page", "text/html; charset=utf-8", 0);
        failure(() -> fetch(url + "/page"), url + "/page", "HTML page");
        failure(() -> fetch(url + "/nowhere"), url + "/nowhere", "404");
        failure(() -> fetch(url + "/status?500"), "500");
        failure(() -> fetch(url + "/status?204"), "204");
        failure(() -> fetch(url + "/status?302"), "302");
        assertFiles();
    }

    @Test
    void anAnswerThatIsCutShortIsNoFile() throws Exception {
        failure(() -> fetch(url + "/cut"), url + "/cut");
        assertFiles();
    }

    @Test
    void aSilentServerIsGivenUp() throws Exception {
        failure(() -> fetch(url + "/stall"), url + "/stall", "nothing came for 1 seconds");
        failure(() -> fetch(url + "/silent"), url + "/silent", "no answer within 1 seconds");
        assertFiles();
    }

    @Test
    void aSlowServerIsNot() throws Exception {
        content = "slow and steady".substring(0, 12).getBytes(StandardCharsets.US_ASCII);
        fetched(url + "/slow");
    }

    @Test
    void aServerThatIsNotThereIsNamed() throws Exception {
        server.stop(0);
        failure(() -> fetch(url + "/file"), url, "refused");
        failure(() -> fetch("http://no-such-host.invalid/x"), "no-such-host.invalid");
        assertFiles();
    }

    @Test
    void aFileThatIsTooBigIsNotTaken() throws Exception {
        ArchiveLimits all = ArchiveLimits.defaults();
        ArchiveLimits few = new ArchiveLimits(
                all.entries(),
                all.fileSystemEntries(),
                all.nameLength(),
                all.headerBytes(),
                all.jsonBytes(),
                all.jsonDepth(),
                all.layers(),
                all.images(),
                content.length - 1,
                all.expansionRatio());
        OperationContext context = new OperationContext(
                workspace(), directory.resolve("temporary"), engines().get(0).address(), few, log::add);
        failure(() -> new UrlFetch(context, SILENCE).fetch(url + "/file"), "bigger than");
        assertFiles();
    }

    @Test
    void aFetchThatIsStoppedEndsSoonAndLeavesNothing() throws Exception {
        for (String path : List.of("/stall", "/silent")) {
            AtomicReference<Throwable> end = new AtomicReference<>();
            OperationContext context = context(new EngineAddress(URI.create("unix:///none"), null, "a test"));
            Thread thread = new Thread(() -> {
                try {
                    new UrlFetch(context, Duration.ofMinutes(2)).fetch(url + path);
                } catch (Throwable e) {
                    end.set(e);
                }
            });
            thread.start();
            long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (path.equals("/stall") ? !received(300_000) : thread.getState() == Thread.State.RUNNABLE) {
                assertTrue(System.nanoTime() < deadline);
                Thread.sleep(5);
            }
            thread.interrupt();
            thread.join(5000);
            assertTrue(!thread.isAlive(), path);
            assertInstanceOf(InterruptedException.class, end.get(), path);
            assertFiles();
        }
    }

    private boolean received(long bytes) throws IOException {
        Path temporary = directory.resolve("temporary");
        if (!Files.exists(temporary)) {
            return false;
        }
        try (var files = Files.newDirectoryStream(temporary)) {
            for (Path file : files) {
                if (Files.size(file) >= bytes) {
                    return true;
                }
            }
        }
        return false;
    }

    @EveryEngine
    void anImageIsLoadedFromItsAddress(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        content = Files.readAllBytes(workspace()
                .resolve(tar("a.tar", archive(Raw.of(a, text("a").tar())))));
        failure(
                () -> load(engine, "url", url + "/file", "sha256", "1".repeat(64)),
                url,
                sha256(content),
                "1".repeat(64));
        assertEquals(List.of(), references(engine));
        load(engine, "url", url + "/hops?2", "sha256", sha256(content), "images", a);
        assertEquals(List.of(a), references(engine));
        assertFiles("a.tar");
        content = text("etc/x").tar();
        failure(() -> load(engine, "url", url + "/file"), url + "/file");
        importImage(
                engine, "url", url + "/file", "image", repository("b"), "changes", "LABEL docker-archive-test=" + mark);
        assertEquals(List.of(a, repository("b") + ":latest"), references(engine));
        assertFiles("a.tar");
    }
}
