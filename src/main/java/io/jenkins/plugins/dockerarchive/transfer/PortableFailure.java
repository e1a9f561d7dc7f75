package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.EngineException;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import java.io.IOException;

/**
 * A failure on an agent in a form that can travel to the controller. The controller refuses objects of libraries, such
 * as the HTTP client puts into its exceptions, and would then tell that instead of what went wrong.
 */
final class PortableFailure {

    private static final int DEPTH = 50;

    private PortableFailure() {}

    /** The same message without what cannot travel. */
    @NonNull
    static IOException of(@NonNull IOException failure) {
        if (failure instanceof OperationException || failure instanceof EngineException) {
            return new OperationException(failure.getMessage());
        }
        Throwable link = failure;
        for (int i = 0; link != null && i < DEPTH; i++) {
            if (!link.getClass().getName().startsWith("java.") || link.getSuppressed().length > 0) {
                IOException plain = new IOException(failure.toString());
                plain.setStackTrace(failure.getStackTrace());
                return plain;
            }
            link = link.getCause();
        }
        return failure;
    }
}
