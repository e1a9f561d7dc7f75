package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.operations.Amount;

/** What a transfer moved in which time, as one line of the log. */
final class Moved {

    private final long begin = System.nanoTime();

    /** For example {@code Archived as artifact shop_1.tar.zst: 671.1 MB in 4.2 s (159.8 MB/s)}. */
    @NonNull
    String line(@NonNull String what, long bytes) {
        return what + ": " + Amount.since(begin, bytes);
    }
}
