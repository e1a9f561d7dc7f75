package io.jenkins.plugins.dockerarchive.transfer;

import hudson.remoting.VirtualChannel;
import io.jenkins.plugins.dockerarchive.operations.LoadImages;
import io.jenkins.plugins.dockerarchive.operations.LoadRequest;
import io.jenkins.plugins.dockerarchive.operations.LoadResult;
import java.io.File;
import java.io.IOException;
import jenkins.agents.ControllerToAgentFileCallable;

/** Carries LoadImages to the agent and its result back. */
record LoadOnAgent(LoadRequest request, AgentSide side) implements ControllerToAgentFileCallable<LoadResult> {

    @Override
    public LoadResult invoke(File workspace, VirtualChannel channel) throws IOException, InterruptedException {
        return side.run(workspace, context -> new LoadImages(context).run(request));
    }
}
