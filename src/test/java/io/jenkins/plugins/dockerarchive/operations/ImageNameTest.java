package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageNameTest {

    private static final String HEX = "0123456789abcdef".repeat(4);

    @Test
    void tellsIdsFromReferences() {
        assertTrue(ImageName.isId(HEX));
        assertTrue(ImageName.isId("sha256:" + HEX));
        assertFalse(ImageName.isId(HEX.substring(1)));
        assertFalse(ImageName.isId("shop:1"));
        assertFalse(ImageName.isId("shop@sha256:" + HEX));
        assertTrue(ImageName.isDigested("acme.com/shop@sha256:" + HEX));
        assertTrue(ImageName.isDigested("shop:1@sha256:" + HEX));
        assertFalse(ImageName.isDigested("@sha256:" + HEX));
        assertFalse(ImageName.isDigested("sha256:" + HEX));
    }

    @Test
    void whatMayBeAShortIdMayBeARepositoryToo() {
        assertTrue(ImageName.mayBeShortId("0123456789ab"));
        assertTrue(ImageName.mayBeShortId("decade"));
        assertFalse(ImageName.mayBeShortId("dec"));
        assertFalse(ImageName.mayBeShortId("shopping"));
        assertFalse(ImageName.mayBeShortId("decade:1"));
        assertFalse(ImageName.mayBeShortId(HEX));
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop", "shop:1", "localhost:5000/shop", "0123456789ab"})
    void namesOfImagesPass(String name) {
        assertDoesNotThrow(() -> ImageName.check("dockerSave", name));
    }

    @Test
    void idsAndDigestsPass() {
        assertDoesNotThrow(() -> ImageName.check("dockerSave", "sha256:" + HEX));
        assertDoesNotThrow(() -> ImageName.check("dockerSave", "acme.com/shop@sha256:" + HEX));
        assertDoesNotThrow(() -> ImageName.check("dockerSave", "acme.com/shop:1@sha256:" + HEX));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Shop", "sha512:00:1", "a b", "shop@sha256:00", "@", "shop@", "A@sha256:0"})
    void anythingElseIsRefused(String name) {
        assertThrows(BadInputException.class, () -> ImageName.check("dockerSave", name));
        assertThrows(BadInputException.class, () -> ImageName.check("dockerSave", "UPPER@sha256:" + HEX));
    }

    @Test
    void aBadReferenceIsNamedWithItsParameter() {
        String message = assertThrows(BadInputException.class, () -> ImageName.reference("dockerLoad", "rename", "X"))
                .getMessage();

        assertEquals(
                "dockerLoad: rename 'X' is not an image reference: 'X' must be lower case letters and digits, joined"
                        + " by . _ or -. Write repository:tag, for example shop:1.",
                message);
    }
}
