package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.operations.SourceChoice;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import jenkins.model.StandardArtifactManager;

/** Finds archives that the controller keeps as OCI image layouts on its own disk. */
final class KeptLayouts {

    private final BuildContext context;
    private final ArtifactNames names;
    private final ArchiveLimits limits;

    KeptLayouts(@NonNull BuildContext context, @NonNull ArtifactNames names, @NonNull ArchiveLimits limits) {
        this.context = context;
        this.names = names;
        this.limits = limits;
    }

    /** Directory of the layout, or null when the archive is something else, lies elsewhere or is not there. */
    @CheckForNull
    Path find(@NonNull SourceChoice choice) throws IOException {
        return switch (choice.kind()) {
            case FILE, URL -> null;
            case STASH -> {
                BuildStore store = new BuildStore(context.run().getRootDir().toPath(), limits);
                yield store.hasStash(choice.stash()) ? store.stash(choice.stash()) : null;
            }
            case BUILD -> {
                Run<?, ?> build = new SourceBuilds(context.run()).find(choice);
                yield build.getArtifactManager() instanceof StandardArtifactManager
                        ? layout(build.getArtifactsDir().toPath(), names.find(build, choice.archive()))
                        : null;
            }
        };
    }

    private static Path layout(Path directory, String name) throws IOException {
        Path layout = directory.resolve(name).normalize();
        boolean below = layout.startsWith(directory) && !layout.equals(directory);
        if (!below || !Files.isRegularFile(layout.resolve("oci-layout"), LinkOption.NOFOLLOW_LINKS)) {
            return null;
        }
        // other steps archive what they like, links included
        return layout.toRealPath().startsWith(directory.toRealPath()) ? layout : null;
    }
}
