package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.engine.Platform;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoadRequestTest {

    private static final ArchiveSource SOURCE = new ArchiveSource("shop.tar", null, null, "file 'shop.tar'");

    private static LoadRequest of(Map<String, ?> values) throws BadInputException {
        return LoadRequest.from(new Parameters("dockerLoad", values), SOURCE);
    }

    private static void assertRefused(Map<String, ?> values, String clause) {
        String message = assertThrows(BadInputException.class, () -> of(values)).getMessage();
        assertTrue(message.contains(clause), message);
    }

    @Test
    void aSourceIsEnough() throws Exception {
        assertEquals(
                new LoadRequest(SOURCE, List.of(), Map.of(), LoadRequest.Conflict.REPLACE, List.of()),
                of(Map.of("file", "shop.tar")));
    }

    @Test
    void everyParameterCounts() throws Exception {
        LoadRequest request = of(Map.of(
                "images",
                "shop docker.io/library/db:2",
                "rename",
                Map.of("shop", "docker.io/acme/shop:3"),
                "onConflict",
                "keep",
                "platforms",
                List.of("linux/amd64")));

        assertEquals(List.of("shop:latest", "db:2"), request.expected());
        assertEquals(Map.of("shop:latest", "acme/shop:3"), request.rename());
        assertEquals(LoadRequest.Conflict.KEEP, request.conflict());
        assertEquals(List.of(new Platform("linux", "amd64", null)), request.platforms());
    }

    @Test
    void renamesMayBeTypedText() throws Exception {
        assertEquals(
                Map.of("a:1", "b:1", "c:latest", "d:2"),
                of(Map.of("rename", "a:1=b:1\nc=d:2")).rename());
    }

    @Test
    void refusesTwoImagesUnderOneNewName() {
        assertRefused(
                Map.of("rename", "a:1=c b:1=docker.io/c:latest"),
                "rename gives two images the same reference c:latest");
    }

    @Test
    void refusesTwoNewNamesForOneImage() {
        Map<String, String> rename = new LinkedHashMap<>();
        rename.put("a", "b:1");
        rename.put("a:latest", "c:1");

        assertRefused(Map.of("rename", rename), "rename names 'a:latest' twice");
        assertRefused(Map.of("rename", "a=b:1 docker.io/library/a=c:1"), "rename names 'a:latest' twice");
    }

    @ParameterizedTest
    @CsvSource({
        "images,     Shop:1,      'dockerLoad: images ''Shop:1'' is not an image reference'",
        "images,     shop@sha256:1, a digest cannot be a tag",
        "rename,     a,           must be old=new",
        "rename,     A=b,         'rename ''A'' is not an image reference'",
        "rename,     a=B,         'rename ''B'' is not an image reference'",
        "onConflict, overwrite,   'onConflict ''overwrite'' is unknown; use one of replace, keep, fail.'",
        "platforms,  x,           'platforms ''x'' is not a platform'",
        "image,      x,           has no parameter 'image'"
    })
    void refusesAnyOtherValue(String name, String value, String clause) {
        assertRefused(Map.of(name, value), clause);
    }
}
