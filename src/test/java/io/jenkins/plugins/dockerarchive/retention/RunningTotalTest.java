package io.jenkins.plugins.dockerarchive.retention;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RunningTotalTest {

    private final RunningTotal total = new RunningTotal();

    @Test
    void nobodyKnowsBeforeTheFirstMeasurement() {
        assertTrue(total.mayExceed(Long.MAX_VALUE));
        total.add(1);
        assertTrue(total.mayExceed(Long.MAX_VALUE));
    }

    @Test
    void exceedsOnlyAboveTheLimit() {
        measure(100);
        assertFalse(total.mayExceed(100));
        total.add(1);
        assertTrue(total.mayExceed(100));
        assertFalse(total.mayExceed(101));
    }

    @Test
    void whatWentMakesRoom() {
        measure(100);
        total.add(50);
        total.add(-60);
        assertFalse(total.mayExceed(90));
        assertTrue(total.mayExceed(89));
    }

    @Test
    void whatComesDuringAMeasurementIsNotForgotten() {
        measure(100);
        total.measuring();
        total.add(50);
        total.add(-10); // the measurement has seen that, or sees it the next time
        total.measured(100);
        assertTrue(total.mayExceed(149));
        assertFalse(total.mayExceed(150));
        measure(150);
        assertFalse(total.mayExceed(150));
    }

    private void measure(long bytes) {
        total.measuring();
        total.measured(bytes);
    }
}
