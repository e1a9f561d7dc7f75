package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.remoting.Future;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.EngineArchive;
import io.jenkins.plugins.dockerarchive.image.LayerBlobs;
import io.jenkins.plugins.dockerarchive.operations.LoadAnswer;
import io.jenkins.plugins.dockerarchive.operations.LoadRequest;
import io.jenkins.plugins.dockerarchive.operations.LoadResult;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import io.jenkins.plugins.dockerarchive.store.DirectoryBlobs;
import io.jenkins.plugins.dockerarchive.store.LayoutDocuments;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/**
 * Loads an OCI image layout that the controller keeps: its documents go to the agent, the agent asks for the layers that
 * its engine lacks, and these stream through the agent into the engine. Nothing is spooled on the agent.
 */
final class LayeredLoad {

    /** Engines change while they are loaded into; one that never settles is not waited for. */
    private static final int MOST_ANSWERS = 5;

    private final BuildContext context;
    private final AgentSide side;
    private final AgentAnswers answers;
    private final ArchiveLimits limits;

    LayeredLoad(
            @NonNull BuildContext context,
            @NonNull AgentSide side,
            @NonNull AgentAnswers answers,
            @NonNull ArchiveLimits limits) {
        this.context = context;
        this.side = side;
        this.answers = answers;
        this.limits = limits;
    }

    /**
     * Loads.
     *
     * @param request its source is a label only
     * @param layout directory on the controller
     * @return null when the layout does not tell enough of its layers and must go to the agent as a whole
     */
    @CheckForNull
    LoadResult run(@NonNull LoadRequest request, @NonNull Path layout) throws IOException, InterruptedException {
        LayoutDocuments documents;
        try {
            documents = LayoutDocuments.read(layout, limits);
        } catch (ArchiveException e) {
            throw new OperationException("Cannot load " + request.source().label() + ": " + e.getMessage() + ".", e);
        }
        if (documents == null) {
            return null;
        }
        LoadAnswer answer =
                answers.accept(context.workspace().act(new PlanOnAgent(request, documents, side)), documents.blobs());
        for (int i = 0; i < MOST_ANSWERS; i++) {
            switch (answer.kind()) {
                case DONE -> {
                    return answer.result();
                }
                case READ -> {
                    return null;
                }
                case SEND -> answer = answers.accept(send(request, documents, answer, layout), documents.blobs());
            }
        }
        throw new OperationException("Cannot load " + request.source().label()
                + ": the images of its engine change all the time; run it again when nothing else loads them.");
    }

    private LoadAnswer send(LoadRequest request, LayoutDocuments documents, LoadAnswer asked, Path layout)
            throws IOException, InterruptedException {
        if (!context.workspace().isRemote()) {
            return context.workspace()
                    .act(new LoadLayersOnAgent(request, documents, asked, new LayersHere(layout.toString()), side));
        }
        Moved moved = new Moved();
        LayersFromController layers = LayersFromController.create();
        Future<LoadAnswer> answer =
                context.workspace().actAsync(new LoadLayersOnAgent(request, documents, asked, layers, side));
        boolean done = false;
        try {
            IOException failure = null;
            try (LayerBlobs blobs = new InterruptibleBlobs(new DirectoryBlobs(layout))) {
                layers.send(blobs, asked);
            } catch (ArchiveException e) {
                layers.abandon(e);
                throw new OperationException(
                        "Cannot load " + request.source().label() + ": " + e.getMessage() + ".", e);
            } catch (IOException e) {
                failure = e; // most likely the agent's, which tells the reason
            }
            LoadAnswer result = result(answer, failure);
            context.log(moved.line(
                    "Sent " + asked.wanted().size() + " layers to the agent",
                    asked.wanted().stream()
                            .mapToLong(EngineArchive.Wanted::size)
                            .sum()));
            done = true;
            return result;
        } finally {
            if (!done) {
                answer.cancel(true);
            }
        }
    }

    private static LoadAnswer result(Future<LoadAnswer> answer, @CheckForNull IOException failure)
            throws IOException, InterruptedException {
        if (Thread.interrupted() || isInterruption(failure)) {
            throw new InterruptedException("The build was aborted.");
        }
        try {
            return answer.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof OperationException told) {
                throw new OperationException(told.getMessage(), told);
            }
            // a lost agent must stay recognisable: its answer tells of that, what we could not send need not
            throw new IOException(e.getCause().getMessage(), e.getCause());
        } catch (CancellationException e) {
            throw new IOException("The agent stopped to load.", e);
        }
    }

    private static boolean isInterruption(@CheckForNull Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedIOException || cause instanceof InterruptedException) {
                return true;
            }
        }
        return false;
    }

    /** Layers on the machine of the controller, when the step runs there itself. */
    private record LayersHere(String layout) implements LoadLayersOnAgent.Layers {
        @Override
        public LayerBlobs open(LoadAnswer asked) {
            return new DirectoryBlobs(Path.of(layout));
        }
    }

    /** An abort ends the reading of a disk. */
    private record InterruptibleBlobs(LayerBlobs blobs) implements LayerBlobs {
        @Override
        public InputStream open(String entry, long size) throws IOException {
            return new InterruptibleInput(blobs.open(entry, size));
        }

        @Override
        public void close() throws IOException {
            blobs.close();
        }
    }
}
