package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;

/** What people compare of an ID: its first 12 characters, as command lines show them. */
final class ShortId {

    private static final String ALGORITHM = "sha256:";
    private static final int LENGTH = 12;

    private ShortId() {}

    /** @param id with or without {@code sha256:}; one from a file may be shorter than it should be */
    @NonNull
    static String of(@NonNull String id) {
        String hex = id.startsWith(ALGORITHM) ? id.substring(ALGORITHM.length()) : id;
        return hex.substring(0, Math.min(LENGTH, hex.length()));
    }
}
