package io.jenkins.plugins.dockerarchive.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestPathTest {

    private static final EngineFaults FAULTS =
            new EngineFaults(new EngineAddress(URI.create("unix:///x"), null, "a test"));

    @Test
    void encodesEverythingButUnreservedCharacters() throws EngineException {
        EngineName name = EngineName.of("[::1]:5000/a/b-c_d.e:1@sha256:0", "test", FAULTS);
        assertEquals(
                "/images/%5B%3A%3A1%5D%3A5000%2Fa%2Fb-c_d.e%3A1%40sha256%3A0/json",
                RequestPath.around("/images/", name, "/json").toString());
        assertEquals(
                "/x?a%26b=c%3Dd%20%C3%A4%2B%23%0A&n=",
                new RequestPath("/x")
                        .with("a&b", "c=d \u00e4+#\n")
                        .with("n", "")
                        .toString());
    }

    @Test
    void keepsOrderAndRepetitionsAndLeavesOutWhatIsAbsent() {
        assertEquals(
                "/x?c=2&c=1&c=2",
                new RequestPath("/x")
                        .with("c", "2")
                        .with("n", null)
                        .with("c", "1")
                        .with("c", "2")
                        .toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "A.example:5000/b/c:Tag_1.2-3",
                "a@sha256:0123",
                "sha256:0123",
                "0123456789ab",
                "a..b",
                "a/b..c"
            })
    void takesNames(String name) throws EngineException {
        assertEquals(name, EngineName.of(name, "test", FAULTS).text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", ".", "..", "/a", "a/", "a//b", "a/../b", "a/./b", "../a", "a/..", "a?b", "a#b", "a%2fb", "a\\b",
                "a b", "a\n", "\u00e4", "a\u0000", "-a", "_a", "a;b", "a&b"
            })
    void refusesNamesThatCouldLeadElsewhere(String name) {
        EngineException failure = assertThrows(EngineException.class, () -> EngineName.of(name, "test", FAULTS));
        assertTrue(failure.getMessage().contains("can be no name or ID"), failure.getMessage());
    }

    @Test
    void refusesNamesOfNoLength() {
        assertThrows(EngineException.class, () -> EngineName.of("a".repeat(1025), "test", FAULTS));
    }

    @Test
    void ordersApiVersionsByNumber() {
        assertTrue(ApiVersion.parse("1.41").isAtLeast(ApiVersion.parse("1.9")));
        assertTrue(ApiVersion.parse("2.0").isAtLeast(ApiVersion.parse("1.99")));
        for (String bad : new String[] {"", "1", "1.", "v1.41", "1.41.1", "1.99999", "-1.0"}) {
            assertThrows(IllegalArgumentException.class, () -> ApiVersion.parse(bad), bad);
        }
    }

    @Test
    void anIdleTimeoutIsMoreThanZero() {
        assertThrows(IllegalArgumentException.class, () -> new IdleTimeout(java.time.Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> new IdleTimeout(java.time.Duration.ofMillis(-1)));
    }

    @Test
    void aChangeIsOneLine() {
        for (String bad : new String[] {"", " ", "ENV A=1\nENV B=2", "CMD a\r"}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new ImportParameters("a", "1", null, java.util.List.of(bad), null));
        }
    }
}
