package io.jenkins.plugins.dockerarchive.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.testengines.TestCertificates;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EngineEnvironmentTest {

    @TempDir
    private Path home;

    private EngineAddress resolve(Map<String, String> environment) throws EngineException {
        return new EngineEnvironment(home, "unix:///var/run/docker.sock").resolve(environment);
    }

    private String refusal(Map<String, String> environment) {
        String sentence =
                assertThrows(EngineException.class, () -> resolve(environment)).getMessage();
        assertTrue(sentence.endsWith("."), sentence);
        return sentence;
    }

    private Path certificates(Path directory) throws IOException {
        TestCertificates certificates = new TestCertificates();
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("key.pem"), certificates.key());
        Files.writeString(directory.resolve("cert.pem"), certificates.certificate());
        Files.writeString(directory.resolve("ca.pem"), certificates.authority());
        return directory;
    }

    @Test
    void takesThisMachinesEngineWhenNothingIsSet() throws EngineException {
        for (Map<String, String> nothing : java.util.List.of(
                Map.<String, String>of(), Map.of("DOCKER_HOST", " "), Map.of("DOCKER_TLS_VERIFY", "1"))) {
            EngineAddress address = resolve(nothing);
            assertEquals(URI.create("unix:///var/run/docker.sock"), address.uri());
            assertNull(address.certificates());
            assertTrue(address.origin().contains("default"));
        }
    }

    @Test
    void takesAPipeOnWindows() throws EngineException {
        EngineAddress address = new EngineEnvironment(home, "npipe:////./pipe/docker_engine").resolve(Map.of());
        assertEquals("npipe:////./pipe/docker_engine", address.uri().toString());
    }

    @ParameterizedTest
    @CsvSource({
        "unix:///run/x.sock, unix:///run/x.sock",
        "unix:///run/with space.sock, unix:///run/with%20space.sock",
        "tcp://host:1234, tcp://host:1234",
        "tcp://host, tcp://host:2375",
        "tcp://host/, tcp://host:2375",
        "TCP://host:1, tcp://host:1",
        "http://host, tcp://host:2375",
        "http://host:80/engine/, tcp://host:80/engine",
        "tcp://[::1]:2375, tcp://[::1]:2375",
        "tcp://[fe80::1], tcp://[fe80::1]:2375",
        "npipe:////./pipe/docker_engine, npipe:////./pipe/docker_engine",
        "' tcp://host:1 ', tcp://host:1"
    })
    void readsUrisAsTheDockerCommandLineDoes(String host, String uri) throws EngineException {
        EngineAddress address = resolve(Map.of("DOCKER_HOST", host));
        assertEquals(uri, address.uri().toString());
        assertNull(address.certificates());
        assertEquals("DOCKER_HOST", address.origin());
    }

    @Test
    void httpsMeansTlsWithTheAuthoritiesOfTheJvm() throws EngineException {
        EngineAddress address = EngineEnvironment.parseUri("https://host", null, "dockerServer");
        assertEquals("tcp://host:2376", address.uri().toString());
        assertEquals(new ClientCertificates(null, null, null), address.certificates());
        assertEquals("dockerServer", address.origin());
    }

    @Test
    void certificatesMeanTls() throws EngineException {
        ClientCertificates certificates = new ClientCertificates("k", "c", "a");
        EngineAddress address = EngineEnvironment.parseUri("tcp://host", certificates, "dockerServer");
        assertEquals("tcp://host:2376", address.uri().toString());
        assertEquals(certificates, address.certificates());
        assertNull(EngineEnvironment.parseUri("unix:///x", certificates, "dockerServer")
                .certificates());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "host",
                "host:2375",
                "/var/run/docker.sock",
                "unix:/var/run/docker.sock",
                "unix://",
                "unix:///",
                "unix://relative/path",
                "tcp://",
                "tcp://:2375",
                "tcp://under_score:2375",
                "tcp://host:0",
                "tcp://host:65536",
                "tcp://host:port",
                "tcp://ho st",
                "npipe://pipe",
                "ftp://host",
                "://",
                "tcp:host"
            })
    void refusesWhatNamesNoEngine(String host) {
        String sentence = refusal(Map.of("DOCKER_HOST", host));
        assertTrue(sentence.contains("'" + host + "' (from DOCKER_HOST)"), sentence);
    }

    @Test
    void saysWhatToUseInsteadOfSshAndFd() {
        assertTrue(refusal(Map.of("DOCKER_HOST", "ssh://me@host")).contains("ssh is not supported"));
        assertTrue(refusal(Map.of("DOCKER_HOST", "fd://")).contains("use unix:///var/run/docker.sock"));
    }

    @Test
    void aPasswordInAUriIsNotTold() {
        String sentence = refusal(Map.of("DOCKER_HOST", "tcp://me:secret@host:2375"));
        assertFalse(sentence.contains("secret"), sentence);
        refusal(Map.of("DOCKER_HOST", "tcp://host:2375?x=1"));
        refusal(Map.of("DOCKER_HOST", "tcp://host:2375#x"));
    }

    @Test
    void readsCertificatesWhenTheyAreAskedFor() throws IOException {
        Path directory = certificates(home.resolve("certs"));
        EngineAddress address = resolve(Map.of(
                "DOCKER_HOST", "tcp://host", "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", directory.toString()));
        assertEquals("tcp://host:2376", address.uri().toString());
        assertNotNull(address.certificates());
        assertEquals(
                Files.readString(directory.resolve("key.pem")),
                address.certificates().key());
        assertEquals(
                Files.readString(directory.resolve("ca.pem")),
                address.certificates().authority());
        assertFalse(address.toString().contains("PRIVATE"), "no secret");
    }

    @Test
    void looksForCertificatesAtHomeByDefault() throws IOException {
        certificates(home.resolve(".docker"));
        assertNotNull(resolve(Map.of("DOCKER_HOST", "tcp://host", "DOCKER_TLS_VERIFY", "1"))
                .certificates());
    }

    @Test
    void speaksPlainlyWithoutTlsVerify() throws IOException {
        Path directory = certificates(home.resolve("certs"));
        assertNull(resolve(Map.of("DOCKER_HOST", "tcp://host", "DOCKER_CERT_PATH", directory.toString()))
                .certificates());
        assertNull(resolve(Map.of("DOCKER_HOST", "tcp://host", "DOCKER_TLS_VERIFY", ""))
                .certificates());
        assertNull(resolve(Map.of("DOCKER_HOST", "unix:///x", "DOCKER_TLS_VERIFY", "1"))
                .certificates());
    }

    @Test
    void refusesTlsWithoutVerification() {
        String sentence = refusal(Map.of("DOCKER_HOST", "tcp://host", "DOCKER_TLS", "1"));
        assertTrue(sentence.contains("DOCKER_TLS_VERIFY=1"), sentence);
    }

    @ParameterizedTest
    @ValueSource(strings = {"key.pem", "cert.pem", "ca.pem"})
    void saysWhichCertificateIsMissing(String file) throws IOException {
        Path directory = certificates(home.resolve("certs"));
        Files.delete(directory.resolve(file));
        String sentence = refusal(Map.of(
                "DOCKER_HOST", "tcp://host", "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", directory.toString()));
        assertTrue(sentence.startsWith(directory.resolve(file) + " does not exist"), sentence);
        assertTrue(sentence.contains("DOCKER_CERT_PATH"), sentence);
    }

    @Test
    void saysThatACertificateCannotBeRead() throws IOException {
        Path directory = certificates(home.resolve("certs"));
        Files.delete(directory.resolve("ca.pem"));
        Files.createDirectory(directory.resolve("ca.pem"));
        String sentence = refusal(Map.of(
                "DOCKER_HOST", "tcp://host", "DOCKER_TLS_VERIFY", "1", "DOCKER_CERT_PATH", directory.toString()));
        assertTrue(sentence.contains("ca.pem cannot be read"), sentence);
        Files.delete(directory.resolve("ca.pem"));
        Files.write(directory.resolve("ca.pem"), new byte[2_000_000]);
        assertTrue(refusal(Map.of(
                        "DOCKER_HOST",
                        "tcp://host",
                        "DOCKER_TLS_VERIFY",
                        "1",
                        "DOCKER_CERT_PATH",
                        directory.toString()))
                .contains("too large"));
    }
}
