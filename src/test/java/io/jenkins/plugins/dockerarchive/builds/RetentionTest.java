package io.jenkins.plugins.dockerarchive.builds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import org.junit.jupiter.api.Test;

class RetentionTest {

    @Test
    void nothingZeroAndMoreAreFine() throws Exception {
        assertEquals(new Retention(null, null), Retention.from("dockerSave", null, null));
        assertEquals(new Retention(0, 30), Retention.from("dockerSave", 0, 30));
    }

    @Test
    void negativeNumbersAreNot() {
        BadInputException days = assertThrows(BadInputException.class, () -> Retention.from("dockerSave", -1, null));
        assertEquals("dockerSave: keepDays must be a whole number of 0 or more, not -1.", days.getMessage());
        BadInputException builds =
                assertThrows(BadInputException.class, () -> Retention.from("dockerExport", null, -5));
        assertTrue(builds.getMessage().startsWith("dockerExport: keepBuilds"), builds.getMessage());
    }
}
