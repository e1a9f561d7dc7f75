package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.Locale;

/** What a transfer moved in which time, as one line of the log. */
final class Moved {

    private final long begin = System.nanoTime();

    /** For example {@code Archived as artifact shop_1.tar.zst: 671.1 MB in 4.2 s (159.8 MB/s)}. */
    @NonNull
    String line(@NonNull String what, long bytes) {
        double seconds = Math.max(0.001, (System.nanoTime() - begin) / 1e9);
        return String.format(
                Locale.ROOT, "%s: %s in %.1f s (%s/s)", what, size(bytes), seconds, size(bytes / seconds));
    }

    private static String size(double bytes) {
        double value = bytes;
        String unit = "B";
        for (String bigger : new String[] {"kB", "MB", "GB", "TB"}) {
            if (value < 999.95) {
                break;
            }
            value /= 1000;
            unit = bigger;
        }
        return String.format(Locale.ROOT, unit.equals("B") ? "%.0f %s" : "%.1f %s", value, unit);
    }
}
