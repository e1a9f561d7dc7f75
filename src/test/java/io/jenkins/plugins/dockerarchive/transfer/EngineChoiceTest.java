package io.jenkins.plugins.dockerarchive.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.jenkins.plugins.dockerarchive.engine.ClientCertificates;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EngineChoiceTest {

    private static final ClientCertificates CERTIFICATES = new ClientCertificates("key", "certificate", "authority");

    @Test
    void uriWins() throws Exception {
        EngineChoice choice =
                new EngineChoice("tcp://a:2376", CERTIFICATES, Map.of("DOCKER_HOST", "tcp://b:1"), "dockerServer");
        EngineAddress address = choice.resolve();
        assertEquals(URI.create("tcp://a:2376"), address.uri());
        assertEquals(CERTIFICATES, address.certificates());
        assertEquals("dockerServer", address.origin());
    }

    @Test
    void environmentDecidesWithoutUri() throws Exception {
        EngineChoice choice = new EngineChoice(null, null, Map.of("DOCKER_HOST", "tcp://b:1"), "the environment");
        assertEquals(URI.create("tcp://b:1"), choice.resolve().uri());
        EngineChoice certified =
                new EngineChoice(null, CERTIFICATES, Map.of("DOCKER_HOST", "tcp://b:1"), "the environment");
        assertEquals(CERTIFICATES, certified.resolve().certificates());
    }

    @Test
    void nothingElseOfTheEnvironmentTravels() {
        EngineChoice choice = new EngineChoice(
                null, null, Map.of("DOCKER_HOST", "tcp://b:1", "PASSWORD", "secret"), "the environment");
        assertEquals(Map.of("DOCKER_HOST", "tcp://b:1"), choice.environment());
    }

    @Test
    void isSerialisableAndSaysNoSecret() throws Exception {
        EngineChoice choice = new EngineChoice("tcp://a:2376", CERTIFICATES, Map.of(), "dockerServer");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(choice);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertEquals(choice, in.readObject());
        }
        assertFalse(choice.toString().contains("authority"));
    }
}
