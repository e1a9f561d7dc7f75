package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.image.DurableFiles;
import io.jenkins.plugins.dockerarchive.image.FileTree;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.image.ImageLayoutWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;

/** The {@code oci} format of a save: a directory in OCI image layout, under its name only when complete and read back. */
final class SaveLayout {

    private final OperationContext context;

    SaveLayout(@NonNull OperationContext context) {
        this.context = context;
    }

    /** Says whether what lies on the disk is what was asked for. */
    @FunctionalInterface
    interface Check {
        void of(ImageArchive archive) throws IOException;
    }

    @NonNull
    SaveResult save(Engine engine, List<String> names, SaveRequest request, Target target, Check check)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        Path directory = target.file(Target.fileName(names.get(0)) + ".oci");
        Files.createDirectories(target.directory());
        Path temporary = target.directory().resolve(".docker-archive-" + UUID.randomUUID() + ".part");
        try {
            Files.createDirectory(temporary);
            long received;
            try (Progress saved =
                    new Progress(engine.saveImages(names, request.platforms()), "saving", 0, context.log())) {
                new ImageLayoutWriter(temporary, request.compression(), context.limits()).copy(saved);
                received = saved.bytes();
            }
            ImageArchive archive = ImageArchive.read(temporary, context.limits());
            check.of(archive);
            String sha256 = Checksum.of(temporary.resolve("index.json"));
            long size = FileTree.bytes(temporary);
            commit(temporary, directory, target);
            context.log()
                    .line("Saved " + archive.images().size() + (archive.images().size() == 1 ? " image, " : " images, ")
                            + Amount.since(start, received) + ", to the layout " + target.relative(directory) + ": "
                            + Amount.size(size) + ", index sha256 " + sha256);
            return new SaveResult(
                    target.root().toString(),
                    target.relative(directory),
                    size,
                    sha256,
                    SaveImages.saved(archive, names),
                    size,
                    false);
        } finally {
            FileTree.delete(temporary);
        }
    }

    private static void commit(Path temporary, Path directory, Target target) throws IOException {
        Path old = directory.resolveSibling(temporary.getFileName() + ".old");
        if (target.existing() == Destination.Existing.OVERWRITE && Files.exists(directory)) {
            Files.move(directory, old, StandardCopyOption.ATOMIC_MOVE);
        }
        try {
            Files.move(temporary, directory);
        } catch (IOException e) {
            if (Files.exists(old)) {
                Files.move(old, directory, StandardCopyOption.ATOMIC_MOVE);
            }
            throw e;
        }
        DurableFiles.sync(directory.getParent());
        FileTree.delete(old);
    }
}
