package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;

/** A sound archive of the other kind: the two pairs of verbs are mixed up all the time. */
public final class WrongArchiveException extends IOException {

    private static final long serialVersionUID = 1L;

    private final Really really;

    /** What the archive is instead. */
    public enum Really {
        IMAGE,
        FILE_SYSTEM
    }

    WrongArchiveException(Really really, String clause) {
        super(clause);
        this.really = really;
    }

    @NonNull
    public Really really() {
        return really;
    }
}
