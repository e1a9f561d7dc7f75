package io.jenkins.plugins.dockerarchive.image;

import java.io.IOException;

/** A disk has no room for a file. The message is a plain clause with the place, what is needed and what is free. */
public final class DiskFullException extends IOException {

    private static final long serialVersionUID = 1L;

    DiskFullException(String clause) {
        super(clause);
    }

    DiskFullException(String clause, Throwable cause) {
        super(clause, cause);
    }
}
