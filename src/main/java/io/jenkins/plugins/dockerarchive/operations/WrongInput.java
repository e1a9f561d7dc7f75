package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.text.MessageFormat;
import java.util.Locale;
import java.util.ResourceBundle;

/**
 * What can be wrong with a parameter by itself, in the sentences of {@code WrongInput.properties}: forms show them while
 * somebody types, in the language of whoever does. Logs have them in English.
 */
public enum WrongInput {
    BUILD("build"),
    BUILD_WITHOUT_PROJECT("build.withoutProject"),
    CHANGES("changes"),
    CHOICE("choice"),
    CONTAINER("container"),
    CONTAINER_MISSING("container.missing"),
    COUNT("count"),
    IMAGES_MISSING("images.missing"),
    IMAGE_MISSING("image.missing"),
    PAIR("pair"),
    PAIR_TWICE("pair.twice"),
    PLATFORM("platform"),
    REFERENCE_DIGEST("reference.digest"),
    REFERENCE_EMPTY_PART("reference.emptyPart"),
    REFERENCE_ID("reference.id"),
    REFERENCE_LETTERS("reference.letters"),
    REFERENCE_LONG("reference.long"),
    REFERENCE_LONG_REPOSITORY("reference.longRepository"),
    REFERENCE_REGISTRY("reference.registry"),
    REFERENCE_TAG("reference.tag"),
    RENAME_TO_ONE("rename.toOne"),
    SHA256("sha256"),
    SOURCES("sources"),
    SOURCE_MISSING("source.missing"),
    STASH("stash"),
    URL_MALFORMED("url.malformed"),
    URL_SCHEME("url.scheme"),
    URL_USER("url.user");

    private final String key;

    WrongInput(String key) {
        this.key = key;
    }

    /** @param values for {0}, {1} and so on in the sentence */
    @NonNull
    String in(@NonNull Locale locale, @NonNull Object... values) {
        ResourceBundle sentences = ResourceBundle.getBundle(
                WrongInput.class.getName(),
                locale,
                WrongInput.class.getClassLoader(),
                // never in the language of the machine instead: what nobody has translated is in English
                ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES));
        return new MessageFormat(sentences.getString(key), locale).format(values);
    }

    /** What {@code WrongInput.properties} calls it. */
    @NonNull
    String key() {
        return key;
    }
}
