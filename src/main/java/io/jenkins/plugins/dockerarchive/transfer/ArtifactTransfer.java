package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import jenkins.model.ArtifactManager;
import jenkins.model.StandardArtifactManager;
import jenkins.util.BuildListenerAdapter;
import jenkins.util.VirtualFile;

/** Makes an archive an artifact of its build, wherever this Jenkins keeps artifacts. */
final class ArtifactTransfer {

    private final BuildContext context;

    ArtifactTransfer(@NonNull BuildContext context) {
        this.context = context;
    }

    /** Refuses a name that the build has an artifact for: two images must not end up as one, whichever came last. */
    void refuseExisting(@NonNull String name) throws IOException {
        if (context.run().getArtifactManager().root().child(name).exists()) {
            throw new BadInputException("This build has an artifact '" + name
                    + "' already; give another name with file, or set overwrite: true.");
        }
    }

    /** Says where archives go that this Jenkins does not keep itself: as a whole, whatever their format. */
    void tellWhere() throws IOException {
        ArtifactManager manager = context.run().pickArtifactManager();
        if (!(manager instanceof StandardArtifactManager)) {
            context.log(
                    "Artifacts of this build are kept by " + manager.getClass().getSimpleName()
                            + ": the archive goes there as a whole, and shares no layers with other builds");
        }
    }

    /** Archives the files and makes sure that they arrived; all of them or nothing. */
    void archive(@NonNull WrittenArchive archive) throws IOException, InterruptedException {
        ArtifactManager manager = context.run().pickArtifactManager();
        Room room = new Room("Cannot archive " + archive.name(), "the artifact", archive.size());
        if (manager instanceof StandardArtifactManager) {
            room.require(context.run().getArtifactsDir().toPath());
            room.use(() -> {
                new LocalArtifacts(context).keep(archive);
                return null;
            });
            return;
        }
        Map<String, String> artifacts = new LinkedHashMap<>();
        for (String file : archive.files()) {
            artifacts.put(file, file);
        }
        boolean arrived = false;
        try {
            room.use(() -> {
                manager.archive(
                        archive.directory(),
                        context.launcher(),
                        BuildListenerAdapter.wrap(context.listener()),
                        artifacts);
                return null;
            });
            for (String file : archive.files()) {
                checkArrival(archive, file, manager.root().child(file));
            }
            arrived = true;
        } finally {
            if (!arrived) {
                withdraw(archive);
            }
        }
    }

    private static void checkArrival(WrittenArchive archive, String file, VirtualFile artifact) throws IOException {
        if (!artifact.isFile()) {
            throw new OperationException("Artifact '" + file + "' did not arrive where this Jenkins keeps artifacts.");
        }
        if (file.equals(archive.name()) && artifact.length() != archive.size()) {
            throw new OperationException(
                    "Artifact '" + file + "' arrived with " + artifact.length() + " bytes of " + archive.size() + ".");
        }
    }

    /** Takes the files back, as far as the store of this Jenkins lets go of single artifacts. */
    void withdraw(@NonNull WrittenArchive archive) throws IOException {
        Run<?, ?> run = context.run();
        if (run.getArtifactManager() instanceof StandardArtifactManager) {
            File directory = run.getArtifactsDir();
            for (String file : archive.files()) {
                Files.deleteIfExists(new File(directory, file).toPath());
            }
        } else {
            context.log("Artifact '" + archive.name() + "' may be left incomplete where this Jenkins keeps artifacts.");
        }
    }
}
