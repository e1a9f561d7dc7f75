package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.Computer;
import hudson.model.Run;
import hudson.model.listeners.RunListener;
import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Sweeps archives when a build is over, without keeping the build waiting. */
@Extension
@SuppressWarnings("rawtypes") // as Jenkins' own listeners of every build
public final class AfterBuild extends RunListener<Run> {

    @Override
    public void onFinalized(Run run) {
        Computer.threadPoolForRemoting.execute(() -> sweep(run));
    }

    private static void sweep(@NonNull Run<?, ?> run) {
        try {
            ArchiveSweep.get().afterBuild(run);
        } catch (IOException e) {
            Logger.getLogger(AfterBuild.class.getName())
                    .log(Level.WARNING, "Could not sweep the archives of {0}: {1}", new Object[] {
                        run.getParent().getFullName(), e.getMessage()
                    });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
