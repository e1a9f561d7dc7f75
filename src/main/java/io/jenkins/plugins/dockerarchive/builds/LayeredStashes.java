package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.ExtensionList;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.model.listeners.RunListener;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import java.io.IOException;
import org.jenkinsci.plugins.workflow.flow.FlowCopier;
import org.jenkinsci.plugins.workflow.flow.StashManager;

/**
 * Lets the stashes that this plugin keeps in layers live as long as those that Jenkins keeps: until the build ends, longer
 * where something preserves stashes, and also in a build that restarts another from one of its stages.
 */
@Extension
public final class LayeredStashes extends RunListener<Run<?, ?>> {

    private static BuildStore store(Run<?, ?> build) {
        return new BuildStore(build.getRootDir().toPath(), ArchiveLimits.defaults());
    }

    @Override
    public void onCompleted(Run<?, ?> build, @NonNull TaskListener listener) {
        // the condition of StashManager.maybeClearAll
        for (StashManager.StashBehavior behavior : ExtensionList.lookup(StashManager.StashBehavior.class)) {
            if (!behavior.shouldClearAll(build)) {
                return;
            }
        }
        try {
            store(build).clear();
        } catch (IOException e) {
            listener.getLogger().println("Could not delete the stashes of this build: " + e.getMessage());
        }
    }

    /** Takes the stashes along when a Pipeline is restarted from a stage. */
    @Extension
    public static final class Copier extends FlowCopier.ByRun {

        @Override
        public void copy(@NonNull Run<?, ?> original, @NonNull Run<?, ?> copy, @NonNull TaskListener listener)
                throws IOException {
            store(copy).copyStashes(store(original));
        }
    }
}
