package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.regex.Pattern;

/** What an engine or somebody in its place says, for a log: nothing in it can begin another line or rule a terminal. */
final class OneLine {

    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\s\\uFFFD]+");

    private OneLine() {}

    @NonNull
    static String of(@NonNull String text) {
        return INVISIBLE.matcher(text).replaceAll(" ").strip();
    }
}
