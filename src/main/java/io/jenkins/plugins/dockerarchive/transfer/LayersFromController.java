package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.remoting.Pipe;
import io.jenkins.plugins.dockerarchive.image.LayerBlobs;
import io.jenkins.plugins.dockerarchive.operations.LoadAnswer;
import io.jenkins.plugins.dockerarchive.store.BlobStream;
import io.jenkins.plugins.dockerarchive.store.GrantedInput;
import io.jenkins.plugins.dockerarchive.store.GrantedOutput;
import io.jenkins.plugins.dockerarchive.store.InputInTurns;
import io.jenkins.plugins.dockerarchive.store.OutputInTurns;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Layers through several pipes, each of which has a window of its own on a long link.
 *
 * @param ready a byte comes back through it when the agent reads, because what is written before that lies in the
 *     controller's memory; then one each time the agent has room for more
 */
record LayersFromController(Pipe ready, List<Pipe> pipes) implements LoadLayersOnAgent.Layers {

    /** Remoting lets each have 1 MiB on its way: at a round trip of 20 ms six carry 300 MB/s. */
    private static final int PIPES = 6;

    LayersFromController {
        pipes = new ArrayList<>(pipes);
    }

    @NonNull
    static LayersFromController create() {
        List<Pipe> pipes = new ArrayList<>();
        for (int i = 0; i < PIPES; i++) {
            pipes.add(Pipe.createLocalToRemote());
        }
        return new LayersFromController(Pipe.createRemoteToLocal(), pipes);
    }

    /** On the agent. */
    @Override
    public LayerBlobs open(LoadAnswer asked) throws IOException {
        List<InputStream> stripes = pipes.stream().map(Pipe::getIn).toList();
        OutputStream signal = ready.getOut();
        signal.write(1);
        signal.flush();
        return new BlobStream(GrantedInput.readAhead(new InputInTurns(stripes), signal), asked.wanted());
    }

    /** On the controller: sends the layers. */
    void send(@NonNull LayerBlobs blobs, @NonNull LoadAnswer asked) throws IOException {
        try (InputStream signal = ready.getIn()) {
            if (signal.read() < 0) {
                return; // the agent tells the reason with its answer
            }
            List<OutputStream> stripes = pipes.stream().map(Pipe::getOut).toList();
            try (OutputStream out =
                    new GrantedOutput(new OutputInTurns(stripes, OutputInTurns.Reader.BY_SIZE), signal)) {
                BlobStream.send(blobs, asked.wanted(), out);
            }
        }
    }

    /** On the controller: ends what still waits for the agent. */
    void abandon(@NonNull Throwable reason) throws IOException {
        for (Pipe pipe : pipes) {
            pipe.error(reason);
        }
    }
}
