package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationTest {

    @ParameterizedTest
    @CsvSource({
        ", false, , true",
        "a.tar, false, , true",
        "a.tar, true, s, true",
        ", true, , false",
        ", false, s, false",
        ", true, s, false"
    })
    void theFileStaysWhenItWasAskedForOrNothingElseWas(String file, boolean archive, String stash, boolean keeps) {
        assertEquals(keeps, new Destination(file, archive, stash, Destination.Existing.REFUSE).keepsFile());
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop", "hand over", "shop-1.2_x", "größe", "...", "a(b)"})
    void aStashMayHaveAnyUsualName(String stash) throws Exception {
        assertEquals(
                stash,
                Destination.from(new Parameters("dockerSave", Map.of("stash", stash)))
                        .stash());
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "..", "../x", "a/b", "a\\b", "a\nb", "a:b", "a*", "<a>", "a\u0000b"})
    void refusesStashNamesThatCouldLeadElsewhere(String stash) {
        String message = assertThrows(
                        BadInputException.class,
                        () -> Destination.from(new Parameters("dockerSave", Map.of("stash", stash))))
                .getMessage();

        assertTrue(message.endsWith("' is not a name that a stash can have."), message);
        assertTrue(message.chars().noneMatch(c -> c < ' '), "one clean line");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5", "ten", "10000000000", "1e3"})
    void refusesRetentionThatIsNoWholeNumber(String number) {
        for (String name : new String[] {"keepDays", "keepBuilds"}) {
            String message = assertThrows(
                            BadInputException.class,
                            () -> Destination.from(new Parameters("dockerSave", Map.of(name, number))))
                    .getMessage();

            assertEquals(
                    "dockerSave: " + name + " must be a whole number of 0 or more, not '" + number + "'.", message);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "30", "999999999"})
    void takesRetentionThatIsAWholeNumber(String number) {
        assertDoesNotThrow(() -> Destination.from(
                new Parameters("dockerSave", Map.of("keepDays", number, "keepBuilds", Integer.valueOf(number)))));
    }
}
