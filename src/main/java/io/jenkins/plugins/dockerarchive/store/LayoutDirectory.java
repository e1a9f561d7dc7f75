package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.DiskSpace;
import io.jenkins.plugins.dockerarchive.image.DurableFiles;
import io.jenkins.plugins.dockerarchive.image.FileTree;
import io.jenkins.plugins.dockerarchive.image.LayoutContent;
import io.jenkins.plugins.dockerarchive.image.Sha256;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/** Directories in OCI image layout: there under their name all at once, and gone all at once. */
final class LayoutDirectory {

    /** Names of ours for what is not complete or about to go. */
    static final String UNFINISHED = ".docker-archive-";

    /** What waits to be deleted: nobody's, however new it is. */
    static final String GONE = ".gone";

    private static final String NOT_EMPTY = "Directory not empty";

    private static final int BUFFER = 128 << 10;

    private LayoutDirectory() {}

    /**
     * Makes a layout. Its layers are hard links to blobs that are there, or copies where the file system has no links.
     *
     * @param target does not exist yet
     * @param workshop directory on the same file system, for what is not complete
     * @param blobs where the bytes of a layer lie
     * @return bytes that were really added: documents and copies
     * @throws FileAlreadyExistsException when there is something under that name
     */
    static long make(
            @NonNull Path target,
            @NonNull Path workshop,
            @NonNull LayoutContent content,
            @NonNull Function<StoredLayer, Path> blobs)
            throws IOException {
        if (Files.exists(target)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        Files.createDirectories(workshop);
        Files.createDirectories(target.getParent());
        Path half = Files.createDirectory(workshop.resolve(UNFINISHED + UUID.randomUUID() + ".part"));
        try {
            Path directory = Files.createDirectories(half.resolve("blobs").resolve("sha256"));
            long added = 0;
            for (StoredLayer layer : content.layers()) {
                added += link(blobs.apply(layer), half.resolve(LayoutContent.blobName(layer.digest())), layer);
            }
            for (Map.Entry<String, byte[]> document : content.documents().entrySet()) {
                Path file = half.resolve(document.getKey());
                Files.write(file, document.getValue(), StandardOpenOption.CREATE_NEW);
                DurableFiles.sync(file);
                added += document.getValue().length;
            }
            DurableFiles.sync(directory);
            DurableFiles.sync(directory.getParent());
            DurableFiles.sync(half);
            appear(half, target);
            DurableFiles.sync(target.getParent());
            return added;
        } catch (IOException e) {
            throw DiskSpace.reason(e, workshop, content.documentBytes(), "the image layout");
        } finally {
            FileTree.delete(half);
        }
    }

    /** Of two that come at once, the second finds a directory that is not empty, and fails. */
    private static void appear(Path half, Path target) throws IOException {
        try {
            Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            // Java has no type for what Linux says, and on NFS the other's directory may not be seen yet
            boolean taken = String.valueOf(e.getReason()).contains(NOT_EMPTY) || Files.exists(target);
            throw taken ? new FileAlreadyExistsException(target.toString()) : e;
        }
    }

    /** Gives a blob one more name. Returns the bytes that it took, 0 for a link. */
    static long link(@NonNull Path from, @NonNull Path to, @NonNull StoredLayer layer) throws IOException {
        try {
            Files.createLink(to, from);
            return 0;
        } catch (NoSuchFileException | FileAlreadyExistsException e) {
            throw e;
        } catch (UnsupportedOperationException | FileSystemException e) {
            copy(from, to, layer);
            return layer.size();
        }
    }

    private static void copy(Path from, Path to, StoredLayer layer) throws IOException {
        DiskSpace.require(to.getParent(), layer.size(), "layer " + layer.digest());
        Sha256 sha256 = new Sha256();
        try (InputStream in = Files.newInputStream(from);
                var out = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
            byte[] buffer = new byte[BUFFER];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sha256.update(buffer, 0, read);
                out.write(buffer, 0, read);
            }
        }
        if (!sha256.digest().equals(layer.digest())) {
            throw new ArchiveException("layer " + layer.digest() + " was changed on the controller's disk");
        }
        // known by its time as the one that it is a copy of, see BuildStore.Known
        Files.setLastModifiedTime(to, Files.getLastModifiedTime(from));
        DurableFiles.sync(to);
    }

    /**
     * Removes a directory with all that is in it. It loses its name first, so that nobody finds a half of it; whoever reads
     * one of its files keeps that file.
     *
     * @return false when such a file has to wait for the next sweep
     */
    static boolean remove(@NonNull Path directory, @NonNull Path workshop) throws IOException {
        return !Files.exists(directory) || FileTree.delete(takeAway(directory, workshop));
    }

    /**
     * Takes the name from a file or a directory, all at once.
     *
     * @return where it waits to be deleted
     */
    @NonNull
    static Path takeAway(@NonNull Path path, @NonNull Path workshop) throws IOException {
        Files.createDirectories(workshop);
        Path gone = workshop.resolve(UNFINISHED + UUID.randomUUID() + GONE);
        Files.move(path, gone);
        // else the name could be back after a cut of the power, with half of the files
        DurableFiles.sync(path.getParent());
        return gone;
    }
}
