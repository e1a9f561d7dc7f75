package io.jenkins.plugins.dockerarchive.transfer;

import hudson.remoting.VirtualChannel;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import io.jenkins.plugins.dockerarchive.operations.SaveImages;
import io.jenkins.plugins.dockerarchive.operations.SaveRequest;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.store.StripedOutput;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import jenkins.agents.ControllerToAgentFileCallable;

/**
 * Saves on the agent and sends the layers that the controller lacks.
 *
 * @param streams of the controller, written in turn
 */
record SendOnAgent(SaveRequest request, ArrayList<StoredLayer> known, ArrayList<OutputStream> streams, AgentSide side)
        implements ControllerToAgentFileCallable<SaveResult> {

    SendOnAgent(SaveRequest request, List<StoredLayer> known, List<OutputStream> streams, AgentSide side) {
        this(request, new ArrayList<>(known), new ArrayList<>(streams), side);
    }

    @Override
    public SaveResult invoke(File workspace, VirtualChannel channel) throws IOException, InterruptedException {
        StripedOutput out = new StripedOutput(streams);
        try {
            return side.run(workspace, context -> new SaveImages(context).send(request, known, out));
        } finally {
            out.abort();
        }
    }
}
