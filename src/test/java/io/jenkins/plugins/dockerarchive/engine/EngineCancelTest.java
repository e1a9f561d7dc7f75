package io.jenkins.plugins.dockerarchive.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jenkins.plugins.dockerarchive.testengines.Relay;
import io.jenkins.plugins.dockerarchive.testengines.TcpRelay;
import io.jenkins.plugins.dockerarchive.testengines.TestCertificates;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.TlsRelay;
import io.jenkins.plugins.dockerarchive.testengines.UnixRelay;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every call ends soon, on every transport, in every phase, whoever ends it; nothing is left behind. */
@Timeout(120)
class EngineCancelTest {

    /** What is promised is 5 s; what is aimed at is 1 s. */
    private static final Duration SOON = Duration.ofSeconds(2);

    private static final IdleTimeout SHORT = new IdleTimeout(Duration.ofMillis(600));

    enum Transport {
        UNIX,
        TCP,
        TLS
    }

    enum Phase {
        /** The engine takes nothing of what is uploaded. */
        UPLOADING,
        /** The engine has the whole request and does not answer. */
        WAITING_FOR_STATUS,
        /** The engine has begun to send an image and stops. */
        READING_BODY
    }

    enum How {
        ABORT,
        INTERRUPT,
        IDLE
    }

    private final List<AutoCloseable> toClose = new ArrayList<>();

    @TempDir
    private Path directory;

    private static TestEngine testEngine;
    private static String image;

    static Stream<Arguments> everything() {
        return Stream.of(Transport.values())
                .flatMap(transport -> Stream.of(Phase.values())
                        .flatMap(phase -> Stream.of(How.values()).map(how -> Arguments.of(transport, phase, how))));
    }

    static Stream<Arguments> transports() {
        return Stream.of(Transport.values())
                .flatMap(transport -> Stream.of(How.values()).map(how -> Arguments.of(transport, how)));
    }

    @BeforeAll
    static void makeImage() throws IOException {
        testEngine = TestEngines.with(TestEngine.Store.CONTAINERD)
                .or(() -> TestEngines.running().stream().findFirst())
                .orElse(null);
        assumeTrue(testEngine != null, "no engine");
        image = testEngine.uniqueName() + ":1";
        testEngine.createImage(image, new TestLayer().random("data", 12_000_000, 1));
    }

    @AfterAll
    static void removeImage() throws IOException {
        if (testEngine != null) {
            testEngine.close();
        }
    }

