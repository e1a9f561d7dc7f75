package io.jenkins.plugins.dockerarchive.operations;

import com.fasterxml.jackson.databind.node.ObjectNode;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.ContainerInspection;
import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.engine.EngineException;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import io.jenkins.plugins.dockerarchive.engine.ImageInspection;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import io.jenkins.plugins.dockerarchive.image.ArchiveOutput;
import io.jenkins.plugins.dockerarchive.image.Compression;
import io.jenkins.plugins.dockerarchive.image.CompressionChoice;
import io.jenkins.plugins.dockerarchive.image.ContainerConfig;
import io.jenkins.plugins.dockerarchive.image.FileSystemArchive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code dockerExport}: a container's file system into an archive, with what it runs kept beside it. */
public final class ExportContainer {

    private static final int BUFFER = 128 << 10;

    /** A stopped step ends within five seconds, whatever its engine does. */
    private static final IdleTimeout UNPAUSE = new IdleTimeout(Duration.ofSeconds(3));

    private final OperationContext context;

    public ExportContainer(@NonNull OperationContext context) {
        this.context = context;
    }

    /**
     * Exports the container. The files have their names only when the archive was read back from the disk and is sound.
     *
     * @throws OperationException one sentence about what failed
     */
    @NonNull
    public ExportResult run(@NonNull ExportRequest request) throws IOException, InterruptedException {
        try {
            return export(request);
        } catch (IOException e) {
            throw Failure.of("Cannot export container " + request.container(), e);
        }
    }

    private ExportResult export(ExportRequest request) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Target target = Target.of(context, request.destination(), Target.Kind.FILE);
        try (Engine engine = Engine.connect(context.engine(), context.idle())) {
            ContainerInspection container = engine.findContainer(request.container())
                    .orElseThrow(() -> new OperationException("There is no container " + request.container() + " on "
                            + context.engine().uri() + "; `docker ps --all` shows those there are."));
            Path place = target.place(Target.fileName(container.name()) + ".tar", request.compression());
            target.checkFree(place);
            target.checkFree(KeptConfig.beside(place));
            ContainerConfig config = kept(engine, container);
            context.log()
                    .line("Exporting container " + container.name() + " of " + container.image() + " from "
                            + context.engine().uri() + " ("
                            + engine.capabilities().describe() + ")");
            try (ArchiveOutput output = new ArchiveOutput(target.directory(), target.name(), request.compression())) {
                output.settleBy(Compression.NONE);
                copy(engine, container, request, output);
                FileSystemArchive archive = new ReadBack(output, context.limits()).fileSystem();
                Path file = target.file(Target.fileName(container.name()) + ".tar"
                        + output.compression().extension());
                // where none is kept, one of an earlier export would be taken for this one's
                target.checkFree(KeptConfig.beside(file));
                Path configFile = request.config() == ExportRequest.KeepConfig.DROP ? null : keep(config, target, file);
                commit(output, file, target, configFile);
                if (configFile == null) {
                    Files.deleteIfExists(KeptConfig.beside(file));
                }
                context.log()
                        .line("Exported " + archive.entries() + " entries, " + Amount.since(start, archive.plainSize())
                                + ", to " + target.relative(file) + ": " + Amount.size(output.size()) + ", sha256 "
                                + output.sha256());
                return new ExportResult(
                        target.root().toString(),
                        target.relative(file),
                        configFile == null ? null : target.relative(configFile),
                        output.size(),
                        output.sha256(),
                        container.id(),
                        output.size());
            }
        }
    }

    private static void commit(ArchiveOutput output, Path file, Target target, Path configFile) throws IOException {
        boolean committed = false;
        try {
            output.commit(file, target.replace());
            committed = true;
        } finally {
            if (!committed && configFile != null) {
                Files.deleteIfExists(configFile);
            }
        }
    }

    private static ContainerConfig kept(Engine engine, ContainerInspection container)
            throws IOException, InterruptedException {
        Optional<ImageInspection> image = engine.findImage(container.imageId());
        ObjectNode config = container.config().deepCopy();
        // podman does not repeat them at the container
        for (String name : List.of("ExposedPorts", "Volumes")) {
            if (config.path(name).isEmpty() && image.isPresent()) {
                config.set(name, image.get().config().path(name).deepCopy());
            }
        }
        return ContainerConfig.of(
                config,
                image.map(ImageInspection::platform).map(Platform::toString).orElse(null),
                Map.of("container", container.name(), "id", container.id(), "image", container.image()));
    }

    private void copy(Engine engine, ContainerInspection container, ExportRequest request, ArchiveOutput output)
            throws IOException, InterruptedException {
        boolean pause = request.running() == ExportRequest.WhileExporting.PAUSE
                && container.state().running()
                && !container.state().paused();
        boolean copied = false;
        try {
            if (pause) {
                engine.pause(container.id());
            }
            copy(engine, container, output);
            copied = true;
        } finally {
            if (pause) {
                unpause(container, copied);
            }
        }
    }

    private void copy(Engine engine, ContainerInspection container, ArchiveOutput output)
            throws IOException, InterruptedException {
        try (Progress in = new Progress(engine.exportContainer(container.id()), "exporting", 0, context.log())) {
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer, 0, buffer.length); read >= 0; read = in.read(buffer, 0, buffer.length)) {
                output.write(buffer, 0, read);
            }
            output.complete();
        }
    }

    /** A container that we froze never stays so, not even when the step is stopped or its connection broke. */
    private void unpause(ContainerInspection container, boolean copied) throws IOException {
        boolean interrupted = Thread.interrupted();
        try (Engine own = Engine.connect(context.engine(), UNPAUSE)) {
            boolean paused = own.findContainer(container.id())
                    .map(found -> found.state().paused())
                    .orElse(false);
            if (paused) {
                own.unpause(container.id());
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } catch (EngineException e) {
            String sentence = "Container " + container.name() + " could not be unpaused; run `docker unpause "
                    + container.name() + "`: " + e.getMessage();
            context.log().line(sentence);
            if (copied) {
                throw new OperationException(sentence, e);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private Path keep(ContainerConfig config, Target target, Path file) throws IOException {
        Path configFile = KeptConfig.beside(file);
        try (ArchiveOutput output = new ArchiveOutput(target.directory(), null, CompressionChoice.NONE)) {
            output.write(config.write(context.limits()));
            output.complete();
            output.commit(configFile, target.replace());
        }
        return configFile;
    }
}
