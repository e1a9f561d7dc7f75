package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.engine.EngineCapabilities;
import io.jenkins.plugins.dockerarchive.engine.ImageInspection;
import io.jenkins.plugins.dockerarchive.engine.ImportParameters;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import io.jenkins.plugins.dockerarchive.image.ContainerConfig;
import io.jenkins.plugins.dockerarchive.image.FileSystemArchive;
import io.jenkins.plugins.dockerarchive.image.Reference;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code dockerImport}: a file system archive into an image that runs what its container ran. The image gets its
 * reference only when it has the configuration it should have.
 */
public final class ImportFileSystem {

    private final OperationContext context;

    public ImportFileSystem(@NonNull OperationContext context) {
        this.context = context;
    }

    /**
     * Imports the archive.
     *
     * @throws OperationException one sentence about what failed
     */
    @NonNull
    public ImportResult run(@NonNull ImportRequest request) throws IOException, InterruptedException {
        // the engine first: nobody wants to fetch and check gigabytes for one that is not there
        try (Engine engine = Engine.connect(context.engine(), context.idle());
                LocalArchive local = LocalArchive.of(context, request.source())) {
            return load(engine, request, local.path());
        } catch (IOException e) {
            throw Failure.of("Cannot import " + request.source().label(), e);
        }
    }

    private ImportResult load(Engine engine, ImportRequest request, Path path)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        context.log().line("Checking " + request.source().label());
        FileSystemArchive archive = FileSystemArchive.read(path, context.limits());
        ContainerConfig config =
                request.config() == ImportRequest.ApplyConfig.APPLY ? KeptConfig.read(path, context.limits()) : null;
        ContainerConfig.Dialect dialect = engine.capabilities().product() == EngineCapabilities.Product.PODMAN
                ? ContainerConfig.Dialect.VERBATIM
                : ContainerConfig.Dialect.DOCKERFILE;
        List<String> changes = new ArrayList<>(config == null ? List.of() : config.changes(dialect, request.changes()));
        changes.addAll(request.changes());
        Reference reference = Reference.parse(request.image());
        Platform platform = platform(engine, request, config);
        Map<Boolean, List<String>> byImport = split(engine, changes);
        context.log()
                .line("Importing into " + context.engine().uri() + " ("
                        + engine.capabilities().describe() + ")"
                        + (config == null
                                ? ""
                                : ", with the configuration kept from "
                                        + config.origin().getOrDefault("container", "its container")));
        try (Staging staging = new Staging(context, engine)) {
            Reference staged = staging.next();
            try (InputStream tar = archive.open(path, context.limits());
                    Progress progress = new Progress(tar, "importing", archive.plainSize(), context.log())) {
                engine.importImage(
                        progress,
                        new ImportParameters(
                                staged.familiarRepository(),
                                staged.tag(),
                                request.message() == null
                                        ? "Imported from " + request.source().label()
                                        : request.message(),
                                byImport.get(true),
                                platform));
            }
            if (!byImport.get(false).isEmpty()) {
                Reference amended = staging.next();
                engine.amendImage(staged.familiar(), byImport.get(false), amended.familiarRepository(), amended.tag());
                staged = amended;
            }
            ImageInspection image = imported(engine, staged);
            check(image, config, request, platform);
            engine.findImage(reference.familiar())
                    .ifPresent(before -> context.log().line("Replacing " + reference + ", which was " + before.id()));
            staging.move(staged, reference, image);
            staging.done();
            context.log()
                    .line("Imported " + reference + " (" + image.id() + "), " + archive.entries() + " entries: "
                            + Amount.since(start, archive.plainSize()));
            return new ImportResult(image.id(), reference.familiar());
        }
    }

    private ImageInspection imported(Engine engine, Reference staged) throws IOException, InterruptedException {
        return engine.findImage(staged.familiar())
                .orElseThrow(
                        () -> new OperationException(
                                "The engine " + context.engine().uri()
                                        + " said that it imported the archive, but it does not have the image; look into the engine's log."));
    }

    /** Instructions that an import takes, and those that need a step of their own on this engine. */
    private Map<Boolean, List<String>> split(Engine engine, List<String> changes) throws OperationException {
        Set<String> refused = engine.capabilities().instructionsRefusedByImport();
        Map<Boolean, List<String>> byImport = changes.stream()
                .collect(Collectors.partitioningBy(
                        change -> !refused.contains(change.split("\\s", 2)[0].toUpperCase(Locale.ROOT))));
        if (!byImport.get(false).isEmpty() && engine.capabilities().product() == EngineCapabilities.Product.PODMAN) {
            throw new OperationException(
                    context.engine().uri() + " (" + engine.capabilities().describe()
                            + ") cannot give an imported image a " + String.join(", ", refused)
                            + "; leave it out, or set applyConfig: false and give the other changes.");
        }
        return byImport;
    }

    /** What was asked for, else what was kept; null when it is the engine's own anyway. */
    private Platform platform(Engine engine, ImportRequest request, ContainerConfig config) throws OperationException {
        Platform wanted = request.platform();
        if (wanted == null && config != null && config.platform() != null) {
            try {
                wanted = Platform.parse(config.platform());
            } catch (IllegalArgumentException e) {
                context.log().line("The kept platform is left out: " + e.getMessage());
            }
        }
        Platform own = engine.capabilities().platform();
        if (wanted == null || wanted.matches(own)) {
            return null;
        }
        if (!engine.capabilities().honoursImportArchitecture()) {
            throw new OperationException("platform " + wanted + " cannot be set on "
                    + context.engine().uri() + " (" + engine.capabilities().describe()
                    + "): that needs Docker 23 (API 1.42) or later.");
        }
        return wanted;
    }

    private void check(ImageInspection image, ContainerConfig config, ImportRequest request, Platform platform)
            throws IOException {
        if (config != null) {
            List<String> missing = config.missingFrom(image.config(), request.changes());
            if (!missing.isEmpty()) {
                throw new OperationException(
                        "The engine " + context.engine().uri() + " did not take over " + String.join(", ", missing)
                                + " of the kept configuration; " + request.image() + " was not made.");
            }
        }
        if (platform != null && image.platform() != null && !platform.matches(image.platform())) {
            throw new OperationException("The engine " + context.engine().uri() + " made an image for "
                    + image.platform() + " instead of " + platform + "; " + request.image() + " was not made.");
        }
    }
}
