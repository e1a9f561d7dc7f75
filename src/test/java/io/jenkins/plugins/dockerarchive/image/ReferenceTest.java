package io.jenkins.plugins.dockerarchive.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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

        assertThat(reference.qualified()).isEqualTo(qualified);
        assertThat(reference.familiar()).isEqualTo(familiar).isEqualTo(reference.toString());
        assertThat(Reference.parse(qualified)).isEqualTo(reference);
        assertThat(Reference.parse(familiar)).isEqualTo(reference);
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker.io/localhost/shop:1", "docker.io/acme.com/shop:1"})
    void aFamiliarNameNeverMeansAnotherRegistry(String text) {
        Reference reference = Reference.parse(text);

        assertThat(Reference.parse(reference.familiar())).isEqualTo(reference);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", ":", ":1", "/", "shop:", "shop:-1", "shop:.1", "shop: 1", "shop :1", "Shop:1", "acme/Shop:1", "acme//shop:1",
                "/shop:1", "shop/:1", "acme/", "-shop:1", "shop-:1", "sh..op:1", "sh___op:1", "shop:1:2", "../shop:1",
                "shop/../x:1", "shop:1?x=y", "shop:1&x", "shop:1#x", "shöp:1", "http://acme.com/shop:1", "acme.com:/shop:1",
                "acme.com:123456/shop:1", "-acme.com/shop:1", "acme..com/shop:1", "shop:1\n", "\tshop:1", "shop%2e:1", "shop:1\\x"
            })
    void refusesWhatIsNoReferenceAndSaysSoInOneSentence(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse(text))
                .withMessageContaining("is not an image reference")
                .withMessageEndingWith("Write repository:tag, for example shop:1.");
        assertThat(Reference.parseOrNull(text)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "shop@sha256:0000000000000000000000000000000000000000000000000000000000000000",
                "shop:1@sha256:0000000000000000000000000000000000000000000000000000000000000000",
                "@sha256:1"
            })
    void refusesADigestAsATag(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse(text))
                .withMessageContaining("a digest cannot be a tag");
    }

    @Test
    void refuses64HexadecimalDigitsSinceAnEngineTakesThemForAnId() {
        String hex = "0123456789abcdef".repeat(4);

        assertThatIllegalArgumentException().isThrownBy(() -> Reference.parse(hex)).withMessageContaining("image ID");
        assertThatIllegalArgumentException().isThrownBy(() -> Reference.parse(hex + ":1"));
        assertThat(Reference.parse("acme/" + hex + ":1").path()).isEqualTo("acme/" + hex);
        assertThat(Reference.parse(hex.substring(1)).tag()).isEqualTo("latest");
    }

    @Test
    void takesTagAndRepositoryUpToTheirLongest() {
        String longestTag = "t".repeat(128);
        String longestPath = "p".repeat(255 - "docker.io/library/".length());

        assertThat(Reference.parse("shop:" + longestTag).tag()).isEqualTo(longestTag);
        assertThat(Reference.parse(longestPath + ":1").familiarRepository()).isEqualTo(longestPath);
        assertThatIllegalArgumentException().isThrownBy(() -> Reference.parse("shop:" + longestTag + "t"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse(longestPath + "p:1"))
                .withMessageContaining("longer than 255");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse("a/".repeat(1_000_000)))
                .withMessageContaining("too long")
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(200));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\u001b[31m", "\u0000", "\u007f", "\u0085", "\u009b", "\u2028", "\u202e"})
    void neverEchoesWhatCouldForgeALineOfALog(String evil) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse("shop" + evil + "Finished: SUCCESS:1"))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(evil));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reference.parse("shop:" + evil))
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain(evil));
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = "NOT/A/reference")
    void parseOrNullGivesNullInsteadOfFailing(String text) {
        assertThat(Reference.parseOrNull(text)).isNull();
    }

    @Test
    void parseOrNullGivesTheReference() {
        assertThat(Reference.parseOrNull("shop")).isEqualTo(Reference.parse("shop:latest"));
    }
}
