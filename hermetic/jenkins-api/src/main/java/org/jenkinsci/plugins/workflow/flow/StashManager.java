package org.jenkinsci.plugins.workflow.flow;

import hudson.EnvVars;
import hudson.ExtensionPoint;
import hudson.FilePath;
import hudson.Launcher;
import hudson.model.Run;
import hudson.model.TaskListener;
import java.io.IOException;

public class StashManager {
    private StashManager() {}

    public static void stash(
            Run<?, ?> build,
            String name,
            FilePath workspace,
            Launcher launcher,
            EnvVars environment,
            TaskListener listener,
            String includes,
            String excludes,
            boolean useDefaultExcludes,
            boolean allowEmpty)
            throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    public static void unstash(
            Run<?, ?> build,
            String name,
            FilePath workspace,
            Launcher launcher,
            EnvVars environment,
            TaskListener listener)
            throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    public static void maybeClearAll(Run<?, ?> build, TaskListener listener) throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    public abstract static class StashBehavior implements ExtensionPoint {
        public boolean shouldClearAll(Run<?, ?> build) {
            return true;
        }
    }
}
