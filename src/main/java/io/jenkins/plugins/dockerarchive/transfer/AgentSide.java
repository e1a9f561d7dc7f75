package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Util;
import hudson.model.TaskListener;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.operations.LayerRoute;
import io.jenkins.plugins.dockerarchive.operations.Leftovers;
import io.jenkins.plugins.dockerarchive.operations.OperationContext;
import java.io.File;
import java.io.IOException;
import java.io.Serializable;

/**
 * What every operation needs on the agent, and the clean-up after it.
 *
 * @param temporary absolute path on the agent for archives on their way elsewhere
 * @param idle how long the engine may be silent
 * @param route how layers come out of an engine when only new ones are wanted
 */
record AgentSide(
        @NonNull EngineChoice engine,
        @NonNull String temporary,
        @NonNull IdleTimeout idle,
        @NonNull ArchiveLimits limits,
        @NonNull LayerRoute route,
        @NonNull TaskListener listener)
        implements Serializable {

    /** One operation with everything but its context. */
    @FunctionalInterface
    interface Operation<T> {
        T run(OperationContext context) throws IOException, InterruptedException;
    }

    /**
     * Runs an operation in a workspace. When it fails the temporary directory goes here and now: after an abort the
     * controller no longer waits for this thread, and would delete the directory while this thread still fills it.
     */
    <T> T run(File workspace, Operation<T> operation) throws IOException, InterruptedException {
        boolean done = false;
        new Leftovers(new File(temporary).toPath().getParent()).sweep();
        try {
            T result = operation.run(new OperationContext(
                    workspace.toPath(),
                    new File(temporary).toPath(),
                    engine.resolve(),
                    idle,
                    limits,
                    route,
                    line -> listener.getLogger().println(line)));
            done = true;
            return result;
        } catch (IOException e) {
            throw PortableFailure.of(e);
        } finally {
            try {
                if (!done) {
                    Util.deleteRecursive(new File(temporary));
                }
            } finally {
                listener.getLogger().flush();
            }
        }
    }
}
