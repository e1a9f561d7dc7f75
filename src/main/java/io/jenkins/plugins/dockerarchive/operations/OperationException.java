package io.jenkins.plugins.dockerarchive.operations;

import java.io.IOException;

/** A failure that a user can understand: the message is one plain sentence; no stack trace need be shown. */
public class OperationException extends IOException {

    private static final long serialVersionUID = 1L;

    public OperationException(String sentence) {
        super(sentence);
    }

    public OperationException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
