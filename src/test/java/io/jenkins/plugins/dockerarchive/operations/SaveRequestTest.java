package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.engine.Platform;
import io.jenkins.plugins.dockerarchive.image.CompressionChoice;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SaveRequestTest {

    private static SaveRequest of(Map<String, ?> values) throws BadInputException {
        return SaveRequest.from(new Parameters("dockerSave", values));
    }

    private static void assertRefused(Map<String, ?> values, String clause) {
        String message = assertThrows(BadInputException.class, () -> of(values)).getMessage();
        assertTrue(message.contains(clause), message);
    }

    @Test
    void oneImageIsEnough() throws Exception {
        assertEquals(
                new SaveRequest(
                        List.of("shop:1"),
                        new Destination(null, false, null, Destination.Existing.REFUSE),
                        ArchiveFormat.TAR,
                        CompressionChoice.AUTO,
                        List.of(),
                        SaveRequest.Missing.FAIL),
                of(Map.of("images", "shop:1")));
    }

    @Test
    void everyParameterCounts() throws Exception {
        assertEquals(
                new SaveRequest(
                        List.of("shop:1", "localhost:5000/db"),
                        new Destination("out/a.tar", true, "hand over", Destination.Existing.OVERWRITE),
                        ArchiveFormat.OCI,
                        CompressionChoice.GZIP,
                        List.of(new Platform("linux", "arm64", null)),
                        SaveRequest.Missing.IGNORE),
                of(Map.of(
                        "images", List.of("shop:1", "localhost:5000/db"),
                        "file", "out/a.tar",
                        "archive", true,
                        "stash", "hand over",
                        "overwrite", "true",
                        "format", "oci",
                        "compression", "gzip",
                        "platforms", "linux/arm64",
                        "ignoreMissing", "TRUE")));
    }

    @Test
    void imagesMayBeTypedText() throws Exception {
        assertEquals(
                List.of("a:1", "b", "c:3"), of(Map.of("images", "a:1, b\nc:3")).images());
    }

    @Test
    void imagesMayBeIdsAndDigests() throws Exception {
        String hex = "0123456789abcdef".repeat(4);

        assertEquals(1, of(Map.of("images", "sha256:" + hex)).images().size());
        assertEquals(1, of(Map.of("images", hex)).images().size());
        assertEquals(1, of(Map.of("images", "shop@sha256:" + hex)).images().size());
        assertEquals(1, of(Map.of("images", "0123456789ab")).images().size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", ",", "\n"})
    void needsAnImage(String images) {
        assertRefused(Map.of("images", images), "dockerSave: images is empty; name at least one, for example shop:1.");
        assertRefused(Map.of(), "images is empty");
        assertRefused(Map.of("images", List.of()), "images is empty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Shop:1", "shop:1?x=y", "../shop", "shop:", "sha512:@", "shop@sha256:12", "-v", "a//b"})
    void refusesWhatNamesNoImage(String image) {
        assertRefused(
                Map.of("images", List.of("good:1", image)),
                "dockerSave: images '" + image + "' is not an image reference");
    }

    @ParameterizedTest
    @CsvSource({
        "format,        zip,   'format ''zip'' is unknown; use one of tar, oci.'",
        "format,        TAR,   is unknown",
        "compression,   xz,    'compression ''xz'' is unknown; use one of auto, none, gzip, zstd.'",
        "platforms,     amd64, 'platforms ''amd64'' is not a platform'",
        "ignoreMissing, maybe, 'ignoreMissing must be true or false, not ''maybe''.'",
        "archive,       shop,  'archive must be true or false, not ''shop''.'",
        "overwrite,     2,     overwrite must be true or false",
        "image,         x,     has no parameter 'image'",
        "keepConfig,    true,  has no parameter 'keepConfig'"
    })
    void refusesAnyOtherValue(String name, String value, String clause) {
        assertRefused(Map.of("images", "shop:1", name, value), clause);
    }
}
