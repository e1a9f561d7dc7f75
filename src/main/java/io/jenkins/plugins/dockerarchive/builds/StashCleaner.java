package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.AbstractBuild;
import hudson.model.TaskListener;
import hudson.model.listeners.RunListener;
import java.io.IOException;
import org.jenkinsci.plugins.workflow.flow.StashManager;

/** Deletes the stashes of freestyle builds when they end; Pipelines do that by themselves. */
@Extension
public final class StashCleaner extends RunListener<AbstractBuild<?, ?>> {

    @Override
    public void onCompleted(AbstractBuild<?, ?> build, @NonNull TaskListener listener) {
        ArchivesAction action = build.getAction(ArchivesAction.class);
        if (action == null || action.getArchives().stream().noneMatch(archive -> archive.getStash() != null)) {
            return;
        }
        try {
            StashManager.maybeClearAll(build, listener);
        } catch (IOException e) {
            listener.getLogger().println("Could not delete the stashes of this build: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
