package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.ArchiveOutput;
import io.jenkins.plugins.dockerarchive.image.Compression;
import io.jenkins.plugins.dockerarchive.image.CompressionChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The place of an archive that is about to be written.
 *
 * @param root directory that {@link #relative} counts from
 * @param directory where the archive will lie
 * @param name its file name when it was asked for; null when it is made from the image and the compression
 * @param kind what will be there
 */
record Target(
        @NonNull Path root,
        @NonNull Path directory,
        @CheckForNull String name,
        @NonNull Destination.Existing existing,
        @NonNull Kind kind) {

    /** What an archive is on the disk. */
    enum Kind {
        FILE,
        /** A directory in OCI image layout. */
        LAYOUT
    }

    /**
     * Settles the place, and refuses one that is taken, before any byte moves. From then on there is a temporary directory,
     * by which a step that starts again after a restart of Jenkins knows that the place was free.
     */
    @NonNull
    static Target of(@NonNull OperationContext context, @NonNull Destination destination, @NonNull Kind kind)
            throws IOException {
        if (destination.file() == null) {
            Path root = destination.keepsFile() ? context.workspace() : context.temporary();
            Files.createDirectories(context.temporary());
            return new Target(root, root, null, destination.existing(), kind);
        }
        if (destination.file().endsWith("/")) {
            throw new BadInputException("file '" + destination.file() + "' is a directory; give the name of a file.");
        }
        Path file = new WorkspaceFile(context.workspace()).resolve(destination.file());
        Target target = new Target(
                context.workspace().normalize(),
                file.getParent(),
                file.getFileName().toString(),
                destination.existing(),
                kind);
        target.checkFree(file);
        new Leftovers(target.directory()).sweep();
        Files.createDirectories(context.temporary());
        return target;
    }

    /** The file that an archive gets, most likely: what decides in the end is what the engine sends. */
    @NonNull
    Path place(@NonNull String madeUpName, @NonNull CompressionChoice compression) {
        String extension =
                switch (compression) {
                    case NONE -> Compression.NONE.extension();
                    case GZIP -> Compression.GZIP.extension();
                    case AUTO, ZSTD -> Compression.ZSTD.extension();
                };
        return directory.resolve(name == null ? madeUpName + extension : name);
    }

    /** The file that an archive gets which is now written. */
    @NonNull
    Path file(@NonNull String madeUpName) throws IOException {
        Path file = directory.resolve(name == null ? madeUpName : name);
        checkFree(file);
        return file;
    }

    void checkFree(Path file) throws IOException {
        if (Files.isDirectory(file) && !(kind == Kind.LAYOUT && Files.isRegularFile(file.resolve("oci-layout")))) {
            throw new BadInputException("'" + relative(file) + "' is a directory"
                    + (kind == Kind.LAYOUT ? " of something else; give another name." : "; give the name of a file."));
        }
        if (existing == Destination.Existing.REFUSE && Files.exists(file)) {
            // the next build has the same workspace, which is what people forget
            throw new BadInputException(
                    "The workspace has '" + relative(file)
                            + "' already, from an earlier build or step; set overwrite: true to replace it, or give file another name.");
        }
    }

    @NonNull
    ArchiveOutput.Replace replace() {
        return existing == Destination.Existing.OVERWRITE ? ArchiveOutput.Replace.YES : ArchiveOutput.Replace.NO;
    }

    /** Path below {@link #root}, '/'-separated. */
    @NonNull
    String relative(Path file) {
        return root.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
    }

    /** A file name that stands for an image or container: letters, digits, dots and dashes stay. */
    @NonNull
    static String fileName(@NonNull String text) {
        return text.replaceAll("[^A-Za-z0-9.-]", "_");
    }
}
