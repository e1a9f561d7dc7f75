package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;

/** A push ended between two blobs: what came until then is whole, and the rest can be had in another way. */
public final class NotPushedException extends IOException {

    private static final long serialVersionUID = 1;

    /** @param cause the engine's reason */
    public NotPushedException(@NonNull IOException cause) {
        super(cause.getMessage(), cause);
    }

    /** @param reason a clause about what the engine did */
    public NotPushedException(@NonNull String reason) {
        super(reason);
    }
}
