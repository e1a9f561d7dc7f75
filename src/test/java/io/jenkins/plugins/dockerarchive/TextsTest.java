package io.jenkins.plugins.dockerarchive;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.model.Failure;
import io.jenkins.plugins.dockerarchive.config.RetentionDefaults;
import java.io.InputStream;
import java.time.Instant;
import java.util.Date;
import java.util.Locale;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.jvnet.localizer.LocaleProvider;

/** What people see of forms and pages is in their language once somebody has translated it. */
class TextsTest {

    private final LocaleProvider before = LocaleProvider.getProvider();

    @AfterEach
    void tearDown() {
        LocaleProvider.setProvider(before);
    }

    @Test
    void everyTextHasItsEntryAndEveryEntryItsText() throws Exception {
        Properties entries = new Properties();
        try (InputStream in = Texts.class.getResourceAsStream("Texts.properties")) {
            entries.load(in);
        }
        TreeSet<String> keys = new TreeSet<>();
        Stream.of(Texts.values()).map(Texts::key).forEach(keys::add);
        assertEquals(keys, new TreeSet<>(entries.stringPropertyNames()));
    }

    @Test
    void pagesSpeakTheLanguageOfWhoLooks() {
        speak(Locale.GERMANY);
        assertEquals("Für immer aufbewahrt, wie der Build", Texts.KEPT_FOREVER.text());
        speak(Locale.FRENCH);
        assertEquals("Kept forever, as its build", Texts.KEPT_FOREVER.text());
    }

    @Test
    void numbersAndDatesAreWrittenAsThatLanguageWritesThem() {
        Object noon = Date.from(Instant.parse("2026-11-25T12:00:00Z"));
        speak(Locale.GERMANY);
        assertEquals("Kept while the build is one of the newest 1.000 with archives", Texts.KEPT_FOR_BUILDS.text(1000));
        assertTrue(Texts.STATE_EXPIRED.text(noon, "x").contains("25.11.2026"), Texts.STATE_EXPIRED.text(noon, "x"));
        speak(Locale.US);
        assertTrue(Texts.STATE_EXPIRED.text(noon, "x").contains("Nov 25, 2026"), Texts.STATE_EXPIRED.text(noon, "x"));
    }

    @Test
    void settersRefuseInTheLanguageOfWhoSaves() {
        speak(Locale.GERMAN);
        Failure refusal = assertThrows(Failure.class, () -> new RetentionDefaults().setKeepDays(-1000));
        assertEquals(
                "keepDays muss eine ganze Zahl ab 0 sein oder leer für unbegrenzt, nicht -1000.", refusal.getMessage());
    }

    @Test
    void whatNobodyHasTranslatedIsInEnglish() {
        speak(Locale.GERMAN);
        assertEquals("Kept while the build is running", Texts.KEPT_RUNNING.text());
    }

    @Test
    void logsAreInEnglish() {
        speak(Locale.GERMAN);
        assertEquals("Kept forever, as its build", Texts.KEPT_FOREVER.english());
        assertEquals(
                "keepDays must be a whole number of 0 or more, or empty for no limit, not -1.",
                Texts.VALUE_COUNT.english("keepDays", "-1"));
    }

    private static void speak(Locale locale) {
        LocaleProvider.setProvider(new LocaleProvider() {
            @Override
            public Locale get() {
                return locale;
            }
        });
    }
}
