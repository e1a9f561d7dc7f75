package io.jenkins.plugins.dockerarchive.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.model.Failure;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What forms, REST and configuration as code all go through. */
class SettingsTest {

    private final RetentionDefaults defaults = new RetentionDefaults();
    private final ArchiveRetentionProperty ofJob = new ArchiveRetentionProperty();

    @ParameterizedTest
    @CsvSource({"20 GB,20000000000", "1.5tb,1500000000000", "7,7", "300 kB,300000", "0 B,0", "2MB,2000000"})
    void sizesAreRead(String text, long bytes) {
        assertEquals(bytes, ByteSize.parse("jobSize", text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a lot", "-1 GB", "20 GiB", "20 GB GB", "1e9", "999999999999999 PB", "."})
    void otherTextsAreRefused(String text) {
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> ByteSize.parse("jobSize", text));
        assertTrue(refusal.getMessage().startsWith("jobSize '" + text + "'"), refusal.getMessage());
        assertThrows(Failure.class, () -> defaults.setTotalSize(text));
    }

    @Test
    void emptyIsNoLimit() {
        assertNull(ByteSize.parse("jobSize", " "));
        assertNull(ByteSize.parse("jobSize", null));
        defaults.setJobSize("");
        assertTrue(defaults.isEmpty());
        defaults.setKeepBuilds(0);
        assertFalse(defaults.isEmpty());
    }

    @Test
    void negativeNumbersAreRefused() {
        Failure refusal = assertThrows(Failure.class, () -> defaults.setKeepDays(-1));
        assertTrue(refusal.getMessage().contains("keepDays"), refusal.getMessage());
        assertThrows(Failure.class, () -> defaults.setKeepBuilds(-7));
        assertThrows(Failure.class, () -> ofJob.setKeepDays(-2));
        assertThrows(Failure.class, () -> new LimitSettings().setEntries(0));
        assertThrows(Failure.class, () -> new LimitSettings().setNameLength(0));
        assertThrows(Failure.class, () -> new LimitSettings().setIdleSeconds(0));
        assertThrows(Failure.class, () -> new LimitSettings().setTotalBytes("-5"));
        assertThrows(Failure.class, () -> new LimitSettings().setTotalBytes("0 GB"));
    }

    @Test
    void jobSaysMoreThanTheDefaults() {
        defaults.setKeepDays(30);
        defaults.setKeepBuilds(10);
        defaults.setJobSize("20 GB");
        assertEquals(30, ArchiveRetentionProperty.days(null, defaults));
        assertEquals(30, ArchiveRetentionProperty.days(ofJob, defaults));
        assertEquals(20_000_000_000L, ArchiveRetentionProperty.bytes(ofJob, defaults));
        ofJob.setKeepDays(3);
        ofJob.setKeepBuilds(-1);
        ofJob.setJobSize("-1");
        assertEquals(3, ArchiveRetentionProperty.days(ofJob, defaults));
        assertNull(ArchiveRetentionProperty.builds(ofJob, defaults));
        assertNull(ArchiveRetentionProperty.bytes(ofJob, defaults));
        ofJob.setJobSize("1 MB");
        assertEquals(1_000_000L, ArchiveRetentionProperty.bytes(ofJob, null));
        assertNull(ArchiveRetentionProperty.builds(null, null));
    }

    @Test
    void limitsThatNobodySetAreTheDefaults() {
        assertEquals(ArchiveLimits.defaults(), LimitSettings.of(null));
        LimitSettings settings = new LimitSettings();
        assertTrue(settings.isEmpty());
        assertEquals(ArchiveLimits.defaults(), LimitSettings.of(settings));
        settings.setLayers(127);
        assertFalse(settings.isEmpty());
        ArchiveLimits limits = LimitSettings.of(settings);
        assertEquals(127, limits.layers());
        assertEquals(ArchiveLimits.defaults().images(), limits.images());
    }

    @Test
    void eachLimitIsInForceAsItIsSet() {
        LimitSettings settings = new LimitSettings();
        settings.setEntries(1);
        settings.setFileSystemEntries(2);
        settings.setNameLength(3);
        settings.setHeaderBytes(4);
        settings.setJsonBytes(5);
        settings.setJsonDepth(6);
        settings.setLayers(7);
        settings.setImages(8);
        settings.setTotalBytes("9 kB");
        settings.setExpansionRatio(10);
        assertEquals(new ArchiveLimits(1, 2, 3, 4, 5, 6, 7, 8, 9_000, 10), LimitSettings.of(settings));
    }

    /** A help text is no template, so the number in it is written by hand. */
    @Test
    void theHelpOfEachLimitStatesItsDefault() {
        ArchiveLimits limits = ArchiveLimits.defaults();
        Map<String, Long> defaults = new TreeMap<>();
        defaults.put("entries", (long) limits.entries());
        defaults.put("fileSystemEntries", limits.fileSystemEntries());
        defaults.put("nameLength", (long) limits.nameLength());
        defaults.put("headerBytes", (long) limits.headerBytes());
        defaults.put("jsonBytes", (long) limits.jsonBytes());
        defaults.put("jsonDepth", (long) limits.jsonDepth());
        defaults.put("layers", (long) limits.layers());
        defaults.put("images", (long) limits.images());
        defaults.put("totalBytes", limits.totalBytes());
        defaults.put("expansionRatio", limits.expansionRatio());
        defaults.put("idleSeconds", IdleTimeout.DEFAULT.duration().toSeconds());
        assertEquals(ArchiveLimits.class.getRecordComponents().length + 1, defaults.size(), "idle time is one more");
        defaults.forEach((field, value) -> {
            String help = help(field);
            assertTrue(help.contains(String.format(Locale.ROOT, " When empty: %,d.", value)), field + ": " + help);
        });
    }

    private static String help(String field) {
        try (InputStream in = LimitSettings.class.getResourceAsStream("LimitSettings/help-" + field + ".html")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void idleTimeThatNobodySetIsTheDefault() {
        assertEquals(IdleTimeout.DEFAULT, LimitSettings.idleOf(null));
        LimitSettings settings = new LimitSettings();
        assertEquals(IdleTimeout.DEFAULT, LimitSettings.idleOf(settings));
        settings.setIdleSeconds(90);
        assertFalse(settings.isEmpty());
        assertEquals(Duration.ofSeconds(90), LimitSettings.idleOf(settings).duration());
        assertEquals(ArchiveLimits.defaults(), LimitSettings.of(settings));
    }
}
