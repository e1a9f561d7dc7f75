package io.jenkins.plugins.dockerarchive.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The registry that an engine pushes to, as any process of the machine may talk to it. */
@Timeout(60)
class PushEndpointTest {

    private static final byte[] LAYER = "a layer".getBytes(UTF_8);
    private static final byte[] MANIFEST = "{\"schemaVersion\":2}".getBytes(UTF_8);

    private final String known = digest("known".getBytes(UTF_8));
    private final AtomicLong arrived = new AtomicLong();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();
    private PushEndpoint endpoint;
    private String authorization;

    @BeforeEach
    void open() throws Exception {
        open(new IdleTimeout(Duration.ofSeconds(30)));
    }

    private void open(IdleTimeout idle) throws Exception {
        endpoint = PushEndpoint.open(Set.of(known)::contains, 1000, arrived::addAndGet, idle);
        JsonNode login = new ObjectMapper().readTree(Base64.getUrlDecoder().decode(endpoint.authorization()));
        assertEquals(
                endpoint.repository().replace("/docker-archive", ""),
                login.path("serveraddress").asText());
        authorization = basic(
                login.path("username").asText() + ":" + login.path("password").asText());
    }

    @AfterEach
    void close() {
        endpoint.close();
    }

    private static String basic(String login) {
        return "Basic " + Base64.getEncoder().encodeToString(login.getBytes(UTF_8));
    }

    private static String digest(byte[] bytes) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private int port() {
        return Integer.parseInt(endpoint.repository().replaceAll(".*:([0-9]+)/.*", "$1"));
    }

    private HttpRequest.Builder request(String method, String path, BodyPublisher body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .method(method, body)
                .header("Authorization", authorization);
    }

