package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Run;
import hudson.remoting.Pipe;
import hudson.remoting.RemoteOutputStream;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.operations.ArchiveFormat;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.FoundImages;
import io.jenkins.plugins.dockerarchive.operations.KeepImages;
import io.jenkins.plugins.dockerarchive.operations.Reception;
import io.jenkins.plugins.dockerarchive.operations.SaveRequest;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import io.jenkins.plugins.dockerarchive.store.JobLayers;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import jenkins.model.StandardArtifactManager;

/** A save whose layers the controller keeps by itself, each once: stashes, and artifacts of the {@code oci} format. */
final class LayeredSave {

    /** An older build's layers are seldom of use, and each build has to be loaded. */
    private static final int BUILDS = 50;

    /** Remoting lets each have 1 MiB on its way; together they carry what the controller makes room for. */
    private static final int STREAMS = 8;

    private final BuildContext context;
    private final AgentSide side;
    private final AgentAnswers answers;
    private final ArchiveLimits limits;
    private final StashTransfer stashes;

    LayeredSave(
            @NonNull BuildContext context,
            @NonNull AgentSide side,
            @NonNull StashTransfer stashes,
            @NonNull AgentAnswers answers,
            @NonNull ArchiveLimits limits) {
        this.context = context;
        this.side = side;
        this.stashes = stashes;
        this.answers = answers;
        this.limits = limits;
    }

    /** Whether an archive goes this way: not where Jenkins keeps artifacts somewhere else, which then has stashes, too. */
    static boolean serves(@NonNull Run<?, ?> run, @NonNull SaveRequest request) throws IOException {
        Destination destination = request.destination();
        return (destination.stash() != null || destination.artifact() && request.format() == ArchiveFormat.OCI)
                && run.pickArtifactManager() instanceof StandardArtifactManager;
    }

    @NonNull
    SaveResult run(@NonNull SaveRequest request, @NonNull TransferDirectory temporary)
            throws IOException, InterruptedException {
        Destination destination = request.destination();
        Run<?, ?> run = context.run();
        BuildStore store = new BuildStore(run.getRootDir().toPath(), limits);
        if (destination.stash() != null && store.hasStash(destination.stash())) {
            // No other step of this build has written it, or this one could not have claimed its name: an earlier
            // try of this step has left it, or it came along when the build was started from a stage of another one.
            store.removeStash(destination.stash());
        }
        // What is one file goes where files go; the layers are made of it.
        boolean whole = destination.artifact() && request.format() == ArchiveFormat.TAR;
        Delivery delivery = new Delivery(
                context,
                new Destination(destination.file(), whole, null, destination.existing()),
                destination.file(),
                stashes,
                answers);
        delivery.check();
        FoundImages found = answers.accept(context.workspace().act(new FindOnAgent(request, side)));
        if (found.images().isEmpty()) {
            context.log("Nothing saved: " + found.engine() + " has none of " + String.join(", ", request.images()));
            return new SaveResult("", null, 0, null, List.of(), 0, true);
        }
        checkArtifact(request, found);
        try (KeepImages keep = new KeepImages(
                store,
                new JobLayers(store, others(run), ReceivedLayers.of(run)),
                limits,
                context::log,
                request,
                found,
                run.getArtifactsDir().toPath())) {
            SaveResult unchanged = keep.unchanged();
            return unchanged != null ? unchanged : transfer(request, keep, whole ? delivery : null, temporary);
        }
    }

    private void checkArtifact(SaveRequest request, FoundImages found) throws IOException {
        Destination destination = request.destination();
        if (destination.artifact() && request.format() == ArchiveFormat.OCI) {
            String path = answers.path(KeepImages.file(request, found));
            if (destination.existing() == Destination.Existing.REFUSE) {
                new ArtifactTransfer(context).refuseExisting(path);
            }
        }
    }

    private SaveResult transfer(SaveRequest request, KeepImages keep, Delivery wholeFile, TransferDirectory temporary)
            throws IOException, InterruptedException {
        Pipe room = context.workspace().isRemote() ? Pipe.createLocalToRemote() : null;
        OutputStream grants = room == null ? OutputStream.nullOutputStream() : room.getOut();
        try (Reception reception = new Reception(keep, context.run().toString(), grants)) {
            SaveResult file = send(request, keep, reception, room);
            SaveResult kept = reception.result();
            if (file != null) {
                answers.accept(file);
                if (wholeFile != null) {
                    wholeFile.deliver(
                            request.destination().keepsFile() ? context.workspace() : temporary.path(),
                            file.file(),
                            null,
                            file.size());
                }
                kept = whole(file, kept);
            }
            reception.accept();
            return kept;
        }
    }

    private SaveResult send(SaveRequest request, KeepImages keep, Reception reception, @CheckForNull Pipe room)
            throws IOException, InterruptedException {
        List<OutputStream> streams = new ArrayList<>();
        for (OutputStream sink : reception.sinks(STREAMS)) {
            streams.add(new RemoteOutputStream(sink));
        }
        try {
            return context.workspace().act(new SendOnAgent(request, List.copyOf(keep.known()), streams, room, side));
        } catch (IOException e) {
            throw reception.reason(e);
        }
    }

    /** Where there is a file, the file is what the step tells of. */
    private static SaveResult whole(SaveResult file, SaveResult kept) {
        return new SaveResult(
                file.directory(),
                file.file(),
                file.size(),
                file.sha256(),
                kept.images(),
                file.size() + kept.stored(),
                false);
    }

    /** The other builds of the job, newest first; those that run at the same time may have got what this one wants. */
    private Iterable<BuildStore> others(Run<?, ?> run) {
        return () -> new Iterator<>() {
            private Run<?, ?> next = other(run.getParent().getLastBuild());
            private int left = BUILDS;

            private Run<?, ?> other(Run<?, ?> build) {
                return build == null || build.getNumber() != run.getNumber() ? build : build.getPreviousBuild();
            }

            @Override
            public boolean hasNext() {
                return next != null && left > 0;
            }

            @Override
            public BuildStore next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                Run<?, ?> build = next;
                next = other(build.getPreviousBuild());
                left--;
                return new BuildStore(build.getRootDir().toPath(), limits);
            }
        };
    }
}
