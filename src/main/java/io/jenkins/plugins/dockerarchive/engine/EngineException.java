package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;

/**
 * A call to a container engine failed. The message is for a person: what failed, on which engine, and what can be
 * done about it. It never holds a secret.
 */
public final class EngineException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int status;
    private final boolean refusal;

    EngineException(@NonNull String sentence, @CheckForNull Throwable cause) {
        super(sentence, cause);
        status = 0;
        refusal = false;
    }

    EngineException(@NonNull String sentence, int status) {
        super(sentence);
        this.status = status;
        this.refusal = true;
    }

    /**
     * The HTTP status that the engine answered with, or 0 when there was no answer or the failure was reported inside a
     * successful one, as loading does.
     */
    public int status() {
        return status;
    }

    /** Whether the engine answered and did not do what was asked, rather than being lost, silent or out of reach. */
    public boolean isRefusal() {
        return refusal;
    }
}
