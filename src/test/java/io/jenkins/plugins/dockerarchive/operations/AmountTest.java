package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AmountTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "999, 999 B",
        "1000, 1.0 kB",
        "1550, 1.6 kB",
        "999949, 999.9 kB",
        "999950, 1.0 MB",
        "671088640, 671.1 MB",
        "1000000000000, 1.0 TB",
        "9223372036854775807, 9223.4 PB"
    })
    void sizesAreInDecimalUnitsAsTheDockerCommandLineHasThem(long bytes, String text) {
        assertEquals(text, Amount.size(bytes));
    }

    @Test
    void tellsTimeAndRate() {
        assertEquals("671.1 MB in 4.2 s (159.8 MB/s)", new Amount(671_088_640, Duration.ofMillis(4200)).toString());
    }

    @Test
    void noTimeAtAllIsNoDivisionByZero() {
        assertEquals("1.0 kB in 0.0 s (1.0 MB/s)", new Amount(1000, Duration.ZERO).toString());
        assertEquals("0 B in 0.0 s (0 B/s)", new Amount(0, Duration.ZERO).toString());
        assertTrue(Amount.since(System.nanoTime(), 5).time().compareTo(Duration.ZERO) >= 0);
    }

    @Test
    void numbersLookTheSameEverywhere() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.GERMANY);
            assertEquals("1.5 kB", Amount.size(1500));
        } finally {
            Locale.setDefault(before);
        }
    }
}
