package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.CompressionChoice;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExportRequestTest {

    private static ExportRequest of(Map<String, ?> values) throws BadInputException {
        return ExportRequest.from(new Parameters("dockerExport", values));
    }

    private static void assertRefused(Map<String, ?> values, String clause) {
        String message = assertThrows(BadInputException.class, () -> of(values)).getMessage();
        assertTrue(message.contains(clause), message);
    }

    @Test
    void aContainerIsEnough() throws Exception {
        assertEquals(
                new ExportRequest(
                        "my_app.1-x",
                        new Destination(null, false, null, Destination.Existing.REFUSE),
                        CompressionChoice.AUTO,
                        ExportRequest.KeepConfig.BESIDE_ARCHIVE,
                        ExportRequest.WhileExporting.KEEP_RUNNING),
                of(Map.of("container", " my_app.1-x ")));
    }

    @Test
    void everyParameterCounts() throws Exception {
        assertEquals(
                new ExportRequest(
                        "0123456789ab",
                        new Destination("a.tar.gz", true, "s", Destination.Existing.OVERWRITE),
                        CompressionChoice.NONE,
                        ExportRequest.KeepConfig.DROP,
                        ExportRequest.WhileExporting.PAUSE),
                of(Map.of(
                        "container",
                        "0123456789ab",
                        "file",
                        "a.tar.gz",
                        "archive",
                        "true",
                        "stash",
                        "s",
                        "overwrite",
                        true,
                        "compression",
                        "none",
                        "keepConfig",
                        false,
                        "pause",
                        true)));
    }

    @Test
    void needsAContainer() {
        assertRefused(Map.of(), "dockerExport: container is missing; give the name or ID of a container.");
        assertRefused(Map.of("container", " "), "container is missing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/app",
                "app/json?x=",
                "a b",
                "-app",
                "_app",
                "äpp",
                "..",
                "app\u001b[31m",
                "app\nFinished: SUCCESS"
            })
    void refusesWhatNamesNoContainer(String container) {
        String message = assertThrows(BadInputException.class, () -> of(Map.of("container", container)))
                .getMessage();

        assertTrue(message.contains("is not a name or ID; it has letters, digits, . _ and - only."), message);
        assertTrue(message.chars().noneMatch(c -> c < ' '), "one clean line");
    }

    @ParameterizedTest
    @CsvSource({
        "compression, bzip2, 'compression ''bzip2'' is unknown; use one of auto, none, gzip, zstd.'",
        "keepConfig,  no,    keepConfig must be true or false",
        "pause,       x,     pause must be true or false",
        "format,      oci,   has no parameter 'format'"
    })
    void refusesAnyOtherValue(String name, String value, String clause) {
        assertRefused(Map.of("container", "app", name, value), clause);
    }
}
