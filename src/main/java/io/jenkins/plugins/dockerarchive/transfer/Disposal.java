package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import java.io.IOException;

/** Deletes on an agent, also after an abort; a failure to do so fails no build, but is told. */
final class Disposal {

    private final BuildContext context;

    Disposal(@NonNull BuildContext context) {
        this.context = context;
    }

    /** Deletes a file or a directory with all that is in it; nothing happens when there is none. */
    void delete(@NonNull FilePath path) {
        // An interrupted thread could not talk to the agent; the interruption is given back afterwards.
        boolean interrupted = Thread.interrupted();
        try {
            path.deleteRecursive();
        } catch (IOException e) {
            context.log("Could not delete " + path.getRemote() + ": " + e.getMessage());
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
