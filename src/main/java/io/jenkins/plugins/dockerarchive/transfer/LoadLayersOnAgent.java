package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.remoting.VirtualChannel;
import io.jenkins.plugins.dockerarchive.image.LayerBlobs;
import io.jenkins.plugins.dockerarchive.operations.LoadAnswer;
import io.jenkins.plugins.dockerarchive.operations.LoadImages;
import io.jenkins.plugins.dockerarchive.operations.LoadRequest;
import io.jenkins.plugins.dockerarchive.store.LayoutDocuments;
import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import jenkins.agents.ControllerToAgentFileCallable;

/**
 * Loads on the agent, which takes the layers it has asked for from the controller while its engine takes them.
 *
 * @param asked what the agent answered before
 * @param layers where they come from
 */
record LoadLayersOnAgent(
        LoadRequest request, LayoutDocuments documents, LoadAnswer asked, Layers layers, AgentSide side)
        implements ControllerToAgentFileCallable<LoadAnswer> {

    /** Gives the layers on the agent. */
    interface Layers extends Serializable {
        @NonNull
        LayerBlobs open(@NonNull LoadAnswer asked) throws IOException;
    }

    @Override
    public LoadAnswer invoke(File workspace, VirtualChannel channel) throws IOException, InterruptedException {
        try (LayerBlobs blobs = layers.open(asked)) {
            return side.run(workspace, context -> new LoadImages(context).load(request, documents, asked, blobs));
        }
    }
}
