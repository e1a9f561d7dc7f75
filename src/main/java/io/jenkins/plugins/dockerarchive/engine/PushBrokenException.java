package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;

/** An engine ended in the middle of a blob that it pushed; why, its push says. */
public final class PushBrokenException extends IOException {

    private static final long serialVersionUID = 1;

    PushBrokenException(@NonNull IOException cause) {
        super("The engine ended in the middle of what it pushed.", cause);
    }
}
