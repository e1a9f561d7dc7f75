package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.EnvVars;
import hudson.FilePath;
import hudson.Launcher;
import hudson.model.Run;
import hudson.model.TaskListener;

/**
 * What Jenkins gives to a step that runs: the build, and the place on an agent where it runs now.
 *
 * @param workspace directory on the agent that {@code file} parameters are relative to
 * @param environment of the step, with what surrounds it ({@code withEnv}, {@code withDockerServer}) applied
 */
public record BuildContext(
        @NonNull Run<?, ?> run,
        @NonNull FilePath workspace,
        @NonNull EnvVars environment,
        @NonNull Launcher launcher,
        @NonNull TaskListener listener,
        @NonNull Attempt attempt) {

    /** Writes one line to the log of the build. */
    public void log(@NonNull String line) {
        listener.getLogger().println(line);
    }
}
