package io.jenkins.plugins.dockerarchive.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.Relay;
import io.jenkins.plugins.dockerarchive.testengines.TcpRelay;
import io.jenkins.plugins.dockerarchive.testengines.TestCertificates;
import io.jenkins.plugins.dockerarchive.testengines.TestCertificates.KeyForm;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TlsRelay;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How connecting succeeds over every transport, and what it says when it does not. */
@Timeout(60)
class EngineConnectTest {

    @TempDir
    private Path directory;

    // ------------------------------------------------------------ nothing there

    @Test
    void saysThatTheSocketIsMissing() {
        Path socket = directory.resolve("none.sock");
        String sentence = refusal("unix://" + socket, null);
        assertTrue(sentence.contains("the socket " + socket + " does not exist on this machine"), sentence);
        assertTrue(sentence.contains("(from a test)"), sentence);
    }

    @Test
    void saysThatNobodyListensOnTheSocket() throws IOException {
        Path socket = directory.resolve("dead.sock");
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        listener.close(); // leaves the file, as a killed engine does
        String sentence = refusal("unix://" + socket, null);
        assertTrue(sentence.startsWith("No engine listens at unix://" + socket), sentence);
    }

    @Test
    void saysThatAFileIsNoSocket() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "x");
        String sentence = refusal("unix://" + file, null);
        assertTrue(sentence.contains(file.toString()), sentence);
    }

    @Test
    void saysThatThePortRefuses() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        String sentence = refusal("tcp://127.0.0.1:" + port, null);
        assertTrue(sentence.contains("127.0.0.1:" + port + " refused the connection"), sentence);
    }

    @Test
    void saysThatTheHostIsUnknown() {
        String sentence = refusal("tcp://no-such-host.invalid:2375", null);
        assertTrue(sentence.contains("the host name 'no-such-host.invalid' is unknown"), sentence);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ssh://me@host", "http://host:2375", "host"})
    void saysThatTheSchemeIsUnknown(String uri) {
        String sentence = refusal(uri, null);
        assertTrue(sentence.contains("write unix:///path"), sentence);
    }

    // ------------------------------------------------------------ somebody else there

    @ParameterizedTest
    @ValueSource(ints = {200, 301, 401, 404, 500, 503})
    void saysThatAWebServerIsNoEngine(int status) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] page = "<html>hello</html>".getBytes(StandardCharsets.UTF_8);
            if (status == 301) {
                exchange.getResponseHeaders().add("Location", "/elsewhere");
            }
            exchange.sendResponseHeaders(
                    exchange.getRequestURI().getPath().equals("/elsewhere") ? 200 : status, page.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(page);
            }
        });
        server.start();
        try {
            String sentence = refusal("tcp://127.0.0.1:" + server.getAddress().getPort(), null);
            assertTrue(sentence.contains("is not a container engine"), sentence);
        } finally {
            server.stop(0);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SSH-2.0-OpenSSH_9.2\r\n",
                "HTTP/1.1 200 OK\r\n",
                "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 100\r\n\r\nOK",
                "HTTP/1.0 200 OK\r\nApi-Version: 1.41\r\n\r\nOK"
            })
    void saysSomethingWhenTheAnswerIsCutOrNoHttp(String answer) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread thread = new Thread(() -> {
                while (true) {
                    try (Socket client = server.accept()) {
                        client.getInputStream().read(new byte[1000]);
                        client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException e) {
                        if (server.isClosed()) {
                            return;
                        }
                    }
                }
            });
            thread.setDaemon(true);
            thread.start();
            String sentence = refusal("tcp://127.0.0.1:" + server.getLocalPort(), null);
            assertTrue(sentence.contains("tcp://127.0.0.1:" + server.getLocalPort()), sentence);
        }
    }

    // ------------------------------------------------------------ transports

    @EveryEngine
    void connectsOverTcp(TestEngine testEngine) throws Exception {
        try (Relay relay = new TcpRelay(testEngine);
                Engine engine = Engine.connect(relay.address(), IdleTimeout.DEFAULT)) {
            assertEquals(testEngine.api(), engine.capabilities().apiVersion().toString());
        }
    }

    @EveryEngine
    void connectsOverTls(TestEngine testEngine) throws Exception {
        try (Relay relay = new TlsRelay(testEngine, new TestCertificates());
                Engine engine = Engine.connect(relay.address(), IdleTimeout.DEFAULT)) {
            assertEquals(testEngine.api(), engine.capabilities().apiVersion().toString());
        }
    }

    @ParameterizedTest
    @EnumSource(KeyForm.class)
    void provesItselfWithEveryFormOfKey(KeyForm form) throws Exception {
        try (TestEngine testEngine = any();
                Relay relay = new TlsRelay(testEngine, new TestCertificates("127.0.0.1", form));
                Engine engine = Engine.connect(relay.address(), IdleTimeout.DEFAULT)) {
            assertEquals(testEngine.api(), engine.capabilities().apiVersion().toString());
        }
    }

    @Test
    void verifiesTheHostNameByName() throws Exception {
        try (TestEngine testEngine = any();
                TlsRelay relay = new TlsRelay(testEngine, new TestCertificates("localhost", KeyForm.PKCS8_EC))) {
            EngineAddress byName = new EngineAddress(
                    URI.create("tcp://localhost:" + relay.port()),
                    relay.address().certificates(),
                    "a test");
            try (Engine engine = Engine.connect(byName, IdleTimeout.DEFAULT)) {
                assertEquals(
                        testEngine.api(), engine.capabilities().apiVersion().toString());
            }
            String sentence = refusal(relay.address());
            assertTrue(sentence.contains("its certificate is not for the host name '127.0.0.1'"), sentence);
        }
    }

    // ------------------------------------------------------------ TLS failures

    @Test
    void refusesAnEngineOfAnotherAuthority() throws Exception {
        try (TestEngine testEngine = any();
                TlsRelay relay = new TlsRelay(testEngine, new TestCertificates())) {
            TestCertificates others = new TestCertificates();
            String sentence =
                    refusal(relay, new ClientCertificates(others.key(), others.certificate(), others.authority()));
            assertTrue(sentence.contains("its certificate is not trusted"), sentence);
            assertTrue(sentence.contains("(ca.pem) the one that issued it"), sentence);
            sentence = refusal(relay, new ClientCertificates(null, null, null));
            assertTrue(sentence.contains("give its certificate authority"), sentence);
        }
    }

    @Test
    void saysThatTheEngineWantsAClientCertificate() throws Exception {
        TestCertificates certificates = new TestCertificates();
        try (TestEngine testEngine = any();
                TlsRelay relay = new TlsRelay(testEngine, certificates)) {
            String sentence = refusal(relay, new ClientCertificates(null, null, certificates.authority()));
            assertTrue(sentence.contains("it wants a client certificate"), sentence);
            TestCertificates others = new TestCertificates();
            sentence = refusal(
                    relay, new ClientCertificates(others.key(), others.certificate(), certificates.authority()));
            assertTrue(sentence.contains("it refused the client certificate"), sentence);
        }
    }

    @Test
    void saysThatTheEngineSpeaksNoTls() throws Exception {
        try (TestEngine testEngine = any();
                TcpRelay relay = new TcpRelay(testEngine)) {
            String sentence =
                    refusal(new EngineAddress(relay.address().uri(), new TestCertificates().client(), "a test"));
            assertTrue(sentence.contains("does not speak TLS on this port"), sentence);
        }
    }

    @Test
    void saysThatTheEngineSpeaksTls() throws Exception {
        // the very words of Go's server, which every engine is
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] text = "Client sent an HTTP request to an HTTPS server.\n".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(400, text.length);
            exchange.getResponseBody().write(text);
            exchange.close();
        });
        server.start();
        try {
            String sentence = refusal("tcp://127.0.0.1:" + server.getAddress().getPort(), null);
            assertTrue(sentence.contains("speaks TLS"), sentence);
        } finally {
            server.stop(0);
        }
    }

    // ------------------------------------------------------------ bad certificates

    @Test
    void saysWhatIsWrongWithPem() {
        TestCertificates good = new TestCertificates();
        TestCertificates other = new TestCertificates();
        String key = good.key();
        String certificate = good.certificate();
        String half = key.substring(0, key.length() / 2) + "\n-----END PRIVATE KEY-----\n";

        assertWrong("no client certificate", new ClientCertificates(key, null, null), key);
        assertWrong("no client key", new ClientCertificates(null, certificate, null), key);
        assertWrong("does not belong to", new ClientCertificates(other.key(), certificate, null), other.key());
        assertWrong(
                "does not belong to",
                new ClientCertificates(new TestCertificates("x", KeyForm.SEC1_EC).key(), certificate, null),
                key);
        assertWrong("client key cannot be read", new ClientCertificates(half, certificate, null), key);
        assertWrong(
                "holds no '-----BEGIN PRIVATE KEY-----'", new ClientCertificates(certificate, certificate, null), key);
        assertWrong("holds no '-----BEGIN CERTIFICATE-----'", new ClientCertificates(key, key, null), key);
        assertWrong("certificate authority holds no", new ClientCertificates(key, certificate, "garbage"), key);
        assertWrong(
                "certificate authority cannot be read",
                new ClientCertificates(
                        key, certificate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                key);
        assertWrong("not Base64", new ClientCertificates(key.replace("\nMII", "\n%%%"), certificate, null), key);
        assertWrong(
                "passphrase",
                new ClientCertificates(key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), certificate, null),
                key);
        assertWrong(
                "passphrase",
                new ClientCertificates(
                        key.replace("PRIVATE KEY", "RSA PRIVATE KEY")
                                .replace("KEY-----\nM", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,00\n\nM"),
                        certificate,
                        null),
                key);
        assertWrong(
                "names no elliptic curve",
                new ClientCertificates(key.replace("PRIVATE KEY", "EC PRIVATE KEY"), certificate, null),
                key);
    }

    private static void assertWrong(String expected, ClientCertificates certificates, String secret) {
        EngineAddress address = new EngineAddress(URI.create("tcp://127.0.0.1:1"), certificates, "a test");
        EngineException failure =
                assertThrows(EngineException.class, () -> Engine.connect(address, IdleTimeout.DEFAULT));
        assertTrue(failure.getMessage().contains(expected), failure.getMessage());
        StringWriter everything = new StringWriter();
        failure.printStackTrace(new PrintWriter(everything));
        everything.append(address.toString());
        for (String line : secret.split("\n")) {
            if (!line.startsWith("-----")) {
                assertFalse(everything.toString().contains(line), "a part of the key is told");
            }
        }
    }

    private static TestEngine any() {
        Optional<TestEngine> engine = TestEngines.running().stream().findFirst();
        assumeTrue(engine.isPresent(), "no engine");
        return engine.get();
    }

    private static String refusal(Relay relay, ClientCertificates certificates) {
        return refusal(new EngineAddress(relay.address().uri(), certificates, "a test"));
    }

    private static String refusal(String uri, ClientCertificates certificates) {
        return refusal(new EngineAddress(URI.create(uri), certificates, "a test"));
    }

    private static String refusal(EngineAddress address) {
        EngineException failure =
                assertThrows(EngineException.class, () -> Engine.connect(address, IdleTimeout.DEFAULT));
        String sentence = failure.getMessage();
        System.out.println("says " + sentence);
        assertFalse(sentence.contains("\n"), sentence);
        assertTrue(sentence.matches("(?s).*[.?]"), sentence);
        return sentence;
    }
}
