package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.retention.DiskUse;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jenkins.model.StandardArtifactManager;

/** The files of a build's archives, where Jenkins' own store keeps them. */
final class ArchiveFiles {

    private static final String CONFIG_SUFFIX = ".config.json";

    private final Run<?, ?> run;

    /** Of the build: Jenkins puts its name together each time it is asked. */
    private final Path directory;

    private final Path artifacts;

    @SuppressWarnings("deprecation") // the place of the one store that this class is about
    ArchiveFiles(@NonNull Run<?, ?> run) {
        this.run = run;
        this.directory = run.getRootDir().toPath();
        this.artifacts = run.getArtifactsDir().toPath().toAbsolutePath().normalize();
    }

    /** Whether this Jenkins keeps the build's artifacts on its own disk, and so can delete single ones. */
    boolean isLocal() {
        return run.getArtifactManager() instanceof StandardArtifactManager;
    }

    /** What keeps the artifacts, as people may know it. */
    @NonNull
    String storeName() {
        return run.getArtifactManager().getClass().getSimpleName();
    }

    /** The archive's file or directory; null where it is not on this disk, or its name leads elsewhere. */
    @CheckForNull
    Path path(@NonNull ArchiveRecord archive) {
        return isLocal() && archive.isArtifact() ? below(archive.getFile()) : null;
    }

    /** Records are plain text in a file that others may have written: no name leads out of the build, nor any link. */
    @CheckForNull
    private Path below(String file) {
        try {
            Path path = artifacts.resolve(file).normalize();
            if (!path.startsWith(artifacts) || path.equals(artifacts)) {
                return null;
            }
            for (Path parent = path.getParent(); !parent.equals(artifacts); parent = parent.getParent()) {
                if (Files.isSymbolicLink(parent)) {
                    return null;
                }
            }
            return path;
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** Whether the archive is there, as far as can be told without asking a remote store. */
    boolean exists(@NonNull ArchiveRecord archive) {
        Path path = path(archive);
        return path != null && Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** What the archive takes on the disk, see {@link DiskUse}. */
    @NonNull
    Map<Object, Long> use(@NonNull ArchiveRecord archive) throws IOException {
        Map<Object, Long> use = new HashMap<>();
        for (Path path : paths(archive)) {
            use.putAll(DiskUse.of(path));
        }
        return use;
    }

    /** Bytes that only these archives take and no other has, see {@link DiskUse#unshared}. */
    long unshared(@NonNull List<ArchiveRecord> archives) throws IOException {
        List<Path> places = new ArrayList<>();
        for (ArchiveRecord archive : archives) {
            places.addAll(paths(archive));
        }
        return DiskUse.unshared(places);
    }

    /** What the stashes of the build take that it keeps after its end. */
    @NonNull
    Map<Object, Long> useOfStashes() throws IOException {
        Path stashes = own().resolve("stashes");
        // most builds have none, which is asked of very many builds in a row
        return stashes.toFile().isDirectory() ? DiskUse.of(stashes) : Map.of();
    }

    private Path own() {
        return directory.resolve(BuildStore.DIRECTORY);
    }

    private List<Path> paths(ArchiveRecord archive) {
        List<Path> paths = new ArrayList<>();
        Path path = path(archive);
        if (path != null) {
            paths.add(path);
            if (archive.getContainer() != null) {
                paths.add(path.resolveSibling(path.getFileName() + CONFIG_SUFFIX));
            }
        }
        return paths;
    }

    /**
     * Takes the archive out of the artifacts: at once, so that no half of it is ever seen.
     *
     * @return what waits for {@link #delete}
     */
    @NonNull
    List<Path> takeAway(@NonNull ArchiveRecord archive) throws IOException {
        List<Path> taken = new ArrayList<>();
        for (Path path : paths(archive)) {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                taken.add(store().takeAway(path));
                removeEmptyParents(path.getParent());
            }
        }
        return taken;
    }

    private BuildStore store() {
        return new BuildStore(directory, ArchiveLimits.defaults());
    }

    private void removeEmptyParents(Path parent) throws IOException {
        try {
            for (Path empty = parent; empty.startsWith(artifacts); empty = empty.getParent()) {
                Files.delete(empty);
            }
        } catch (DirectoryNotEmptyException | NoSuchFileException e) {
            return; // others live there, or somebody was faster
        }
    }

    /** Deletes what was taken away; what somebody still reads waits for a sweep, see {@link BuildLeftovers}. */
    void delete(@NonNull List<Path> taken) throws IOException {
        for (Path path : taken) {
            store().delete(path);
        }
    }
}
