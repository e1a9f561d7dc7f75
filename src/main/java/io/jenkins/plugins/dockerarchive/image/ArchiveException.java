package io.jenkins.plugins.dockerarchive.image;

import java.io.IOException;

/** An archive is not what it must be. The message is a plain clause about the archive, such as "it holds no image". */
public final class ArchiveException extends IOException {

    private static final long serialVersionUID = 1L;

    public ArchiveException(String clause) {
        super(clause);
    }

    public ArchiveException(String clause, Throwable cause) {
        super(clause, cause);
    }
}
