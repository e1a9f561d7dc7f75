package io.jenkins.plugins.dockerarchive.config;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.config.EnginePolicy.Where;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnginePolicyTest {

    private static void refused(String policy, String uri, Map<String, String> environment, Where where) {
        IOException e =
                assertThrows(BadInputException.class, () -> new EnginePolicy(policy).check(uri, environment, where));
        assertTrue(e.getMessage().contains("jobs may not use the engine"), e.getMessage());
    }

    private static void allowed(String policy, String uri, Map<String, String> environment, Where where) {
        assertDoesNotThrow(() -> new EnginePolicy(policy).check(uri, environment, where));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " \n "})
    void withoutARuleEveryEngineIsAllowedOnAgentsAndNoneOnTheBuiltInNode(String nothing) {
        allowed(nothing, "tcp://a:1", Map.of(), Where.AGENT);
        allowed(nothing, null, Map.of(), Where.AGENT);
        refused(nothing, "tcp://a:1", Map.of(), Where.BUILT_IN_NODE);
        refused(nothing, "unix:///var/run/docker.sock", Map.of(), Where.BUILT_IN_NODE);
        refused(nothing, null, Map.of(), Where.BUILT_IN_NODE);
        refused(nothing, null, Map.of("DOCKER_HOST", "tcp://a:1"), Where.BUILT_IN_NODE);
    }

    @Test
    void aRuleHoldsOnAgentsTooWhateverNamesTheEngine() {
        String rule = "tcp://*.example.org:2376, unix:///run/one.sock";
        for (Where where : Where.values()) {
            allowed(rule, "tcp://a.example.org:2376", Map.of(), where);
            allowed(rule, "https://a.example.org:2376", Map.of(), where);
            allowed(rule, null, Map.of("DOCKER_HOST", "unix:///run/one.sock"), where);
            allowed(rule, "unix:///run/one.sock", Map.of("DOCKER_HOST", "tcp://evil:1"), where);
            refused(rule, "tcp://a.example.org:2375", Map.of(), where);
            refused(rule, "tcp://example.org.evil:2376", Map.of(), where);
            refused(rule, null, Map.of("DOCKER_HOST", "tcp://evil:1"), where);
        }
        allowed(rule, null, Map.of(), Where.AGENT); // its own engine
        refused(rule, null, Map.of(), Where.BUILT_IN_NODE);
    }

    @ParameterizedTest
    @CsvSource({
        "unix:///run/docker/*.sock, unix:///run/docker/../other.sock",
        "unix:///run/docker/*.sock, unix:///run/docker/a/b.sock",
        "unix:///run/docker/*.sock, unix:///run/docker/a.sock/../../x.sock",
        "tcp://*.example.org:2376,  tcp://evil:1/.example.org:2376",
        "tcp://a.example.org:2376,  tcp://aXexample.org:2376"
    })
    void anotherSpellingLetsNothingIn(String rule, String uri) {
        refused(rule, uri, Map.of(), Where.AGENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"unix:///run/./a.sock", "unix:///run//a.sock", "UNIX:///run/b/../a.sock"})
    void anotherSpellingOfAnAllowedEngineIsAllowed(String uri) {
        allowed("unix:///run/a.sock", uri, Map.of(), Where.BUILT_IN_NODE);
    }

    @Test
    void anAsteriskAloneAllowsEverythingEverywhere() {
        allowed("*", "tcp://a:1", Map.of(), Where.BUILT_IN_NODE);
        allowed("*", null, Map.of(), Where.BUILT_IN_NODE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker.example.org", "ssh://a", "https://a", "tcp://a:1\n**", "unix://", "a*"})
    void whatIsNoEngineIsRefused(String text) {
        String said = assertThrows(IllegalArgumentException.class, () -> new EnginePolicy(text))
                .getMessage();
        assertTrue(said.contains("is no engine that can be allowed") && said.endsWith("."), said);
    }
}
