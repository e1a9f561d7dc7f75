package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.time.Duration;
import java.util.Locale;

/** Bytes over some time, as people read them: decimal units, as the docker command line has them. */
public record Amount(long bytes, @NonNull Duration time) {

    /** What was moved since a {@link System#nanoTime()}. */
    @NonNull
    public static Amount since(long startNanos, long bytes) {
        return new Amount(bytes, Duration.ofNanos(System.nanoTime() - startNanos));
    }

    /** For example {@code 671.1 MB}. */
    @NonNull
    public static String size(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        String[] units = {"kB", "MB", "GB", "TB", "PB"};
        int unit = -1;
        do {
            value /= 1000;
            unit++;
        } while (value >= 999.95 && unit < units.length - 1);
        return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
    }

    /** For example {@code 671.1 MB in 4.2 s (159.8 MB/s)}. */
    @Override
    @NonNull
    public String toString() {
        double seconds = Math.max(time.toMillis(), 1) / 1000.0;
        return String.format(Locale.ROOT, "%s in %.1f s (%s/s)", size(bytes), seconds, size((long) (bytes / seconds)));
    }
}
