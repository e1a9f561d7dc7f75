package io.jenkins.plugins.dockerarchive.hermetic;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The seconds of every run, by what was measured. */
final class BenchTimes {

    private final String engine;
    private final Map<String, List<Double>> seconds = new TreeMap<>();
    private boolean counted;

    BenchTimes(String engine) {
        this.engine = engine;
    }

    interface Work {
        void run() throws Exception;
    }

    /** Whether what follows counts; the first round warms up. */
    void count(boolean counts) {
        counted = counts;
    }

    /** Times some work, when the disk has nothing else to do: what was written before must not be waited for by an fsync. */
    double time(String what, Work measured) throws Exception {
        settle();
        long start = System.nanoTime();
        measured.run();
        double taken = (System.nanoTime() - start) / 1e9;
        add(what, taken);
        return taken;
    }

    void add(String what, double taken) {
        if (counted) {
            seconds.computeIfAbsent(what, x -> new ArrayList<>()).add(taken);
            System.err.printf(Locale.ROOT, "  %s %s: %.2f s%n", engine, what, taken);
        }
    }

    static void settle() throws IOException, InterruptedException {
        if (new ProcessBuilder("sync").inheritIO().start().waitFor() != 0) {
            throw new IOException("sync failed");
        }
    }

    Map<String, List<Double>> all() {
        return seconds;
    }
}
