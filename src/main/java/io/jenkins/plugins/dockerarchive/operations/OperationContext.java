package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import java.nio.file.Path;

/**
 * What an operation works with, on the machine that can reach the engine.
 *
 * @param workspace the directory that {@code file} parameters are relative to and may not leave
 * @param temporary a directory for archives on their way elsewhere; made when it is needed
 * @param engine the engine to talk to
 * @param idle how long the engine may be silent
 * @param limits what an archive may ask of us
 * @param route how layers come out of an engine when only new ones are wanted
 * @param log where progress goes
 */
public record OperationContext(
        @NonNull Path workspace,
        @NonNull Path temporary,
        @NonNull EngineAddress engine,
        @NonNull IdleTimeout idle,
        @NonNull ArchiveLimits limits,
        @NonNull LayerRoute route,
        @NonNull BuildLog log) {

    /** With the usual patience, by the usual route. */
    public OperationContext(
            @NonNull Path workspace,
            @NonNull Path temporary,
            @NonNull EngineAddress engine,
            @NonNull ArchiveLimits limits,
            @NonNull BuildLog log) {
        this(workspace, temporary, engine, IdleTimeout.DEFAULT, limits, LayerRoute.PUSH_WHERE_POSSIBLE, log);
    }
}
