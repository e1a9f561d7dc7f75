package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.model.listeners.RunListener;
import hudson.util.LogTaskListener;
import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.Logger;
import jenkins.util.Timer;

/** Sweeps the archives of a job when one of its builds is over, without keeping the build waiting. */
@Extension
@SuppressWarnings("rawtypes") // as Jenkins' own listeners of every build
public final class AfterBuild extends RunListener<Run> {

    @Override
    public void onFinalized(Run run) {
        if (concerns(run)) {
            Timer.get().execute(() -> sweep(run));
        }
    }

    /** Reading all builds of a job is not for nothing: only where something has a limit. */
    private static boolean concerns(Run<?, ?> run) {
        if (!JobArchives.policy(run.getParent()).isUnlimited()) {
            return true;
        }
        ArchivesAction action = run.getAction(ArchivesAction.class);
        return action != null
                && action.getArchives().stream()
                        .anyMatch(archive -> archive.getKeepDays() != null || archive.getKeepBuilds() != null);
    }

    private static void sweep(@NonNull Run<?, ?> run) {
        Logger logger = Logger.getLogger(AfterBuild.class.getName());
        TaskListener listener = new LogTaskListener(logger, Level.FINE);
        try {
            ArchiveSweep.get().sweep(run.getParent(), listener);
        } catch (IOException e) {
            logger.log(Level.WARNING, "Could not sweep the archives of {0}: {1}", new Object[] {
                run.getParent().getFullName(), e.getMessage()
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
