package io.jenkins.plugins.dockerarchive.transfer;

import hudson.remoting.VirtualChannel;
import io.jenkins.plugins.dockerarchive.operations.FoundImages;
import io.jenkins.plugins.dockerarchive.operations.SaveImages;
import io.jenkins.plugins.dockerarchive.operations.SaveRequest;
import java.io.File;
import java.io.IOException;
import jenkins.agents.ControllerToAgentFileCallable;

/** Asks the agent's engine which images a save is of. */
record FindOnAgent(SaveRequest request, AgentSide side) implements ControllerToAgentFileCallable<FoundImages> {

    @Override
    public FoundImages invoke(File workspace, VirtualChannel channel) throws IOException, InterruptedException {
        return side.run(workspace, context -> new SaveImages(context).find(request));
    }
}