    private HttpResponse<String> call(String method, String path, byte[] body)
            throws IOException, InterruptedException {
        BodyPublisher publisher = body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body);
        return client.send(request(method, path, publisher).build(), BodyHandlers.ofString());
    }

    private CompletableFuture<HttpResponse<String>> upload(byte[] layer) throws IOException, InterruptedException {
        HttpResponse<String> begun = call("POST", "/v2/docker-archive/blobs/uploads/", null);
        assertEquals(202, begun.statusCode());
        String place = begun.headers().firstValue("Location").orElseThrow();
        return client.sendAsync(
                request(
                                "PUT",
                                place + "?digest=" + digest(layer).replace(":", "%3A"),
                                BodyPublishers.ofByteArray(layer))
                        .build(),
                BodyHandlers.ofString());
    }

    // who may push

    @ParameterizedTest
    @ValueSource(strings = {"", "Basic", "Basic !!", "Bearer x", "Basic ZG9ja2VyLWFyY2hpdmU6", "wrong", "almost"})
    void whoeverDoesNotKnowThePasswordGetsNothingDoneAndIsNotTakenForTheEngine(String given) throws Exception {
        authorization = switch (given) {
            case "wrong" -> basic("docker-archive:" + "0".repeat(48));
            case "almost" -> authorization.substring(0, authorization.length() - 1);
            default -> given;
        };
        for (String[] line : new String[][] {
            {"GET", "/v2/"},
            {"HEAD", "/v2/docker-archive/blobs/" + known},
            {"POST", "/v2/docker-archive/blobs/uploads/"},
            {"PUT", "/v2/docker-archive/manifests/1"},
            {"PUT", "/v2/docker-archive/blobs/uploads/6e3a1c3e-5f55-4d4e-8a07-0a4b7a1c0000?digest=" + digest(LAYER)}
        }) {
            HttpResponse<String> answer = call(line[0], line[1], line[0].equals("PUT") ? LAYER : null);
            assertEquals(401, answer.statusCode(), String.join(" ", line));
            assertTrue(answer.headers()
                    .firstValue("WWW-Authenticate")
                    .orElseThrow()
                    .startsWith("Basic "));
        }
        assertFalse(endpoint.wasReached());
        assertEquals(Set.of(), endpoint.unsent());
        endpoint.end();
        assertNull(endpoint.take());
        assertEquals(0, arrived.get());
    }

    @Test
    void eachEndpointHasAPasswordAndAPortOfItsOwnAndListensOnTheLoopbackOnly() throws Exception {
        try (PushEndpoint other = PushEndpoint.open(digest -> false, 1, bytes -> {}, IdleTimeout.DEFAULT)) {
            assertFalse(other.repository().equals(endpoint.repository()));
            assertFalse(other.authorization().equals(endpoint.authorization()));
        }
        assertTrue(endpoint.repository().startsWith("127.0.0.1:"), endpoint.repository());
        for (var network : java.util.Collections.list(java.net.NetworkInterface.getNetworkInterfaces())) {
            for (InetAddress address : java.util.Collections.list(network.getInetAddresses())) {
                if (!address.isLoopbackAddress()) {
                    assertThrows(IOException.class, () -> new Socket(address, port()).close(), address.toString());
                }
            }
        }
    }

    /** None of whom has said who it is. */
    @Test
    void whoeverSendsLinesOrHeadersWithoutEndIsCutOff() throws Exception {
        for (String endless : new String[] {"GET /" + "a".repeat(10_000), "a: b\r\n".repeat(100)}) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
                OutputStream out = socket.getOutputStream();
                out.write(endless.startsWith("GET") ? new byte[0] : "GET /v2/ HTTP/1.1\r\n".getBytes(ISO_8859_1));
                assertThrows(IOException.class, () -> {
                    for (int i = 0; i < 10_000; i++) {
                        out.write(endless.getBytes(ISO_8859_1));
                    }
                });
            }
        }
    }

    @Test
    void ofManyConnectionsSomeAreRefusedAndWhenTheyGoItGoesOn() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 100; i++) {
                sockets.add(new Socket(InetAddress.getLoopbackAddress(), port()));
            }
            int refused = 0;
            for (Socket socket : sockets.subList(64, 100)) {
                socket.setSoTimeout(20_000);
                try {
                    refused += socket.getInputStream().read() < 0 ? 1 : 0;
                } catch (java.net.SocketException e) {
                    refused++; // reset
                }
            }
            assertEquals(36, refused);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        boolean served = false;
        while (!served && System.nanoTime() < end) {
            try {
                served = call("GET", "/v2/", null).statusCode() == 200;
            } catch (IOException e) {
                served = false; // the server has not seen yet that they are gone
            }
        }
        assertTrue(served);
    }

    @Test
    void thePasswordLetsIn() throws Exception {
        assertEquals(200, call("GET", "/v2/", null).statusCode());
        assertTrue(endpoint.wasReached());
    }

    // TLS is tried first by every engine

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 5, 6, 100, 1000})
    void aTlsHandshakeIsAnsweredInHttpAtOnceHoweverItArrives(int piece) throws Exception {
        byte[] hello = new byte[5 + 517];
        hello[0] = 0x16;
        hello[1] = 3;
        hello[2] = 1;
        hello[3] = 2;
        hello[4] = 5;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.setTcpNoDelay(true);
            OutputStream out = socket.getOutputStream();
            for (int at = 0; at < hello.length; at += piece) {
                out.write(hello, at, Math.min(piece, hello.length - at));
            }
            String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
            assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
        }
        assertFalse(endpoint.wasReached());
    }

    // what is asked for

    @Test
    void onlyBlobsThatAreThereNeedNotBePushed() throws Exception {
        assertEquals(
                200, call("HEAD", "/v2/docker-archive/blobs/" + known, null).statusCode());
        assertEquals(
                404,
                call("HEAD", "/v2/docker-archive/blobs/" + digest(LAYER), null).statusCode());
        assertEquals(
                404, call("HEAD", "/v2/docker-archive/manifests/" + known, null).statusCode());
        assertEquals(404, call("HEAD", "/v2/other/blobs/" + known, null).statusCode());
        assertEquals(Set.of(known), endpoint.unsent());
    }

    @ParameterizedTest
    @CsvSource({
        "GET,    /v2/docker-archive/blobs/KNOWN, 404",
        "GET,    /v2/docker-archive/manifests/1, 404",
        "GET,    /v2/_catalog, 404",
        "GET,    /, 404",
        "PUT,    /v2/docker-archive/blobs/uploads/../../x, 404",
        "PUT,    /v2/docker-archive/manifests/%2e%2e%2fx, 404",
        "POST,   /v2/other/blobs/uploads/, 404",
        "PATCH,  /v2/docker-archive/blobs/uploads/6e3a1c3e-5f55-4d4e-8a07-0a4b7a1c0000, 405",
        "DELETE, /v2/docker-archive/manifests/1, 405",
        "PUT,    /v2/docker-archive/blobs/uploads/6e3a1c3e-5f55-4d4e-8a07-0a4b7a1c0000, 400",
        "PUT,    /v2/docker-archive/blobs/uploads/6e3a1c3e-5f55-4d4e-8a07-0a4b7a1c0000?digest=sha512:ab, 400",
        "PUT,    /v2/docker-archive/manifests/KNOWN, 400",
        "PUT,    /v2/docker-archive/manifests/of-no-type, 415",
    })
    void whatNoPushNeedsIsRefused(String method, String path, int status) throws Exception {
        byte[] body = Set.of("PUT", "PATCH").contains(method) ? MANIFEST : null;
        assertEquals(status, call(method, path.replace("KNOWN", known), body).statusCode());
        endpoint.end();
        assertNull(endpoint.take());
    }

    @Test
    void aManifestMayNotBeLargerThanALimitAndABlobMustSayHowLargeItIs() throws Exception {
        assertEquals(
                413,
                call("PUT", "/v2/docker-archive/manifests/1", new byte[1001]).statusCode());
        BodyPublisher chunks = BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(LAYER));
        String place = "/v2/docker-archive/blobs/uploads/6e3a1c3e-5f55-4d4e-8a07-0a4b7a1c0000?digest=" + digest(LAYER);
        for (String path : List.of("/v2/docker-archive/manifests/1", place)) {
            HttpResponse<String> answer =
                    client.send(request("PUT", path, chunks).build(), BodyHandlers.ofString());
            assertEquals(411, answer.statusCode(), path);
        }
        endpoint.end();
        assertNull(endpoint.take());
    }

    // what arrives

    @Test
    void ofSeveralUploadsOneIsTakenAfterTheOtherAndEachIsAnsweredWhenTheNextIsAskedFor() throws Exception {
        byte[] other = "another layer".getBytes(UTF_8);
        List<CompletableFuture<HttpResponse<String>>> uploads = List.of(upload(LAYER), upload(other));
        List<byte[]> taken = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            PushedBlob blob = endpoint.take();
            assertTrue(uploads.stream().filter(CompletableFuture::isDone).count() <= i);
            byte[] content = blob.content().readAllBytes();
            assertEquals(digest(content), blob.digest());
            assertEquals(content.length, blob.size());
            taken.add(content);
        }
        CompletableFuture<PushedBlob> next = CompletableFuture.supplyAsync(this::take);
        for (CompletableFuture<HttpResponse<String>> upload : uploads) {
            assertEquals(201, upload.get(20, TimeUnit.SECONDS).statusCode());
        }
        endpoint.end();
        assertNull(next.get(20, TimeUnit.SECONDS));
        taken.sort(java.util.Comparator.comparing(bytes -> bytes.length));
        assertArrayEquals(LAYER, taken.get(0));
        assertArrayEquals(other, taken.get(1));
        assertEquals(LAYER.length + other.length, arrived.get());
    }

    private PushedBlob take() {
        try {
            return endpoint.take();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aBlobThatWasTakenIsThereButCountsAsSent() throws Exception {
        CompletableFuture<HttpResponse<String>> upload = upload(LAYER);
        endpoint.take().content().readAllBytes();
        CompletableFuture<PushedBlob> next = CompletableFuture.supplyAsync(this::take);
        HttpResponse<String> answer = upload.get(20, TimeUnit.SECONDS);
        assertEquals(
                digest(LAYER),
                answer.headers().firstValue("Docker-Content-Digest").orElseThrow());
        assertEquals(
                200,
                call("HEAD", "/v2/docker-archive/blobs/" + digest(LAYER), null).statusCode());
        assertEquals(Set.of(), endpoint.unsent());
        endpoint.end();
        assertNull(next.get(20, TimeUnit.SECONDS));
    }

    @Test
    void aManifestIsKnownByItsTagOnceItWasTaken() throws Exception {
        CompletableFuture<HttpResponse<String>> put = client.sendAsync(
                request("PUT", "/v2/docker-archive/manifests/push-1", BodyPublishers.ofByteArray(MANIFEST))
                        .header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
                        .build(),
                BodyHandlers.ofString());
        PushedBlob manifest = endpoint.take();
        assertEquals(Set.of(), endpoint.tagged().keySet());
        assertEquals(digest(MANIFEST), manifest.digest());
        CompletableFuture<PushedBlob> next = CompletableFuture.supplyAsync(this::take);
        assertEquals(201, put.get(20, TimeUnit.SECONDS).statusCode());
        PushEndpoint.Tagged tagged = endpoint.tagged().get("push-1");
        assertEquals("application/vnd.oci.image.manifest.v1+json", tagged.mediaType());
        assertArrayEquals(MANIFEST, tagged.manifest());
        endpoint.end();
        assertNull(next.get(20, TimeUnit.SECONDS));
    }

    // how it ends

    @Test
    void aPushThatFailsBetweenTwoBlobsIsToldAsSuch() throws Exception {
        CompletableFuture<PushedBlob> taking = CompletableFuture.supplyAsync(this::take);
        IOException why = new IOException("no room");
        endpoint.end(why);
        ExecutionException failure = assertThrows(ExecutionException.class, () -> taking.get(20, TimeUnit.SECONDS));
        NotPushedException told =
                assertInstanceOf(NotPushedException.class, failure.getCause().getCause());
        assertSame(why, told.getCause());
        endpoint.end(); // the first word counts
        assertThrows(NotPushedException.class, endpoint::take);
    }

    @Test
    void whoeverPushesHasNoAnswerWhenNobodyTakesIt() throws Exception {
        CompletableFuture<HttpResponse<String>> one = upload(LAYER);
        CompletableFuture<HttpResponse<String>> other = upload("another layer".getBytes(UTF_8));
        endpoint.take();
        endpoint.close();
        for (CompletableFuture<HttpResponse<String>> upload : List.of(one, other)) {
            assertThrows(ExecutionException.class, () -> upload.get(20, TimeUnit.SECONDS));
        }
        assertThrows(IOException.class, () -> new Socket(InetAddress.getLoopbackAddress(), port()).close());
    }

    /** An upload of which the engine sends a part. */
    private Socket begin(int announced, byte[] sent) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.write(("PUT /v2/docker-archive/blobs/uploads/6e3a1c3e-5f55-4d4e-8a07-0a4b7a1c0000?digest=" + known
                        + " HTTP/1.1\r\nHost: x\r\nAuthorization: " + authorization + "\r\nContent-Length: "
                        + announced + "\r\n\r\n")
                .getBytes(ISO_8859_1));
        request.write(sent);
        socket.getOutputStream().write(request.toByteArray());
        return socket;
    }

    @Test
    void anEngineThatGoesInTheMiddleOfABlobIsTold() throws Exception {
        Socket socket = begin(100, LAYER);
        InputStream content = endpoint.take().content();
        assertArrayEquals(LAYER, content.readNBytes(LAYER.length));
        socket.close();
        assertThrows(PushBrokenException.class, content::read);
    }

    @Test
    void anEngineThatIsSilentInTheMiddleOfABlobIsToldAfterTheIdleTime() throws Exception {
        endpoint.close();
        open(new IdleTimeout(Duration.ofMillis(300)));
        try (Socket socket = begin(100, LAYER)) {
            InputStream content = endpoint.take().content();
            assertArrayEquals(LAYER, content.readNBytes(LAYER.length));
            assertThrows(PushBrokenException.class, content::read);
            assertFalse(socket.isClosed());
        }
    }

    @Test
    void anInterruptEndsAWaitForABlobAndARead() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        AtomicReference<InputStream> content = new AtomicReference<>();
        assertInterrupted(() -> endpoint.take(), new CountDownLatch(0));
        try (Socket socket = begin(100, LAYER)) {
            assertInterrupted(
                    () -> {
                        content.set(endpoint.take().content());
                        content.get().readNBytes(LAYER.length);
                        reading.countDown();
                        content.get().read();
                    },
                    reading);
            assertFalse(socket.isClosed());
        }
    }

    private interface Blocking {
        void run() throws IOException;
    }

    private static void assertInterrupted(Blocking blocking, CountDownLatch begun) throws Exception {
        CompletableFuture<Boolean> flag = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                blocking.run();
                flag.completeExceptionally(new AssertionError("it ended"));
            } catch (InterruptedIOException e) {
                flag.complete(Thread.currentThread().isInterrupted());
            } catch (IOException | RuntimeException e) {
                flag.completeExceptionally(e);
            }
        });
        thread.start();
        assertTrue(begun.await(20, TimeUnit.SECONDS));
        thread.interrupt();
        assertTrue(flag.get(20, TimeUnit.SECONDS), "the flag is for whoever looks next");
    }
}
