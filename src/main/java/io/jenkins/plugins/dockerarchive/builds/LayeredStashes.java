package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.ExtensionList;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.model.listeners.RunListener;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import java.io.File;
import java.io.IOException;
import org.jenkinsci.plugins.workflow.flow.FlowCopier;
import org.jenkinsci.plugins.workflow.flow.StashManager;

/**
 * Lets the stashes that this plugin keeps in layers live as long as those that Jenkins keeps: until the build ends, longer
 * where something preserves stashes, and also in a build that restarts another from one of its stages.
 */
@Extension
public final class LayeredStashes extends RunListener<Run<?, ?>> {

    /** Declarative Pipelines let 50 builds preserve theirs at most; the next one is that which falls out. */
    private static final int MOST_PRESERVED = 51;

    private static BuildStore store(Run<?, ?> build) {
        return new BuildStore(build.getRootDir().toPath(), ArchiveLimits.defaults());
    }

    @Override
    public void onCompleted(Run<?, ?> build, @NonNull TaskListener listener) {
        if (!isPreserved(build)) {
            clear(build, listener);
            return;
        }
        // where only so many builds preserve theirs, one more means one less
        Run<?, ?> earlier = build.getPreviousBuild();
        for (int i = 0; i < MOST_PRESERVED && earlier != null; i++) {
            boolean any = new File(earlier.getRootDir(), BuildStore.DIRECTORY).isDirectory();
            if (any && !earlier.isBuilding() && !isPreserved(earlier)) {
                clear(earlier, listener);
            }
            earlier = earlier.getPreviousBuild();
        }
    }

    /** The condition of StashManager.maybeClearAll. */
    private static boolean isPreserved(Run<?, ?> build) {
        return ExtensionList.lookup(StashManager.StashBehavior.class).stream()
                .anyMatch(behavior -> !behavior.shouldClearAll(build));
    }

    /**
     * Removes from a build that is over what a killed Jenkins has left there; stashes stay where they are preserved.
     *
     * @return false when somebody still reads some of it
     */
    static boolean tidy(@NonNull Run<?, ?> build) throws IOException {
        return isPreserved(build) ? store(build).sweep() : store(build).clear();
    }

    private static void clear(Run<?, ?> build, TaskListener listener) {
        try {
            store(build).clear();
        } catch (IOException e) {
            listener.getLogger()
                    .println("Could not delete the stashes of " + build.getFullDisplayName() + ": " + e.getMessage());
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