    @AfterEach
    void closeAll() throws Exception {
        for (int i = toClose.size() - 1; i >= 0; i--) {
            toClose.get(i).close();
        }
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("everything")
    void endsSoonAndLeavesNothing(Transport transport, Phase phase, How how) throws Exception {
        Relay relay = relay(transport);
        Engine engine = Engine.connect(relay.address(), how == How.IDLE ? SHORT : IdleTimeout.DEFAULT);
        toClose.add(engine);
        InputStream[] body = new InputStream[1];
        Call call =
                switch (phase) {
                    case UPLOADING -> {
                        relay.stallUploadAfter(200_000);
                        InputStream endless = new Endless();
                        yield start(() -> engine.loadImages(endless, List.of(), event -> {}));
                    }
                    case WAITING_FOR_STATUS -> {
                        relay.stallDownloadAfter(0);
                        yield start(() -> engine.saveImages(List.of(image), List.of()));
                    }
                    case READING_BODY -> {
                        relay.stallDownloadAfter(300_000);
                        body[0] = engine.saveImages(List.of(image), List.of());
                        yield start(() -> body[0].readAllBytes());
                    }
                };
        long stall =
                switch (phase) {
                    case UPLOADING -> 200_000;
                    case WAITING_FOR_STATUS -> 0;
                    case READING_BODY -> 300_000;
                };
        // the call has reached its phase, and is blocked in it
        await(
                "phase",
                () -> relay.openConnections() == 1
                        && (phase == Phase.READING_BODY ? relay.downloaded() >= stall : relay.uploaded() > 0)
                        && (phase != Phase.UPLOADING || relay.uploaded() >= stall));
        awaitBlocked(call.thread);

        long start = System.nanoTime();
        switch (how) {
            case ABORT -> engine.abort();
            case INTERRUPT -> call.thread.interrupt();
            case IDLE -> start += SHORT.duration().toNanos();
        }
        Throwable failure = call.failure();
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        System.out.printf("cancel %s %s %s: %d ms%n", transport, phase, how, took.toMillis());

        assertTrue(took.compareTo(SOON) < 0, "took " + took);
        switch (how) {
            case ABORT -> {
                assertInstanceOf(EngineException.class, failure);
                assertTrue(failure.getMessage().contains("was aborted"), failure.getMessage());
            }
            case IDLE -> {
                assertInstanceOf(EngineException.class, failure);
                assertTrue(failure.getMessage().contains("neither sent nor took a byte for"), failure.getMessage());
            }
            case INTERRUPT -> {
                if (phase == Phase.READING_BODY) {
                    assertInstanceOf(InterruptedIOException.class, failure);
                    assertTrue(call.interruptFlag, "a stream leaves the flag set");
                } else {
                    assertInstanceOf(InterruptedException.class, failure);
                    assertFalse(call.interruptFlag, "a method takes the flag");
                }
            }
        }
        relay.resume();
        await("the relay sees the end of the connection", () -> relay.openConnections() == 0);
        await("the call's threads end", () -> callThreads().isEmpty());
        if (how != How.ABORT) {
            // the engine is as usable as before
            assertTrue(engine.findImage(image).isPresent());
        }
    }

    @ParameterizedTest(name = "{0} connecting {1}")
    @MethodSource("transports")
    void endsSoonWhileConnecting(Transport transport, How how) throws Exception {
        EngineAddress address = addressThatNeverAccepts(transport);
        Call call;
        Calls calls = Calls.to(address, how == How.IDLE ? SHORT : IdleTimeout.DEFAULT);
        toClose.add(calls);
        call = start(() -> calls.send("answer", "GET", new RequestPath("/_ping")));
        awaitBlocked(call.thread);
        await(
                "the sender is connecting",
                () -> callThreads().stream()
                        .anyMatch(t -> Stream.of(t.getStackTrace())
                                .anyMatch(frame ->
                                        frame.getMethodName().toLowerCase().contains("connect")
                                                || frame.getMethodName().contains("andshake"))));

        long start = System.nanoTime();
        switch (how) {
            case ABORT -> calls.abort();
            case INTERRUPT -> call.thread.interrupt();
            case IDLE -> start += SHORT.duration().toNanos();
        }
        Throwable failure = call.failure();
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        System.out.printf("cancel %s CONNECTING %s: %d ms%n", transport, how, took.toMillis());

        assertTrue(took.compareTo(SOON) < 0, "took " + took);
        Class<? extends Exception> expected = how == How.INTERRUPT ? InterruptedException.class : EngineException.class;
        assertInstanceOf(expected, failure);
        await("the call's threads end", () -> callThreads().isEmpty());
    }

    @Test
    void aCallAfterAnAbortIsRefused() throws Exception {
        Engine engine = Engine.connect(testEngine.address(), IdleTimeout.DEFAULT);
        engine.abort();
        EngineException failure = assertThrows(EngineException.class, () -> engine.findImage(image));
        assertTrue(failure.getMessage().contains("was aborted"), failure.getMessage());
    }

    @Test
    void aThreadThatIsInterruptedAlreadyMakesNoCall() throws Exception {
        try (Engine engine = Engine.connect(testEngine.address(), IdleTimeout.DEFAULT)) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> engine.findImage(image));
            assertFalse(Thread.currentThread().isInterrupted());
            assertTrue(engine.findImage(image).isPresent());
        }
    }

    @Test
    void slowCallersAreNotIdleEngines() throws Exception {
        try (Engine engine = Engine.connect(testEngine.address(), SHORT);
                InputStream body = engine.saveImages(List.of(image), List.of())) {
            byte[] block = new byte[1000];
            assertTrue(body.read(block) > 0);
            long until = System.nanoTime() + 2 * SHORT.duration().toNanos();
            await("a caller that takes its time", () -> System.nanoTime() > until);
            assertTrue(body.readAllBytes().length > 12_000_000);
        }
        assertTrue(callThreads().isEmpty());
    }

    @Test
    void aSlowConnectionIsNotIdle() throws Exception {
        Relay relay = relay(Transport.TCP);
        try (Engine engine = Engine.connect(relay.address(), SHORT)) {
            relay.slowDown(4_000_000); // 3 s for the image, five times the idle limit
            try (InputStream body = engine.saveImages(List.of(image), List.of())) {
                assertTrue(body.readAllBytes().length > 12_000_000);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Transport.class)
    void closingAStreamEarlyDoesNotReadTheRest(Transport transport) throws Exception {
        Relay relay = relay(transport);
        try (Engine engine = Engine.connect(relay.address(), IdleTimeout.DEFAULT)) {
            relay.slowDown(1_000_000); // the rest would take 12 s
            InputStream body = engine.saveImages(List.of(image), List.of());
            assertTrue(body.read() >= 0);
            long start = System.nanoTime();
            body.close();
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            assertTrue(took.toMillis() < 500, "took " + took);
            relay.resume();
            await("the connection is gone", () -> relay.openConnections() == 0);
            assertThrows(IOException.class, body::read);
        }
        await("the call's threads end", () -> callThreads().isEmpty());
    }

    @Test
    void closingTheEngineEndsOpenStreams() throws Exception {
        Engine engine = Engine.connect(testEngine.address(), IdleTimeout.DEFAULT);
        InputStream body = engine.saveImages(List.of(image), List.of());
        engine.close();
        assertThrows(EngineException.class, body::readAllBytes);
        await("the call's threads end", () -> callThreads().isEmpty());
    }

    private Relay relay(Transport transport) throws IOException {
        Relay relay =
                switch (transport) {
                    case UNIX -> new UnixRelay(testEngine, directory);
                    case TCP -> new TcpRelay(testEngine);
                    case TLS -> new TlsRelay(testEngine, new TestCertificates());
                };
        toClose.add(relay);
        return relay;
    }

    /** Listeners whose queue is full: a connection is neither made nor refused. With TLS, a silent handshake. */
    private EngineAddress addressThatNeverAccepts(Transport transport) throws IOException {
        if (transport == Transport.UNIX) {
            Path socket = directory.resolve("full.sock");
            ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            toClose.add(listener);
            listener.bind(UnixDomainSocketAddress.of(socket), 1);
            for (int i = 0; i < 3; i++) {
                SocketChannel filler = SocketChannel.open(StandardProtocolFamily.UNIX);
                toClose.add(filler);
                filler.configureBlocking(false);
                try {
                    filler.connect(UnixDomainSocketAddress.of(socket));
                } catch (IOException e) {
                    break; // the queue is full
                }
            }
            return new EngineAddress(URI.create("unix://" + socket), null, "a test");
        }
        ServerSocket listener =
                new ServerSocket(0, transport == Transport.TLS ? 50 : 1, InetAddress.getByName("127.0.0.1"));
        toClose.add(listener);
        for (int i = 0; transport == Transport.TCP && i < 4; i++) {
            SocketChannel filler = SocketChannel.open();
            toClose.add(filler);
            filler.configureBlocking(false);
            filler.connect(new InetSocketAddress("127.0.0.1", listener.getLocalPort()));
        }
        return new EngineAddress(
                URI.create("tcp://127.0.0.1:" + listener.getLocalPort()),
                transport == Transport.TLS ? new TestCertificates().client() : null,
                "a test");
    }

    private static List<Thread> callThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.isAlive() && thread.getName().startsWith("engine call"))
                .toList();
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "in vain: " + what);
            Thread.sleep(2);
        }
    }

    private static void awaitBlocked(Thread thread) throws InterruptedException {
        await(
                "blocked",
                () -> thread.getState() == Thread.State.WAITING
                        || thread.getState() == Thread.State.TIMED_WAITING
                        || Stream.of(thread.getStackTrace()).anyMatch(frame -> frame.isNativeMethod()));
    }

    private static Call start(Callable<?> action) {
        Call call = new Call(action);
        call.thread.start();
        return call;
    }

    private static final class Call {
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private final Thread thread;
        private volatile boolean interruptFlag;

        Call(Callable<?> action) {
            thread = new Thread(
                    () -> {
                        try {
                            action.call();
                        } catch (Throwable e) {
                            failure.set(e);
                        }
                        interruptFlag = Thread.currentThread().isInterrupted();
                    },
                    "test call");
        }

        Throwable failure() throws InterruptedException {
            thread.join(30_000);
            assertFalse(thread.isAlive(), "still blocked");
            return failure.get();
        }
    }

    private static final class Endless extends InputStream {
        @Override
        public int read() {
            return 'x';
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            return length;
        }
    }
}
