package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.engine.Platform;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImportRequestTest {

    private static final ArchiveSource SOURCE = new ArchiveSource("fs.tar", null, null, "file 'fs.tar'");

    private static ImportRequest of(Map<String, ?> values) throws BadInputException {
        return ImportRequest.from(new Parameters("dockerImport", values), SOURCE);
    }

    private static void assertRefused(Map<String, ?> values, String clause) {
        String message = assertThrows(BadInputException.class, () -> of(values)).getMessage();
        assertTrue(message.contains(clause), message);
    }

    @Test
    void anImageIsEnough() throws Exception {
        assertEquals(
                new ImportRequest(SOURCE, "shop:latest", List.of(), null, null, ImportRequest.ApplyConfig.APPLY),
                of(Map.of("image", "docker.io/library/shop", "file", "fs.tar")));
    }

    @Test
    void everyParameterCounts() throws Exception {
        assertEquals(
                new ImportRequest(
                        SOURCE,
                        "acme/shop:1",
                        List.of("CMD [\"sh\"]", "ENV A=b c"),
                        "from build 5",
                        new Platform("linux", "arm64", "v8"),
                        ImportRequest.ApplyConfig.IGNORE),
                of(Map.of(
                        "image", "acme/shop:1",
                        "changes", List.of("CMD [\"sh\"]", "ENV A=b c"),
                        "message", "from build 5",
                        "platform", "linux/arm64/v8",
                        "applyConfig", false)));
    }

    @Test
    void changesMayBeTypedLines() throws Exception {
        assertEquals(
                List.of("cmd [\"a\", \"b\"]", "USER me"),
                of(Map.of("image", "a", "changes", "cmd [\"a\", \"b\"]\n\n USER me\n"))
                        .changes());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "CMD x",
                "ENTRYPOINT x",
                "ENV a=b",
                "EXPOSE 80",
                "HEALTHCHECK NONE",
                "LABEL a=b",
                "ONBUILD RUN x",
                "STOPSIGNAL 9",
                "USER me",
                "VOLUME /x",
                "WORKDIR /x",
                "workdir /x",
                "CMD\t[\"x\"]"
            })
    void takesEveryInstructionThatAnImportKnows(String change) throws Exception {
        assertEquals(
                List.of(change),
                of(Map.of("image", "a", "changes", List.of(change))).changes());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RUN id",
                "COPY a b",
                "FROM x",
                "CMD",
                "CMDx y",
                "ENV A=1\nUSER root",
                "ENV A=1\rUSER root",
                "# x"
            })
    void refusesOtherInstructionsAndMoreThanOne(String change) {
        assertRefused(
                Map.of("image", "a", "changes", List.of(change)), "which is not one instruction of CMD, ENTRYPOINT,");
    }

    @Test
    void needsAnImage() {
        assertRefused(Map.of(), "dockerImport: image is missing; give the reference to create, for example shop:1.");
    }

    @ParameterizedTest
    @CsvSource({
        "image,       Shop:1,  'image ''Shop:1'' is not an image reference'",
        "image,       a@sha256:1, a digest cannot be a tag",
        "platform,    arm64,   'platform ''arm64'' is not a platform'",
        "applyConfig, x,       applyConfig must be true or false",
        "rename,      a=b,     has no parameter 'rename'"
    })
    void refusesAnyOtherValue(String name, String value, String clause) {
        assertRefused(name.equals("image") ? Map.of(name, value) : Map.of("image", "a", name, value), clause);
    }
}
