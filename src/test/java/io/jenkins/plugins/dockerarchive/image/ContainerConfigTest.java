package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestArchives.LIMITS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContainerConfigTest {

    /** What an engine tells of a container that has everything, and more than is kept. */
    private static final String INSPECTED = """
            {"Hostname":"0123456789ab","Domainname":"","User":"1000:1000","AttachStdin":false,"Tty":true,"Image":"shop:1",
             "ExposedPorts":{"8080/tcp":{},"53/udp":{}},
             "Env":["PATH=/usr/bin:/bin","GREETING=hello world"],
             "Cmd":["--port","8080"],"Entrypoint":["/app/run"],
             "Healthcheck":{"Test":["CMD","/app/run","--check"],"Interval":30000000000,"Timeout":5000000000,"Retries":3},
             "Volumes":{"/data":{}},"WorkingDir":"/app","Labels":{"org.acme.team":"shop"},"StopSignal":"SIGINT","OnBuild":null}""";

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static ContainerConfig config(String text) {
        return ContainerConfig.of(json(text), "linux/amd64", Map.of("container", "shop"));
    }

    private static List<String> changes(String text) throws IOException {
        return config(text).changes();
    }

    private static void assertCannotBeApplied(String text, String what) {
        ArchiveException e = assertThrows(ArchiveException.class, () -> changes(text));
        assertTrue(e.getMessage().contains(what), e.getMessage());
        assertFalse(Pattern.compile("\\p{Cc}").matcher(e.getMessage()).find(), e.getMessage());
    }

    @Test
    void keepsWhatAnImageIsToHaveAndNothingElse() {
        assertEquals(
                Set.of(
                        "User",
                        "ExposedPorts",
                        "Env",
                        "Cmd",
                        "Entrypoint",
                        "Healthcheck",
                        "Volumes",
                        "WorkingDir",
                        "Labels",
                        "StopSignal"),
                config(INSPECTED).fields().keySet());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"Cmd\":null,\"Env\":[],\"Labels\":{},\"User\":\"\",\"WorkingDir\":\"\",\"Volumes\":null,\"Entrypoint\":[]}"
            })
    void keepsNothingOfWhatIsNotSet(String inspected) throws IOException {
        assertEquals(Map.of(), config(inspected).fields());
        assertEquals(List.of(), changes(inspected));
    }

    @Test
    void becomesDockerfileInstructionsWithEntrypointBeforeCmd() throws IOException {
        List<String> changes = changes(INSPECTED);

        List<String> expected = List.of(
                "ENV PATH=\"/usr/bin:/bin\"",
                "ENV GREETING=\"hello world\"",
                "LABEL \"org.acme.team\"=\"shop\"",
                "EXPOSE 8080/tcp",
                "EXPOSE 53/udp",
                "VOLUME [\"/data\"]",
                "WORKDIR /app",
                "USER 1000:1000",
                "STOPSIGNAL SIGINT",
                "HEALTHCHECK --interval=30000000000ns --timeout=5000000000ns --retries=3 CMD [\"/app/run\",\"--check\"]",
                "ENTRYPOINT [\"/app/run\"]",
                "CMD [\"--port\",\"8080\"]");
        assertEquals(
                expected.stream().sorted().toList(), changes.stream().sorted().toList());
        assertTrue(
                changes.indexOf("ENTRYPOINT [\"/app/run\"]") < changes.indexOf("CMD [\"--port\",\"8080\"]"),
                changes.toString());
    }

    @Test
    void readsBackWhatItWrote() throws IOException {
        ContainerConfig config =
                ContainerConfig.of(json(INSPECTED), "linux/arm64/v8", Map.of("container", "shop", "image", "shop:1"));

        ContainerConfig back = ContainerConfig.read(config.write(LIMITS), LIMITS);

        assertEquals(config.changes(), back.changes());
        assertEquals("linux/arm64/v8", back.platform());
        assertEquals(Map.of("container", "shop", "image", "shop:1"), back.origin());
        assertArrayEquals(config.write(LIMITS), back.write(LIMITS));
    }

    @Test
    void readsBackWithoutAPlatform() throws IOException {
        ContainerConfig config = ContainerConfig.of(json("{}"), null, Map.of());

        assertEquals(config, ContainerConfig.read(config.write(LIMITS), LIMITS));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"config\":null}",
                "{\"config\":[]}",
                "{\"config\":{}",
                "text",
                "{\"config\":{\"Cmd\":\"text\"}}",
                "{\"config\":{\"Cmd\":[1]}}",
                "{\"config\":{\"Cmd\":[null]}}",
                "{\"config\":{\"Env\":{}, \"Env\":[]}}",
                "{\"config\":{\"Labels\":[1]}}",
                "{\"config\":{\"ExposedPorts\":[\"80\"]}}",
                "{\"config\":{\"Volumes\":\"/data\"}}",
                "{\"config\":{\"WorkingDir\":[\"/\"]}}",
                "{\"config\":{\"User\":{\"a\":1}}}",
                "{\"config\":{\"Labels\":{\"a\":{\"b\":1}}}}",
                "{\"config\":{\"StopSignal\":[\"SIGINT\"]}}"
            })
    void refusesToReadWhatIsNoKeptConfiguration(String text) {
        ArchiveException e = assertThrows(
                ArchiveException.class, () -> ContainerConfig.read(text.getBytes(StandardCharsets.UTF_8), LIMITS));
        assertTrue(e.getMessage().contains("kept configuration"), e.getMessage());
    }

    @Test
    void podmanGetsValuesAsTheyAreSinceItReplacesNothing() throws IOException {
        ContainerConfig config = config("{\"Env\":[\"A=$B \\\\ \\\"x\\\"\"],\"WorkingDir\":\"/it's $x\"}");

        assertEquals(
                List.of("ENV A=\"$B \\ \"x\"\"", "WORKDIR /it's $x"),
                config.changes(ContainerConfig.Dialect.VERBATIM, List.of()));
    }

    @Test
    void leavesOutWhatTheUsersOwnInstructionsReplace() throws IOException {
        ContainerConfig config = config(INSPECTED);

        List<String> changes = config.changes(
                ContainerConfig.Dialect.DOCKERFILE,
                List.of("cmd [\"x\"]", "ENV GREETING=bye", "label org.acme.team=other", "WORKDIR /x", "EXPOSE 1"));

        assertTrue(
                changes.stream().noneMatch(change -> change.matches("(CMD|WORKDIR|LABEL) .*|ENV GREETING.*")),
                changes.toString());
        assertTrue(
                changes.containsAll(List.of(
                        "ENV PATH=\"/usr/bin:/bin\"",
                        "EXPOSE 8080/tcp",
                        "ENTRYPOINT [\"/app/run\"]",
                        "USER 1000:1000")),
                changes.toString());
        assertTrue(
                config.changes(ContainerConfig.Dialect.DOCKERFILE, List.of("WORKDIR relative"))
                        .contains("WORKDIR /app"),
                "stands below the kept one");
    }

    // values as the builder's lexer reads them: github.com/moby/buildkit frontend/dockerfile/shell/lex.go

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "with spaces,      ~\"with spaces\"~",
                "$HOME,            ~\"\\$HOME\"~",
                "${HOME:-x},       ~\"\\${HOME:-x}\"~",
                "say \"hi\",       ~\"say \\\"hi\\\"\"~",
                "C:\\dir,          ~\"C:\\\\dir\"~",
                "ends\\,           ~\"ends\\\\\"~",
                "it's,             ~\"it's\"~",
                "a=b=c,            ~\"a=b=c\"~",
                "#no comment,      ~\"#no comment\"~",
                "größe,            ~\"größe\"~"
            })
    void quotesValuesOfVariablesAndLabels(String value, String quoted) throws IOException {
        String inJson = new ObjectMapper().writeValueAsString(value);
        String variable = new ObjectMapper().writeValueAsString("V=" + value);

        assertEquals(List.of("ENV V=" + quoted), changes("{\"Env\":[" + variable + "]}"));
        assertEquals(List.of("LABEL \"l\"=" + quoted), changes("{\"Labels\":{\"l\":" + inJson + "}}"));
        assertEquals(List.of("LABEL " + quoted + "=\"v\""), changes("{\"Labels\":{" + inJson + ":\"v\"}}"));
    }

    @Test
    void quotesWhatTheBuilderWouldReplaceInDirectoriesUsersAndVolumes() throws IOException {
        assertEquals(List.of("WORKDIR /a \\$b\\\\c"), changes("{\"WorkingDir\":\"/a $b\\\\c\"}"));
        assertEquals(List.of("WORKDIR /it\\'s \\\"x\\\""), changes("{\"WorkingDir\":\"/it's \\\"x\\\"\"}"));
        assertEquals(List.of("USER \\$me"), changes("{\"User\":\"$me\"}"));
        assertEquals(List.of("VOLUME [\"/a \\\\$b\"]"), changes("{\"Volumes\":{\"/a $b\":{}}}"));
        assertEquals(List.of("VOLUME [\"/it\\\\'s\"]"), changes("{\"Volumes\":{\"/it's\":{}}}"));
    }

    @Test
    void leavesWhatTheBuilderDoesNotReplace() throws IOException {
        assertEquals(
                List.of("CMD [\"sh\",\"-c\",\"echo $HOME \\\\ \\\"x\\\"\\n\"]"),
                changes("{\"Cmd\":[\"sh\",\"-c\",\"echo $HOME \\\\ \\\"x\\\"\\n\"]}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\n", "\\r", "\\r\\n", "\\u0000"})
    void refusesValuesThatWouldBecomeASecondInstruction(String breaking) {
        String value = "x" + breaking + "USER root";

        assertCannotBeApplied("{\"Env\":[\"V=" + value + "\"]}", "the environment variable 'V'");
        assertCannotBeApplied("{\"Labels\":{\"l\":\"" + value + "\"}}", "the label 'l'");
        assertCannotBeApplied("{\"Labels\":{\"" + value + "\":\"v\"}}", "the label 'x");
        assertCannotBeApplied("{\"WorkingDir\":\"/" + value + "\"}", "the working directory");
        assertCannotBeApplied("{\"User\":\"" + value + "\"}", "the user");
        assertCannotBeApplied("{\"StopSignal\":\"" + value + "\"}", "the stop signal");
        assertCannotBeApplied("{\"ExposedPorts\":{\"80" + breaking + "\":{}}}", "the port");
        assertCannotBeApplied("{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"" + value + "\"]}}", "the health check");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "=x", "1A=x", "A B=x", "A\\u0000=x", "A$B=x", "A\\\\=x", "\\u00e4=x"})
    void refusesVariablesThatNoInstructionCanName(String variable) {
        assertCannotBeApplied("{\"Env\":[\"" + variable + "\"]}", "the environment variable");
    }

    @Test
    void theLastOfTwoValuesOfAVariableWinsSincePodmanKeepsBoth() throws IOException {
        assertEquals(
                List.of("ENV A=\"3\"", "ENV B=\"2\"", "ENV C=\"\""),
                changes("{\"Env\":[\"A=1\",\"B=2\",\"A=3\",\"C\"]}"));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '~',
            value = {
                "~{\"Test\":[\"NONE\"]}~;HEALTHCHECK NONE",
                "~{\"Test\":[\"CMD-SHELL\",\"curl -f localhost || exit 1\"]}~;HEALTHCHECK CMD curl -f localhost || exit 1",
                "~{\"Test\":[\"CMD-SHELL\",\"[ -f /ready ]\"]}~;HEALTHCHECK CMD [ -f /ready ]",
                "~{\"Test\":[\"CMD-SHELL\",\"[[ -f /ready ]] || exit 1\"]}~;HEALTHCHECK CMD [[ -f /ready ]] || exit 1",
                "~{\"Test\":[\"CMD\",\"check\",\"$X\"]}~;HEALTHCHECK CMD [\"check\",\"$X\"]",
                "~{\"Test\":[\"CMD-SHELL\",\"x\"],\"StartPeriod\":1000000,\"StartInterval\":2000000}~;"
                        + "HEALTHCHECK --start-period=1000000ns --start-interval=2000000ns CMD x",
                "~{\"Test\":[\"CMD-SHELL\",\"x\"],\"Interval\":0,\"Retries\":0}~;HEALTHCHECK CMD x"
            },
            delimiter = ';')
    void writesEveryFormOfHealthCheck(String healthcheck, String instruction) throws IOException {
        assertEquals(List.of(instruction), changes("{\"Healthcheck\":" + healthcheck + "}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"Interval\":1}",
                "{\"Test\":null}",
                "{\"Test\":[]}",
                "{\"Test\":[\"\"]}",
                "{\"Test\":[\"CMD\"]}",
                "{\"Test\":[\"OTHER\",\"x\"]}",
                "{\"Test\":[\"CMD-SHELL\",\"a\",\"b\"]}",
                "{\"Test\":[\"CMD-SHELL\",\"[]\"]}",
                "{\"Test\":[\"CMD-SHELL\",\" [ \\\"a\\\" ] && b\"]}",
                "{\"Test\":[\"CMD-SHELL\",\"a\\nb\"]}",
                "{\"Test\":[\"CMD-SHELL\",\"ends with \\\\\"]}",
                "{\"Test\":[\"CMD-SHELL\",\"\"]}",
                "{\"Test\":\"CMD\"}"
            })
    void refusesHealthChecksThatNoInstructionCanState(String healthcheck) {
        assertThrows(ArchiveException.class, () -> changes("{\"Healthcheck\":" + healthcheck + "}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {" /app", "/app ", "\\t/app"})
    void refusesBlanksAroundADirectoryWhichTheBuilderWouldCutOff(String value) {
        assertCannotBeApplied("{\"WorkingDir\":\"" + value + "\"}", "the working directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"80-90", "80/http", "http", "-1", "", "123456", "80 90"})
    void refusesPortsThatAreNone(String port) {
        assertCannotBeApplied("{\"ExposedPorts\":{\"" + port + "\":{}}}", "the port");
    }

    @Test
    void nothingIsMissingFromTheImageThatHasItAll() {
        ContainerConfig config = config(INSPECTED);

        assertEquals(List.of(), config.missingFrom(json(INSPECTED), List.of()));
    }

    @Test
    void orderAndWritingOfTheSameValuesDoNotCount() {
        ContainerConfig config =
                config("{\"Env\":[\"A=1\",\"B=2\",\"A=3\",\"C\"],\"ExposedPorts\":{\"80\":{},\"53/udp\":{}}}");

        assertEquals(
                List.of(),
                config.missingFrom(
                        json("{\"Env\":[\"C=\",\"B=2\",\"A=3\"],\"ExposedPorts\":{\"53/udp\":{},\"80/tcp\":{}}}"),
                        List.of()));
    }

    @Test
    void namesWhatTheImageDoesNotHaveAsItWasKept() {
        ContainerConfig config = config(INSPECTED);

        assertEquals(
                config.fields().keySet().stream().sorted().toList(),
                config.missingFrom(json("{}"), List.of()).stream().sorted().toList());
        assertEquals(
                List.of("Cmd"),
                config.missingFrom(json(INSPECTED.replace("\"--port\",\"8080\"", "\"--port\"")), List.of()));
        assertEquals(List.of("Env"), config.missingFrom(json(INSPECTED.replace("hello world", "hello")), List.of()));
        assertEquals(
                List.of("Healthcheck"),
                config.missingFrom(json(INSPECTED.replace("\"--check\"", "\"--other\"")), List.of()));
    }

    @Test
    void whatTheUserChangedIsNotMissing() {
        ContainerConfig config = config(INSPECTED);
        List<String> own = List.of(
                "cmd [\"x\"]",
                "ENTRYPOINT\t[\"x\"]",
                "Env A=1",
                "LABEL a=b",
                "EXPOSE 1",
                "VOLUME /x",
                "WORKDIR /",
                "USER 0",
                "STOPSIGNAL 9",
                "HEALTHCHECK NONE");

        assertEquals(List.of(), config.missingFrom(json("{}"), own));
        assertEquals(List.of("Cmd"), config.missingFrom(json("{}"), own.subList(1, own.size())));
    }
}
