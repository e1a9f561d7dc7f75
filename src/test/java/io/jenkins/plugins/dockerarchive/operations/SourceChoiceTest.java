package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceChoiceTest {

    private static final String SHA256 = "0123456789abcdef".repeat(4);

    private static SourceChoice of(Map<String, ?> values) throws BadInputException {
        return SourceChoice.from(new Parameters("dockerLoad", values));
    }

    private static void assertRefused(Map<String, ?> values, String clause) {
        String message = assertThrows(BadInputException.class, () -> of(values)).getMessage();
        assertTrue(message.contains(clause), message);
        assertTrue(message.startsWith("dockerLoad"), message);
        assertTrue(message.endsWith("."), message);
    }

    @Test
    void takesAFile() throws Exception {
        assertEquals(
                new SourceChoice(SourceChoice.Kind.FILE, "out/shop.tar", null, null, null, null, null, null),
                of(Map.of("file", "out/shop.tar")));
    }

    @Test
    void takesAStashOrAUrl() throws Exception {
        assertEquals(SourceChoice.Kind.STASH, of(Map.of("stash", "shop")).kind());
        assertEquals(
                SourceChoice.Kind.URL,
                of(Map.of("url", "https://acme.com:8443/shop.tar?x=y")).kind());
        assertEquals("HTTP://acme.com/a", of(Map.of("url", "HTTP://acme.com/a")).url());
    }

    @Test
    void takesAnArchiveOfABuild() throws Exception {
        SourceChoice other = of(Map.of("project", "folder/shop", "build", "lastSuccessful", "archive", "shop"));
        SourceChoice own = of(Map.of("archive", "shop"));
        SourceChoice only = of(Map.of("project", "shop", "build", "12"));

        assertEquals(SourceChoice.Kind.BUILD, other.kind());
        assertEquals("folder/shop", other.project());
        assertEquals(SourceChoice.Kind.BUILD, own.kind());
        assertNull(own.project());
        assertEquals("12", only.build());
        assertNull(only.archive());
        assertEquals("upstream", of(Map.of("build", "upstream")).build());
    }

    @Test
    void needsASource() {
        assertRefused(
                Map.of(),
                "dockerLoad needs an archive; give one of file, stash, url, or project with build and archive");
        assertRefused(Map.of("file", " ", "sha256", SHA256), "needs an archive");
    }

    @Test
    void takesOneSourceOnly() {
        assertRefused(Map.of("file", "a", "stash", "b"), "takes one archive, but file and stash are given; leave one");
        assertRefused(Map.of("url", "http://a/b", "archive", "b"), "url and project, build and archive are given");
        assertRefused(Map.of("file", "a", "stash", "b", "url", "http://a/b"), "file and stash and url");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://acme.com/a",
                "file:///etc/passwd",
                "http:///a",
                "https:",
                "acme.com/a",
                "/a",
                "jar:http://acme.com/a!/b",
                "http://exa mple/",
                "http://[::1/a",
                "http:acme.com",
                "javascript:alert(1)",
                "http://under_score/a"
            })
    void refusesAddressesThatCannotBeFetched(String url) {
        assertRefused(Map.of("url", url), "url");
    }

    @Test
    void refusesSecretsInAnAddressAndDoesNotRepeatThem() {
        String message = assertThrows(BadInputException.class, () -> of(Map.of("url", "https://me:geheim@acme.com/a")))
                .getMessage();

        assertTrue(message.contains("must not hold a user name or password"), message);
        assertTrue(!message.contains("geheim"), message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://me:geheim@exa mple/a", "ftp://me:geheim@acme.com/a", "https://me:geheim@under_score/a"})
    void refusesAMalformedAddressWithoutRepeatingTheSecretInIt(String url) {
        String message = assertThrows(BadInputException.class, () -> of(Map.of("url", url)))
                .getMessage();

        assertTrue(!message.contains("geheim"), message);
    }

    @ParameterizedTest
    @CsvSource({"last", "0", "-1", "01", "lastsuccessful", "12345678901", "lastSuccessfulBuild", "#5", "1.0"})
    void refusesBuildsThatAreNone(String build) {
        assertRefused(Map.of("project", "shop", "build", build), "build '" + build + "' is none; use lastSuccessful,");
    }

    @Test
    void aBuildNeedsItsProject() {
        assertRefused(Map.of("build", "12"), "build '12' needs a project");
    }

    @Test
    void readsAChecksumInAnyWriting() throws Exception {
        assertEquals(SHA256, of(Map.of("file", "a", "sha256", SHA256)).sha256());
        assertEquals(
                SHA256,
                of(Map.of("file", "a", "sha256", SHA256.toUpperCase(Locale.ROOT)))
                        .sha256());
        assertEquals(
                SHA256, of(Map.of("file", "a", "sha256", "sha256:" + SHA256)).sha256());
        assertNull(of(Map.of("file", "a")).sha256());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "xyz", "md5:0123456789abcdef0123456789abcdef", "sha256:"})
    void refusesWhatIsNoChecksum(String sha256) {
        assertRefused(
                Map.of("file", "a", "sha256", sha256),
                "sha256 '" + sha256 + "' is no SHA-256 checksum; it has 64 hexadecimal digits");
        assertRefused(Map.of("file", "a", "sha256", SHA256 + "0"), "is no SHA-256 checksum");
    }
}
