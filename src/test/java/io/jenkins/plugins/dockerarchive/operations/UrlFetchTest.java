package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.DiskFullException;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.SmallDisk;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@Tries(Fault.F17)
class UrlFetchTest {

    private static final byte[] CONTENT = new byte[300_000];

    static {
        new Random(1).nextBytes(CONTENT);
    }

    @TempDir
    Path directory;

    private final List<String> log = new ArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private ExecutorService threads;
    private HttpServer server;

    @BeforeEach
    void start() throws IOException {
        threads = Executors.newCachedThreadPool();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.start();
    }

    @AfterEach
    void stop() {
        Thread.interrupted();
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    private void serve(String path, HttpHandler handler) {
        server.createContext(path, exchange -> {
            try (exchange) {
                handler.handle(exchange);
            }
        });
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private void redirect(String from, String to) {
        serve(from, exchange -> {
            exchange.getResponseHeaders().add("Location", to);
            exchange.sendResponseHeaders(302, -1);
        });
    }

    private String url(String path) {
        return "http://" + server.getAddress().getAddress().getHostAddress() + ":"
                + server.getAddress().getPort() + path;
    }

    private OperationContext context(long totalBytes) {
        ArchiveLimits limits = new ArchiveLimits(
                1000,
                1000,
                1000,
                1000,
                1000,
                10,
                10,
                10,
                totalBytes,
                ArchiveLimits.defaults().expansionRatio());
        return new OperationContext(
                directory.resolve("workspace"),
                directory.resolve("temporary"),
                new EngineAddress(URI.create("unix:///nowhere"), null, "test"),
                limits,
                log::add);
    }

    private UrlFetch fetch() {
        return new UrlFetch(context(1L << 30));
    }

    private String failure(String path) throws IOException {
        String message = assertThrows(OperationException.class, () -> fetch().fetch(url(path)))
                .getMessage();
        assertNothingLeft();
        assertTrue(message.startsWith("Cannot fetch " + url(path) + ": "), message);
        assertTrue(message.endsWith("."), message);
        return message;
    }

    @Test
    @Tries(Fault.F6)
    void whatHasNoRoomIsRefusedBeforeItIsFetchedWhereItsSizeIsKnown() throws Exception {
        serve("/big", exchange -> {
            exchange.sendResponseHeaders(200, CONTENT.length);
            exchange.getResponseBody().write(CONTENT, 0, 1000);
        });
        serve("/endless", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(CONTENT);
        });
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("temporary"), "size=100k")) {
            DiskFullException before = assertThrows(DiskFullException.class, () -> fetch().fetch(url("/big")));
            assertTrue(
                    before.getMessage()
                            .contains("has no room for what " + url("/big") + " sends: 300000 bytes are needed and "
                                    + disk.free() + " bytes are free"),
                    before.getMessage());
            assertNothingLeft();
            DiskFullException within = assertThrows(DiskFullException.class, () -> fetch().fetch(url("/endless")));
            assertTrue(within.getMessage().contains("bytes that were written"), within.getMessage());
            assertNothingLeft();
        }
    }

    private void assertNothingLeft() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("temporary"))) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void fetchesIntoTheTemporaryDirectoryAndSaysSo() throws Exception {
        serve("/a.tar", exchange -> answer(exchange, 200, CONTENT));

        Path file = fetch().fetch(url("/a.tar"));

        assertArrayEquals(CONTENT, Files.readAllBytes(file));
        assertEquals(directory.resolve("temporary"), file.getParent());
        assertTrue(log.get(log.size() - 1).startsWith("Fetched " + url("/a.tar") + ": 300.0 kB in "), log.toString());
    }

    @Test
    void fetchesWhatHasNoStatedLength() throws Exception {
        serve("/a.tar", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(CONTENT);
        });

        assertArrayEquals(CONTENT, Files.readAllBytes(fetch().fetch(url("/a.tar"))));
    }

    @Test
    void followsRedirectsToRelativeAndAbsoluteAddresses() throws Exception {
        serve("/real/a.tar", exchange -> answer(exchange, 200, CONTENT));
        redirect("/1", "real/a.tar");
        redirect("/2", url("/1"));

        assertArrayEquals(CONTENT, Files.readAllBytes(fetch().fetch(url("/2"))));
    }

    @Test
    void followsFiveRedirectsAndNoSixth() throws Exception {
        serve("/0", exchange -> answer(exchange, 200, CONTENT));
        for (int i = 1; i <= 6; i++) {
            redirect("/" + i, "/" + (i - 1));
        }

        assertArrayEquals(CONTENT, Files.readAllBytes(fetch().fetch(url("/5"))));
        assertThrows(OperationException.class, () -> fetch().fetch(url("/6")));
    }

    @Test
    void refusesRedirectsThatGoRound() throws Exception {
        redirect("/round", "/round");

        assertEquals("Cannot fetch " + url("/round") + ": the server redirects more than 5 times.", failure("/round"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "ftp://acme.com/a", "http:///a", "jar:file:/x!/y"})
    void refusesRedirectsToOtherThanHttp(String location) throws Exception {
        redirect("/a", location);

        assertTrue(failure("/a").contains("which is not followed"));
    }

    @Test
    void refusesARedirectToNoAddress() throws Exception {
        redirect("/a", "http://exa mple/");

        assertTrue(failure("/a").contains("which is no address"));
    }

    @ParameterizedTest
    @ValueSource(ints = {201, 204, 206, 304, 401, 403, 404, 500, 503})
    void refusesEveryAnswerButSuccess(int status) throws Exception {
        serve("/a", exchange -> answer(exchange, status, status == 404 ? "not found".getBytes() : new byte[0]));

        assertEquals("Cannot fetch " + url("/a") + ": the server answered " + status + ".", failure("/a"));
    }

    @Test
    void refusesAPageOfHtml() throws Exception {
        serve("/a", exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
            answer(exchange, 200, "<html>Sign in</html>".getBytes());
        });

        assertTrue(failure("/a").contains("it is an HTML page, not an archive"));
    }

    @Test
    void refusesABodyThatEndsEarly() throws Exception {
        serve("/a", exchange -> {
            exchange.sendResponseHeaders(200, CONTENT.length);
            OutputStream out = exchange.getResponseBody();
            out.write(CONTENT, 0, 1000);
            out.flush();
            exchange.getHttpContext().getServer().stop(0);
        });

        assertTrue(failure("/a").contains("the connection "));
    }

    @Test
    void refusesWhatIsBiggerThanTheLimitAndTakesWhatIsNot() throws Exception {
        serve("/a", exchange -> answer(exchange, 200, CONTENT));

        assertEquals(CONTENT.length, Files.size(new UrlFetch(context(CONTENT.length)).fetch(url("/a"))));
        String message = assertThrows(
                        OperationException.class, () -> new UrlFetch(context(CONTENT.length - 1)).fetch(url("/a")))
                .getMessage();
        assertEquals("Cannot fetch " + url("/a") + ": it is bigger than 300.0 kB.", message);
        try (Stream<Path> files = Files.list(directory.resolve("temporary"))) {
            assertEquals(1, files.count(), "only what was fetched whole");
        }
    }

    @Test
    void saysWhenNobodyListens() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        String url = "http://127.0.0.1:" + free + "/a";

        assertEquals(
                "Cannot fetch " + url + ": the connection was refused.",
                assertThrows(OperationException.class, () -> fetch().fetch(url)).getMessage());
        assertNothingLeft();
    }

    @Test
    void saysWhenTheHostIsNotKnown() throws Exception {
        String url = "http://no-such-host.invalid/a";

        assertEquals(
                "Cannot fetch " + url + ": its host is not known.",
                assertThrows(OperationException.class, () -> fetch().fetch(url)).getMessage());
        assertNothingLeft();
    }

    @Test
    void givesUpWhenNoAnswerComes() throws Exception {
        serve("/a", exchange -> await());

        String message = assertThrows(
                        OperationException.class,
                        () -> new UrlFetch(context(1 << 20), Duration.ofMillis(300)).fetch(url("/a")))
                .getMessage();

        assertTrue(message.contains("no answer within"), message);
        assertNothingLeft();
    }

    @Test
    void givesUpWhenTheBytesStopComing() throws Exception {
        serve("/a", exchange -> {
            exchange.sendResponseHeaders(200, CONTENT.length);
            exchange.getResponseBody().write(CONTENT, 0, 1000);
            exchange.getResponseBody().flush();
            await();
        });

        String message = assertThrows(
                        OperationException.class,
                        () -> new UrlFetch(context(1 << 20), Duration.ofMillis(300)).fetch(url("/a")))
                .getMessage();

        assertTrue(message.contains("nothing came for"), message);
        assertNothingLeft();
    }

    @Test
    void anInterruptStopsItWhileBytesAreAwaited() throws Exception {
        Thread fetching = Thread.currentThread();
        serve("/a", exchange -> {
            exchange.sendResponseHeaders(200, CONTENT.length);
            exchange.getResponseBody().write(CONTENT, 0, 1000);
            exchange.getResponseBody().flush();
            fetching.interrupt();
            await();
        });

        assertThrows(InterruptedException.class, () -> fetch().fetch(url("/a")));
        assertNothingLeft();
    }

    @Test
    void anInterruptStopsItWhileAnAnswerIsAwaited() throws Exception {
        Thread fetching = Thread.currentThread();
        AtomicReference<String> method = new AtomicReference<>();
        serve("/a", exchange -> {
            method.set(exchange.getRequestMethod());
            fetching.interrupt();
            await();
        });

        assertThrows(InterruptedException.class, () -> fetch().fetch(url("/a")));
        assertEquals("GET", method.get());
        assertNothingLeft();
    }

    private void await() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
