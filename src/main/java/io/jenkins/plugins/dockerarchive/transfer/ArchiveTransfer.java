package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.operations.ArchiveFormat;
import io.jenkins.plugins.dockerarchive.operations.ArchiveSource;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.ExportRequest;
import io.jenkins.plugins.dockerarchive.operations.ExportResult;
import io.jenkins.plugins.dockerarchive.operations.ImportRequest;
import io.jenkins.plugins.dockerarchive.operations.ImportResult;
import io.jenkins.plugins.dockerarchive.operations.LayerRoute;
import io.jenkins.plugins.dockerarchive.operations.LoadRequest;
import io.jenkins.plugins.dockerarchive.operations.LoadResult;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import io.jenkins.plugins.dockerarchive.operations.SaveRequest;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.operations.SourceChoice;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The four verbs as a build runs them: the operation on the agent that can reach the engine, the archive from and to
 * where Jenkins keeps it. Wrong input fails before any byte moves; a failure leaves nothing behind.
 */
public final class ArchiveTransfer {

    private final BuildContext context;
    private final EngineChoice engine;
    private final ArchiveNames names;
    private final StashTransfer stashes;
    private final IdleTimeout idle;
    private final ArchiveLimits limits;
    private final LayerRoute route;
    private final AgentAnswers answers;

    /**
     * @param idle how long the engine may be silent
     * @param route how layers come out of an engine when only new ones are wanted
     */
    public ArchiveTransfer(
            @NonNull BuildContext context,
            @NonNull EngineChoice engine,
            @NonNull ArchiveNames names,
            @NonNull IdleTimeout idle,
            @NonNull ArchiveLimits limits,
            @NonNull LayerRoute route) {
        this.context = context;
        this.engine = engine;
        this.names = names;
        this.idle = idle;
        this.limits = limits;
        this.route = route;
        this.stashes = new LayeredStash(new WholeFileStash(), limits);
        this.answers = new AgentAnswers(limits);
    }

    /** Saves images to wherever the request says. */
    @NonNull
    public SavedArchive save(@NonNull SaveRequest request) throws IOException, InterruptedException {
        try (TransferDirectory temporary = new TransferDirectory(context)) {
            if (LayeredSave.serves(context.run(), request)) {
                return new SavedArchive(
                        new LayeredSave(context, side(temporary), stashes, answers, limits).run(request, temporary),
                        request.format());
            }
            Destination destination = request.destination();
            if (request.format() == ArchiveFormat.OCI && (destination.artifact() || destination.stash() != null)) {
                return new SavedArchive(pack(request, temporary), ArchiveFormat.TAR);
            }
            Delivery delivery = new Delivery(context, destination, destination.file(), stashes, answers);
            delivery.check();
            SaveResult result = answers.accept(agent(new SaveOnAgent(request, side(temporary))));
            if (result.file() != null) {
                delivery.deliver(written(destination, temporary), result.file(), null, result.size());
            }
            return new SavedArchive(result, request.format());
        }
    }

    /** A layout goes to the store of others as one file: it has blobs by the dozen, and whoever downloads it wants one. */
    private SaveResult pack(SaveRequest request, TransferDirectory temporary) throws IOException, InterruptedException {
        Delivery delivery = new Delivery(context, request.destination(), request.packedName(), stashes, answers);
        delivery.check();
        SaveResult result = answers.accept(agent(new PackOnAgent(request, side(temporary))));
        if (result.file() != null) {
            delivery.deliver(temporary.path(), result.file(), null, result.size());
        }
        return result;
    }

    /** Where the operation has put the archive follows from the request; the agent is not asked. */
    private FilePath written(Destination destination, TransferDirectory temporary) {
        return destination.keepsFile() ? context.workspace() : temporary.path();
    }

    /** Exports a container to wherever the request says. */
    @NonNull
    public ExportResult export(@NonNull ExportRequest request) throws IOException, InterruptedException {
        Destination destination = request.destination();
        Delivery delivery = new Delivery(context, destination, destination.file(), stashes, answers);
        delivery.check();
        try (TransferDirectory temporary = new TransferDirectory(context)) {
            ExportResult result = answers.accept(agent(new ExportOnAgent(request, side(temporary))));
            delivery.deliver(written(destination, temporary), result.file(), result.configFile(), result.size());
            return result;
        }
    }

    /** Loads images from wherever the parameters say. */
    @NonNull
    public LoadResult load(@NonNull Parameters parameters) throws IOException, InterruptedException {
        SourceChoice choice = SourceChoice.from(parameters);
        LoadRequest asked = LoadRequest.from(parameters, Sources.announced(choice));
        try (TransferDirectory temporary = new TransferDirectory(context)) {
            Path layout = new KeptLayouts(context, new ArtifactNames(names), limits).find(choice);
            LoadResult loaded = layout == null
                    ? null
                    : new LayeredLoad(context, side(temporary), answers, limits).run(asked, layout);
            if (loaded != null) {
                return loaded;
            }
            reachEngine(choice);
            ArchiveSource source = fetcher().fetch(choice, temporary.path());
            LoadRequest request =
                    new LoadRequest(source, asked.expected(), asked.rename(), asked.conflict(), asked.platforms());
            return answers.accept(agent(new LoadOnAgent(request, side(temporary))));
        }
    }

    /** Imports a file system from wherever the parameters say. */
    @NonNull
    public ImportResult importFileSystem(@NonNull Parameters parameters) throws IOException, InterruptedException {
        SourceChoice choice = SourceChoice.from(parameters);
        ImportRequest asked = ImportRequest.from(parameters, Sources.announced(choice));
        if (new KeptLayouts(context, new ArtifactNames(names), limits).find(choice) != null) {
            throw new OperationException("Cannot import " + asked.source().label()
                    + ": it holds an image, not a file system; use dockerLoad for it.");
        }
        try (TransferDirectory temporary = new TransferDirectory(context)) {
            reachEngine(choice);
            ArchiveSource source = fetcher().fetch(choice, temporary.path());
            ImportRequest request = new ImportRequest(
                    source, asked.image(), asked.changes(), asked.message(), asked.platform(), asked.config());
            return answers.accept(agent(new ImportOnAgent(request, side(temporary))));
        }
    }

    /** An engine that cannot be reached is told before gigabytes were fetched for it. */
    private void reachEngine(SourceChoice choice) throws IOException, InterruptedException {
        if (choice.kind() == SourceChoice.Kind.STASH || choice.kind() == SourceChoice.Kind.BUILD) {
            context.workspace().act(new EngineProbe(engine));
        }
    }

    private <T> T agent(FilePath.FileCallable<T> operation) throws IOException, InterruptedException {
        return context.workspace().act(operation);
    }

    private AgentSide side(TransferDirectory temporary) {
        return new AgentSide(engine, temporary.path().getRemote(), idle, limits, route, context.listener());
    }

    private ArchiveFetcher fetcher() {
        return new ArchiveFetcher(context, stashes, new ArtifactNames(names), answers);
    }
}
