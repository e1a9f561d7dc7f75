package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {

    private final List<String> lines = new ArrayList<>();
    private long now = 1_000_000;

    private Progress of(int size, long whole) {
        return new Progress(new ByteArrayInputStream(new byte[size]), "saving", whole, lines::add, () -> now);
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }

    @Test
    void saysNothingWhileItIsQuick() throws IOException {
        Progress progress = of(1000, 1000);

        pass(Duration.ofMillis(4999));
        progress.readAllBytes();

        assertEquals(List.of(), lines);
        assertEquals(1000, progress.bytes());
    }

    @Test
    void saysHowFarItIsAndHowLongItWillTake() throws IOException {
        Progress progress = of(20_000_000, 20_000_000);

        pass(Duration.ofSeconds(5));
        progress.readNBytes(5_000_000);

        assertEquals("  saving: 8.2 kB of 20.0 MB, 1.6 kB/s, 12206 s left", lines.get(0));
        assertEquals(1, lines.size(), "not more often than every five seconds");
        pass(Duration.ofSeconds(5));
        assertEquals(0, progress.read());
        assertEquals("  saving: 5.0 MB of 20.0 MB, 500.0 kB/s, 30 s left", lines.get(1));
    }

    @Test
    void saysWhatItKnowsWhenTheWholeIsNotKnownOrWasLess() throws IOException {
        Progress unknown = of(10_000, 0);
        Progress less = of(10_000, 100);

        pass(Duration.ofSeconds(10));
        unknown.readNBytes(new byte[10_000], 0, 10_000);
        less.readNBytes(new byte[10_000], 0, 10_000);

        assertEquals(List.of("  saving: 10.0 kB, 1.0 kB/s", "  saving: 10.0 kB, 1.0 kB/s"), lines);
    }

    @Test
    void passesTheBytesThroughAndCountsEachOnce() throws IOException {
        byte[] bytes = {1, 2, (byte) 0xff, 4};
        Progress progress = new Progress(new ByteArrayInputStream(bytes), "saving", 0, lines::add);

        assertEquals(1, progress.read());
        assertArrayEquals(new byte[] {2, (byte) 0xff}, progress.readNBytes(2));
        assertEquals(4, progress.read());
        assertEquals(-1, progress.read());
        assertEquals(4, progress.bytes());
    }
}
