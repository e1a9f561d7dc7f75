package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import hudson.slaves.WorkspaceList;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import java.io.IOException;

/**
 * A directory on the agent for the archives of one step on their way elsewhere: beside the workspace, where neither the
 * job's own files nor a browser get at it. Gone when the step is.
 */
final class TransferDirectory implements AutoCloseable {

    private final BuildContext context;
    private final FilePath path;

    /** Chooses a name; nothing is made before somebody writes into it. */
    TransferDirectory(BuildContext context) throws IOException {
        this.context = context;
        this.path = of(context, context.attempt());
    }

    /** The directory that a try of the step uses, or would use. */
    @NonNull
    static FilePath of(@NonNull BuildContext context, @NonNull Attempt attempt) throws IOException {
        FilePath beside = WorkspaceList.tempDir(context.workspace());
        if (beside == null) {
            throw new OperationException("The workspace " + context.workspace().getRemote()
                    + " has no directory beside it for temporary files; use a workspace that is not a root directory.");
        }
        return beside.child(attempt.directoryName());
    }

    @NonNull
    FilePath path() {
        return path;
    }

    @Override
    public void close() {
        new Disposal(context).delete(path);
    }
}
