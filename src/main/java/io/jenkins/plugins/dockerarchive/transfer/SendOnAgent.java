package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.remoting.Pipe;
import hudson.remoting.VirtualChannel;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import io.jenkins.plugins.dockerarchive.operations.SaveImages;
import io.jenkins.plugins.dockerarchive.operations.SaveRequest;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.store.GrantedOutput;
import io.jenkins.plugins.dockerarchive.store.OutputInTurns;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import jenkins.agents.ControllerToAgentFileCallable;

/**
 * Saves on the agent and sends the layers that the controller lacks.
 *
 * @param streams of the controller, written in turn
 * @param room a byte comes through it each time the controller has room for more; null on the controller itself, whose
 *     streams wait by themselves
 */
record SendOnAgent(
        SaveRequest request,
        ArrayList<StoredLayer> known,
        ArrayList<OutputStream> streams,
        @CheckForNull Pipe room,
        AgentSide side)
        implements ControllerToAgentFileCallable<SaveResult> {

    SendOnAgent(
            SaveRequest request,
            List<StoredLayer> known,
            List<OutputStream> streams,
            @CheckForNull Pipe room,
            AgentSide side) {
        this(request, new ArrayList<>(known), new ArrayList<>(streams), room, side);
    }

    @Override
    public SaveResult invoke(File workspace, VirtualChannel channel) throws IOException, InterruptedException {
        OutputStream out = new OutputInTurns(streams, OutputInTurns.Reader.BY_ARRIVAL);
        if (room == null) {
            return send(workspace, out);
        }
        try (InputStream grants = room.getIn()) {
            return send(workspace, new GrantedOutput(out, grants));
        }
    }

    /** The streams stay open after a failure: their end would say that everything was sent. */
    private SaveResult send(File workspace, OutputStream out) throws IOException, InterruptedException {
        return side.run(workspace, context -> new SaveImages(context).send(request, known, out));
    }
}
