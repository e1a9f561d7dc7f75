package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;

/** Refuses empty uploads before an engine sees them: every engine makes an empty image of one and reports success. */
final class FirstByte {

    private final EngineFaults faults;

    FirstByte(@NonNull EngineFaults faults) {
        this.faults = faults;
    }

    /**
     * The same stream, when there is something in it.
     *
     * @throws IOException what reading {@code source} threw, or {@link EngineException} when it is empty
     */
    @NonNull
    InputStream require(@NonNull InputStream source, @NonNull String task) throws IOException {
        PushbackInputStream stream = new PushbackInputStream(source);
        int first = stream.read();
        if (first < 0) {
            throw new EngineException(
                    "The engine at " + faults.where() + " was not asked to " + task + ": the archive is empty.", null);
        }
        stream.unread(first);
        return stream;
    }
}
