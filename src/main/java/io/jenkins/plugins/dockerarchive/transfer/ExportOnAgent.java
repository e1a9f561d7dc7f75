package io.jenkins.plugins.dockerarchive.transfer;

import hudson.remoting.VirtualChannel;
import io.jenkins.plugins.dockerarchive.operations.ExportContainer;
import io.jenkins.plugins.dockerarchive.operations.ExportRequest;
import io.jenkins.plugins.dockerarchive.operations.ExportResult;
import java.io.File;
import java.io.IOException;
import jenkins.agents.ControllerToAgentFileCallable;

/** Carries ExportContainer to the agent and its result back. */
record ExportOnAgent(ExportRequest request, AgentSide side) implements ControllerToAgentFileCallable<ExportResult> {

    @Override
    public ExportResult invoke(File workspace, VirtualChannel channel) throws IOException, InterruptedException {
        return side.run(workspace, context -> new ExportContainer(context).run(request));
    }
}
