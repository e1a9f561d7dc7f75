package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.engine.ClientCertificates;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.engine.EngineEnvironment;
import io.jenkins.plugins.dockerarchive.testengines.PrivateEngine;
import io.jenkins.plugins.dockerarchive.testengines.TcpRelay;
import io.jenkins.plugins.dockerarchive.testengines.TestCertificates;
import io.jenkins.plugins.dockerarchive.testengines.TestCertificates.KeyForm;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A real {@code dockerd --tlsverify} on loopback, with an authority that is made for the test. */
class TlsVerifyTest extends OperationsOnEnginesTest {

    private static final Duration SOON = Duration.ofSeconds(5);

    @ParameterizedTest
    @ValueSource(strings = {"docker-20.10", "docker-28-containerd"})
    void servesWhoeverProvesHimselfAndNobodyElse(String name) throws Exception {
        TestCertificates certificates = new TestCertificates();
        try (PrivateEngine daemon = PrivateEngine.startWithTls(name, certificates)) {
            int port = daemon.tls().getPort();
            String image = repository("app") + ":1";
            tar(
                    "app.tar",
                    archive(Raw.of(
                            image,
                            new TestLayer().random("data/r", 6_000_000, 4).tar())));

            // every form of key
            for (KeyForm form : KeyForm.values()) {
                load(address(port, certificates.withClient(form).client()), "file", "app.tar");
            }
            save(address(port, certificates.client()), "images", image, "file", "saved.tar");
            Files.delete(workspace().resolve("saved.tar"));

            // as Docker's own command line is told
            Path keys = Files.createDirectories(directory.resolve("keys"));
            Files.writeString(keys.resolve("ca.pem"), certificates.authority());
            Files.writeString(keys.resolve("cert.pem"), certificates.certificate());
            Files.writeString(keys.resolve("key.pem"), certificates.key());
            EngineAddress ofEnvironment = new EngineEnvironment()
                    .resolve(Map.of(
                            "DOCKER_HOST",
                            "tcp://127.0.0.1:" + port,
                            "DOCKER_TLS_VERIFY",
                            "1",
                            "DOCKER_CERT_PATH",
                            keys.toString()));
            save(ofEnvironment, "images", image, "file", "saved.tar");
            Files.delete(workspace().resolve("saved.tar"));

            // everybody else
            TestCertificates strangers = new TestCertificates();
            refused(
                    "it refused the client certificate",
                    address(
                            port,
                            new ClientCertificates(
                                    strangers.key(), strangers.certificate(), certificates.authority())));
            refused(
                    "it wants a client certificate",
                    address(port, new ClientCertificates(null, null, certificates.authority())));
            refused(
                    "its certificate is not trusted",
                    address(
                            port,
                            new ClientCertificates(
                                    certificates.key(), certificates.certificate(), strangers.authority())));
            refused("speaks TLS", address(port, null));
            assertFiles("app.tar");

            // an abort in the middle ends the connection
            try (TcpRelay relay = new TcpRelay(daemon.tls())) {
                relay.stallDownloadAfter(1_000_000);
                FutureTask<SaveResult> saving = new FutureTask<>(
                        () -> save(address(relay.port(), certificates.client()), "images", image, "file", "half.tar"));
                Thread thread = new Thread(saving);
                thread.start();
                long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
                while (relay.downloaded() < 1_000_000) {
                    assertTrue(System.nanoTime() < deadline && thread.isAlive(), "the save does not get there");
                    Thread.sleep(5); // the relay has no way to wait for it
                }
                thread.interrupt();
                thread.join(SOON.toMillis());
                assertFalse(thread.isAlive(), "an aborted save goes on");
                assertInstanceOf(
                        InterruptedException.class,
                        assertThrows(ExecutionException.class, () -> saving.get(0, TimeUnit.SECONDS))
                                .getCause());
                relay.resume();
                while (relay.openConnections() > 0) {
                    assertTrue(System.nanoTime() < deadline, "its connection stays open");
                    Thread.sleep(5); // nor for this
                }
            }
            assertFiles("app.tar");

            // the same after it was started again
            daemon.kill();
            refused("refused the connection", address(port, certificates.client()));
            daemon.up();
            assertEquals(
                    configDigest(daemon.engine(), image),
                    save(address(port, certificates.client()), "images", image, "file", "saved.tar")
                            .images()
                            .get(0)
                            .id());
        }
    }

    private void refused(String words, EngineAddress address) {
        failure(() -> save(address, "images", "some:1", "file", "none.tar"), words, "tcp://127.0.0.1:");
    }

    private static EngineAddress address(int port, ClientCertificates certificates) {
        return new EngineAddress(URI.create("tcp://127.0.0.1:" + port), certificates, "a test");
    }
}
