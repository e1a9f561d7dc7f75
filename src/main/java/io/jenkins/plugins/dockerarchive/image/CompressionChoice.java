package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.Locale;

/** How an archive that is about to be written shall be compressed. */
public enum CompressionChoice {
    /** As the file name says; else none where the layers are compressed already, else zstd. */
    AUTO,
    NONE,
    GZIP,
    ZSTD;

    /**
     * Reads the value of a {@code compression} parameter; null or empty means {@link #AUTO}.
     *
     * @throws IllegalArgumentException one sentence that names the value and what would be right
     */
    @NonNull
    public static CompressionChoice parse(@CheckForNull String text) {
        if (text == null || text.isEmpty()) {
            return AUTO;
        }
        for (CompressionChoice choice : values()) {
            if (choice.parameter().equals(text)) {
                return choice;
            }
        }
        throw new IllegalArgumentException("compression '" + text + "' is unknown; use auto, none, gzip or zstd.");
    }

    /** The value as it is written in a Pipeline. */
    @NonNull
    public String parameter() {
        return name().toLowerCase(Locale.ROOT);
    }
}
