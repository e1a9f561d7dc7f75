package io.jenkins.plugins.dockerarchive.transfer;

import hudson.remoting.VirtualChannel;
import io.jenkins.plugins.dockerarchive.operations.SaveImages;
import io.jenkins.plugins.dockerarchive.operations.SaveRequest;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import java.io.File;
import java.io.IOException;
import jenkins.agents.ControllerToAgentFileCallable;

/** Saves a layout on the agent and makes one file of it. */
record PackOnAgent(SaveRequest request, AgentSide side) implements ControllerToAgentFileCallable<SaveResult> {

    @Override
    public SaveResult invoke(File workspace, VirtualChannel channel) throws IOException, InterruptedException {
        return side.run(workspace, context -> new SaveImages(context).pack(request));
    }
}
