package io.jenkins.plugins.dockerarchive.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceTest {

    @ParameterizedTest
    @CsvSource({
        "shop,                          docker.io/library/shop:latest,        shop:latest",
        "shop:1,                        docker.io/library/shop:1,             shop:1",
        "shop:V1.2_x-y,                 docker.io/library/shop:V1.2_x-y,      shop:V1.2_x-y",
        "library/shop:1,                docker.io/library/shop:1,             shop:1",
        "docker.io/shop:1,              docker.io/library/shop:1,             shop:1",
        "index.docker.io/shop:1,        docker.io/library/shop:1,             shop:1",
        "acme/shop,                     docker.io/acme/shop:latest,           acme/shop:latest",
        "acme/team/shop:1,              docker.io/acme/team/shop:1,           acme/team/shop:1",
        "localhost/shop:1,              localhost/shop:1,                     localhost/shop:1",
        "localhost:5000/shop,           localhost:5000/shop:latest,           localhost:5000/shop:latest",
        "registry.acme.com:5000/a/b:1,  registry.acme.com:5000/a/b:1,         registry.acme.com:5000/a/b:1",
        "127.0.0.1:5000/shop:1,         127.0.0.1:5000/shop:1,                127.0.0.1:5000/shop:1",
        "[::1]:5000/shop:1,             '[::1]:5000/shop:1',                  '[::1]:5000/shop:1'",
        "Registry/shop:1,               Registry/shop:1,                      Registry/shop:1",
        "a__b/c---d.e_f:1,              docker.io/a__b/c---d.e_f:1,           a__b/c---d.e_f:1",
        "shop:5000,                     docker.io/library/shop:5000,          shop:5000"
    })
    void readsWhatTheDockerCommandLineReads(String text, String qualified, String familiar) {
        Reference reference = Reference.parse(text);

        assertEquals(qualified, reference.qualified());
        assertEquals(familiar, reference.familiar());
        assertEquals(reference.toString(), reference.familiar());
        assertEquals(reference, Reference.parse(qualified));
        assertEquals(reference, Reference.parse(familiar));
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker.io/localhost/shop:1", "docker.io/acme.com/shop:1"})
    void aFamiliarNameNeverMeansAnotherRegistry(String text) {
        Reference reference = Reference.parse(text);

        assertEquals(reference, Reference.parse(reference.familiar()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ":1",
                "/",
                "shop:",
                "shop:-1",
                "shop:.1",
                "shop: 1",
                "shop :1",
                "Shop:1",
                "acme/Shop:1",
                "acme//shop:1",
                "/shop:1",
                "shop/:1",
                "acme/",
                "-shop:1",
                "shop-:1",
                "sh..op:1",
                "sh___op:1",
                "shop:1:2",
                "../shop:1",
                "shop/../x:1",
                "shop:1?x=y",
                "shop:1&x",
                "shop:1#x",
                "shöp:1",
                "http://acme.com/shop:1",
                "acme.com:/shop:1",
                "acme.com:123456/shop:1",
                "-acme.com/shop:1",
                "acme..com/shop:1",
                "shop:1\n",
                "\tshop:1",
                "shop%2e:1",
                "shop:1\\x"
            })
    void refusesWhatIsNoReferenceAndSaysSoInOneSentence(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Reference.parse(text));
        assertTrue(e.getMessage().contains("is not an image reference"), e.getMessage());
        assertTrue(e.getMessage().endsWith("Write repository:tag, for example shop:1."), e.getMessage());
        assertNull(Reference.parseOrNull(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "shop@sha256:0000000000000000000000000000000000000000000000000000000000000000",
                "shop:1@sha256:0000000000000000000000000000000000000000000000000000000000000000",
                "@sha256:1"
            })
    void refusesADigestAsATag(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Reference.parse(text));
        assertTrue(e.getMessage().contains("a digest cannot be a tag"), e.getMessage());
    }

    @Test
    void refuses64HexadecimalDigitsSinceAnEngineTakesThemForAnId() {
        String hex = "0123456789abcdef".repeat(4);

        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Reference.parse(hex));
        assertTrue(e.getMessage().contains("image ID"), e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Reference.parse(hex + ":1"));
        assertThrows(IllegalArgumentException.class, () -> Reference.parse("library/" + hex));
        assertThrows(IllegalArgumentException.class, () -> Reference.parse("docker.io/library/" + hex + ":1"));
        assertEquals("acme/" + hex, Reference.parse("acme/" + hex + ":1").path());
        assertEquals("latest", Reference.parse(hex.substring(1)).tag());
    }

    @Test
    void takesTagAndRepositoryUpToTheirLongest() {
        String longestTag = "t".repeat(128);
        String longestPath = "p".repeat(255 - "docker.io/library/".length());

        assertEquals(longestTag, Reference.parse("shop:" + longestTag).tag());
        assertEquals(longestPath, Reference.parse(longestPath + ":1").familiarRepository());
        assertThrows(IllegalArgumentException.class, () -> Reference.parse("shop:" + longestTag + "t"));
        IllegalArgumentException longer =
                assertThrows(IllegalArgumentException.class, () -> Reference.parse(longestPath + "p:1"));
        assertTrue(longer.getMessage().contains("longer than 255"), longer.getMessage());
        IllegalArgumentException endless =
                assertThrows(IllegalArgumentException.class, () -> Reference.parse("a/".repeat(1_000_000)));
        assertTrue(endless.getMessage().contains("too long"), endless.getMessage());
        assertTrue(endless.getMessage().length() < 200, endless.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\u001b[31m", "\u0000", "\u007f", "\u0085", "\u009b", "\u2028", "\u202e"})
    void neverEchoesWhatCouldForgeALineOfALog(String evil) {
        IllegalArgumentException inPath = assertThrows(
                IllegalArgumentException.class, () -> Reference.parse("shop" + evil + "Finished: SUCCESS:1"));
        assertFalse(inPath.getMessage().contains(evil), inPath.getMessage());
        IllegalArgumentException inTag =
                assertThrows(IllegalArgumentException.class, () -> Reference.parse("shop:" + evil));
        assertFalse(inTag.getMessage().contains(evil), inTag.getMessage());
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = "NOT/A/reference")
    void parseOrNullGivesNullInsteadOfFailing(String text) {
        assertNull(Reference.parseOrNull(text));
    }

    @Test
    void parseOrNullGivesTheReference() {
        assertEquals(Reference.parse("shop:latest"), Reference.parseOrNull("shop"));
    }
}
