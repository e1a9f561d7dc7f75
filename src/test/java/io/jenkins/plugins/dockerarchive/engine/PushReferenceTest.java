package io.jenkins.plugins.dockerarchive.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which references are there for a push only, and may be removed. */
class PushReferenceTest {

    @Test
    void whatAnImageGetsForAPushIsKnownAgain() throws Exception {
        try (PushEndpoint endpoint = PushEndpoint.open(digest -> false, 1, bytes -> {}, IdleTimeout.DEFAULT)) {
            String tag = PushReference.newTag();
            assertNotEquals(tag, PushReference.newTag());
            PushReference found =
                    PushReference.parse(endpoint.repository() + ":" + tag).orElseThrow();
            assertEquals(tag, found.tag());
            assertTrue(found.isInUse());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:5000/docker-archive:1",
                "127.0.0.1:5000/docker-archive",
                "127.0.0.1:5000/shop/docker-archive:push-1",
                "127.0.0.1/docker-archive:push-1",
                "localhost:5000/docker-archive:push-1",
                "registry.example.org/127.0.0.1:5000/docker-archive:push-1",
                "127x0x0x1:5000/docker-archive:push-1",
                "127.0.0.1:123456/docker-archive:push-1",
                "docker-archive:push-1",
                "",
            })
    void whatSomebodyElseNamedIsNotTakenForIt(String reference) {
        assertEquals(Optional.empty(), PushReference.parse(reference));
    }

    @Test
    void aPortWhereNobodyListensOrWhichCannotBeIsNotInUse() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            port = socket.getLocalPort();
            assertTrue(new PushReference(port, "push-1").isInUse());
        }
        assertFalse(new PushReference(port, "push-1").isInUse());
        assertFalse(new PushReference(99_999, "push-1").isInUse());
    }
}
