package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is said about a wrong parameter: in English in logs, in forms in the language of whoever fills them in. */
class WrongInputTest {

    private final Locale before = Locale.getDefault();

    @AfterEach
    void tearDown() {
        Locale.setDefault(before);
    }

    @Test
    void everySentenceHasItsEntryAndEveryEntryItsSentence() throws Exception {
        Properties entries = new Properties();
        try (InputStream in = WrongInput.class.getResourceAsStream("WrongInput.properties")) {
            entries.load(in);
        }
        TreeSet<String> keys = new TreeSet<>();
        Stream.of(WrongInput.values()).map(WrongInput::key).forEach(keys::add);
        assertEquals(keys, new TreeSet<>(entries.stringPropertyNames()));
    }

    @Test
    void formsSpeakTheLanguageOfWhoFillsThemIn() {
        assertEquals(
                "dockerSave: images ist leer; nenne mindestens eines, zum Beispiel shop:1.",
                refusal("").in(Locale.GERMANY));
        assertEquals(
                "dockerSave: images 'SHOP:1' ist kein Image-Name: 'SHOP' darf nur Kleinbuchstaben und Ziffern enthalten,"
                        + " verbunden durch . _ oder -.",
                refusal("SHOP:1").in(Locale.GERMAN));
    }

    @Test
    void logsAreInEnglishWhateverTheMachineSpeaks() {
        Locale.setDefault(Locale.GERMANY);
        assertEquals(
                "dockerSave: images is empty; name at least one, for example shop:1.",
                refusal("").getMessage());
        assertEquals(refusal("").getMessage(), refusal("").in(Locale.FRENCH), "nor does who asks for another language");
    }

    @Test
    void whatNobodyHasTranslatedIsInEnglish() {
        BadInputException wrong = refusal("shop:");
        assertEquals(
                "dockerSave: images 'shop:' is not an image reference: '' is not a tag. Write repository:tag, for example"
                        + " shop:1.",
                wrong.in(Locale.GERMAN));
        assertEquals("something else", new BadInputException("something else").in(Locale.GERMAN));
    }

    @Test
    void everyFlawOfAReferenceIsTold() {
        for (Map.Entry<String, String> flaw : Map.of(
                        "a".repeat(400),
                        "it is too long",
                        "shop@sha256:1",
                        "a digest cannot be a tag",
                        "shop:-",
                        "'-' is not a tag",
                        "-.example.org/shop",
                        "'-.example.org' is not a registry",
                        "0".repeat(64) + ":1",
                        "are an image ID",
                        "example.org//shop",
                        "a part of the repository is empty",
                        "Shop",
                        "'Shop' must be lower case",
                        "shop/" + "a".repeat(255),
                        "longer than 255 characters")
                .entrySet()) {
            String sentence = refusal(flaw.getKey()).getMessage();
            assertTrue(sentence.contains(flaw.getValue()), sentence);
            assertTrue(sentence.length() < 600, "not all of a long text: " + sentence.length());
        }
    }

    @Test
    void whatIsRepeatedForgesNoLineInAnyLanguage() {
        BadInputException wrong = refusal("SHOP\u2028Finished: SUCCESS");
        assertTrue(wrong.in(Locale.GERMAN).contains("SHOP?Finished:"), wrong.in(Locale.GERMAN));
        assertTrue(wrong.getMessage().contains("SHOP?Finished:"), wrong.getMessage());
    }

    @Test
    void whatAnotherProcessFoundIsInEnglish() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(refusal(""));
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            BadInputException arrived = (BadInputException) in.readObject();
            assertEquals(refusal("").getMessage(), arrived.in(Locale.GERMAN));
        }
    }

    private static BadInputException refusal(String images) {
        return assertThrows(
                BadInputException.class,
                () -> SaveRequest.from(new Parameters(
                        "dockerSave", Map.of("images", images.isEmpty() ? List.of() : List.of(images)))));
    }
}
