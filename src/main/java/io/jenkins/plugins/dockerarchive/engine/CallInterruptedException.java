package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.InterruptedIOException;

/** The thread that read an engine's answer was interrupted; its interrupt flag is still set. */
final class CallInterruptedException extends InterruptedIOException {

    private static final long serialVersionUID = 1L;

    CallInterruptedException(@NonNull String task) {
        super("Interrupted while an engine was to " + task + ".");
    }

    /** The same for a method that throws {@code InterruptedException}, which takes the flag. */
    @NonNull
    InterruptedException taken() {
        Thread.interrupted();
        return new InterruptedException(getMessage());
    }
}
