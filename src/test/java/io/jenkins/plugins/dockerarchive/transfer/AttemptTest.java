package io.jenkins.plugins.dockerarchive.transfer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class AttemptTest {

    @Test
    void eachTryHasADirectoryOfItsOwn() {
        Attempt first = Attempt.first();
        assertNotEquals(first.directoryName(), first.next().directoryName());
        assertNotEquals(first.directoryName(), Attempt.first().directoryName());
    }

    @Test
    void aTryKnowsTheEarlierOnesOfTheSameStepOnly() {
        Attempt first = Attempt.first();
        assertEquals(List.of(), first.earlier());
        assertEquals(List.of(first, first.next()), first.next().next().earlier());
    }
}
