package io.jenkins.plugins.dockerarchive.transfer;

import hudson.remoting.VirtualChannel;
import io.jenkins.plugins.dockerarchive.operations.LoadAnswer;
import io.jenkins.plugins.dockerarchive.operations.LoadImages;
import io.jenkins.plugins.dockerarchive.operations.LoadRequest;
import io.jenkins.plugins.dockerarchive.store.LayoutDocuments;
import java.io.File;
import java.io.IOException;
import jenkins.agents.ControllerToAgentFileCallable;

/** Asks on the agent which layers of an archive its engine lacks. */
record PlanOnAgent(LoadRequest request, LayoutDocuments documents, AgentSide side)
        implements ControllerToAgentFileCallable<LoadAnswer> {

    @Override
    public LoadAnswer invoke(File workspace, VirtualChannel channel) throws IOException, InterruptedException {
        return side.run(workspace, context -> new LoadImages(context).plan(request, documents));
    }
}
