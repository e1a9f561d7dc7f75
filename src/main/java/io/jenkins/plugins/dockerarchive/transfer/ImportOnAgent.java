package io.jenkins.plugins.dockerarchive.transfer;

import hudson.remoting.VirtualChannel;
import io.jenkins.plugins.dockerarchive.operations.ImportFileSystem;
import io.jenkins.plugins.dockerarchive.operations.ImportRequest;
import io.jenkins.plugins.dockerarchive.operations.ImportResult;
import java.io.File;
import java.io.IOException;
import jenkins.agents.ControllerToAgentFileCallable;

/** Carries ImportFileSystem to the agent and its result back. */
record ImportOnAgent(ImportRequest request, AgentSide side) implements ControllerToAgentFileCallable<ImportResult> {

    @Override
    public ImportResult invoke(File workspace, VirtualChannel channel) throws IOException, InterruptedException {
        return side.run(workspace, context -> new ImportFileSystem(context).run(request));
    }
}
