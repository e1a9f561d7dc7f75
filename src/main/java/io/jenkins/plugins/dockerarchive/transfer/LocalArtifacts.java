package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import hudson.Util;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.image.DurableFiles;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Makes files artifacts of a build where Jenkins keeps these on its own disk. Jenkins itself writes them under their names
 * at once, so that a half one would be there when it is killed meanwhile; here they have their names only when they are
 * whole. Nor are they compressed once more for the way.
 */
final class LocalArtifacts {

    private final BuildContext context;

    LocalArtifacts(@NonNull BuildContext context) {
        this.context = context;
    }

    /** Keeps the files in the place of those that have their names; all of them, or what was there stays. */
    @SuppressWarnings("deprecation") // the place of the one store that this class is about
    void keep(@NonNull WrittenArchive archive) throws IOException, InterruptedException {
        Run<?, ?> run = context.run();
        Path artifacts = run.getArtifactsDir().toPath();
        File half = run.getRootDir()
                .toPath()
                .resolve(BuildStore.DIRECTORY)
                .resolve(".docker-archive-" + UUID.randomUUID() + ".part")
                .toFile();
        try {
            for (String file : archive.files()) {
                FilePath arriving = new FilePath(half).child(file);
                archive.directory().child(file).copyTo(arriving);
                if (file.equals(archive.name()) && arriving.length() != archive.size()) {
                    throw new OperationException("Artifact '" + file + "' arrived with " + arriving.length()
                            + " bytes of " + archive.size() + ".");
                }
                DurableFiles.sync(half.toPath().resolve(file));
            }
            for (String file : archiveLast(archive)) {
                name(half.toPath().resolve(file), artifacts.resolve(file));
            }
        } finally {
            Util.deleteRecursive(half);
        }
    }

    private static void name(Path arrived, Path artifact) throws IOException {
        Files.createDirectories(artifact.getParent());
        Files.move(arrived, artifact, StandardCopyOption.ATOMIC_MOVE);
        DurableFiles.sync(artifact.getParent());
    }

    /** Whoever sees the archive finds what belongs to it. */
    private static List<String> archiveLast(WrittenArchive archive) {
        List<String> files = new ArrayList<>(archive.files());
        if (files.remove(archive.name())) {
            files.add(archive.name());
        }
        return files;
    }
}
