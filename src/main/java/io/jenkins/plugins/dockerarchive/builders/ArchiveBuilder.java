package io.jenkins.plugins.dockerarchive.builders;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.EnvVars;
import hudson.FilePath;
import hudson.Launcher;
import hudson.model.AbstractBuild;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.tasks.Builder;
import io.jenkins.plugins.dockerarchive.steps.ArchiveStep;
import io.jenkins.plugins.dockerarchive.transfer.Attempt;
import io.jenkins.plugins.dockerarchive.transfer.BuildContext;
import java.io.IOException;
import java.util.function.UnaryOperator;
import jenkins.tasks.SimpleBuildStep;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.kohsuke.stapler.DataBoundSetter;

/**
 * A build step for freestyle jobs: the parameters of a Pipeline step, one by one, and its run.
 *
 * @param <S> the step that has the parameters
 */
public abstract class ArchiveBuilder<S extends ArchiveStep> extends Builder implements SimpleBuildStep {

    private final S step;

    ArchiveBuilder(@NonNull S step) {
        this.step = step;
    }

    @NonNull
    final S step() {
        return step;
    }

    @CheckForNull
    public final DockerServerEndpoint getDockerServer() {
        return step.getDockerServer();
    }

    @DataBoundSetter
    public final void setDockerServer(@CheckForNull DockerServerEndpoint dockerServer) {
        step.setDockerServer(dockerServer);
    }

    @Override
    public final void perform(
            @NonNull Run<?, ?> run,
            @NonNull FilePath workspace,
            @NonNull EnvVars environment,
            @NonNull Launcher launcher,
            @NonNull TaskListener listener)
            throws InterruptedException, IOException {
        // A Pipeline has put its values in by itself; a $ that is left there is meant.
        UnaryOperator<String> expand = UnaryOperator.identity();
        EnvVars variables = new EnvVars(environment);
        if (run instanceof AbstractBuild<?, ?> build) {
            // what a shell step of the job sees: some wrappers and kinds of jobs have variables that are no environment
            variables.putAll(build.getBuildVariables());
            expand = variables::expand;
        }
        step.perform(new BuildContext(run, workspace, variables, launcher, listener, Attempt.first()), null, expand);
    }
}
