package io.jenkins.plugins.dockerarchive.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.AbortException;
import hudson.model.Computer;
import io.jenkins.plugins.dockerarchive.builds.Origin;
import io.jenkins.plugins.dockerarchive.builds.RecordedNames;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.EngineAccess;
import io.jenkins.plugins.dockerarchive.config.LimitSettings;
import io.jenkins.plugins.dockerarchive.operations.LayerRoute;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import io.jenkins.plugins.dockerarchive.transfer.ArchiveTransfer;
import io.jenkins.plugins.dockerarchive.transfer.BuildContext;
import io.jenkins.plugins.dockerarchive.transfer.EarlierAttempts;
import java.io.IOException;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.jenkinsci.plugins.workflow.steps.Step;
import org.jenkinsci.plugins.workflow.steps.StepContext;
import org.jenkinsci.plugins.workflow.steps.StepExecution;
import org.kohsuke.stapler.DataBoundSetter;

/** What all four steps have in common. */
public abstract class ArchiveStep extends Step implements Serializable {

    private static final long serialVersionUID = 1L;

    /** In two parts, because a step that runs is written down and docker-commons' endpoint cannot be. */
    @CheckForNull
    private String serverUri;

    @CheckForNull
    private String serverCredentialsId;

    /** The engine to talk to, or null for the one of this Jenkins or of the environment. */
    @CheckForNull
    public final DockerServerEndpoint getDockerServer() {
        return serverUri == null && serverCredentialsId == null
                ? null
                : new DockerServerEndpoint(serverUri, serverCredentialsId);
    }

    @DataBoundSetter
    public final void setDockerServer(@CheckForNull DockerServerEndpoint dockerServer) {
        DockerServerEndpoint given = EngineAccess.given(dockerServer);
        serverUri = given == null ? null : given.getUri();
        serverCredentialsId = given == null ? null : given.getCredentialsId();
    }

    @Override
    public final StepExecution start(@NonNull StepContext context) {
        return new ArchiveStepExecution(this, context);
    }

    /**
     * Does what the step is for.
     *
     * @param stage of the Pipeline around the step, for the record; null where there is none
     * @param expand what becomes of each text that was given as a parameter, for front ends with variables in them
     * @return what a Pipeline gets: nothing but maps, lists, texts, numbers and booleans
     * @throws AbortException one sentence for the user; nothing is left behind
     */
    @NonNull
    public final Map<String, Object> perform(
            @NonNull BuildContext context, @CheckForNull String stage, @NonNull UnaryOperator<String> expand)
            throws IOException, InterruptedException {
        try {
            Map<String, Object> given = new LinkedHashMap<>();
            addParameters(given);
            if (new EarlierAttempts(context).clear()) {
                given.computeIfPresent("overwrite", (name, value) -> true);
            }
            given.replaceAll((name, value) -> value instanceof String text ? expand.apply(text) : value);
            DockerArchiveConfiguration configuration = DockerArchiveConfiguration.get();
            ArchiveTransfer transfer = new ArchiveTransfer(
                    context,
                    new EngineAccess(configuration).forBuild(expanded(expand), context),
                    new RecordedNames(),
                    LimitSettings.idleOf(configuration.getLimits()),
                    LimitSettings.of(configuration.getLimits()),
                    configuration.isPushLayers() ? LayerRoute.PUSH_WHERE_POSSIBLE : LayerRoute.SAVE);
            Computer computer = context.workspace().toComputer();
            Origin origin = new Origin(stage, computer == null ? null : computer.getName());
            return run(context, origin, transfer, new Parameters(getDescriptor().getFunctionName(), given));
        } catch (IOException e) {
            throw new UserSentence(e).orCause();
        }
    }

    /** Adds the step's own parameters by name, as they were given: null for what was not. */
    abstract void addParameters(Map<String, Object> parameters);

    abstract Map<String, Object> run(
            BuildContext context, Origin origin, ArchiveTransfer transfer, Parameters parameters)
            throws IOException, InterruptedException;

    @CheckForNull
    private DockerServerEndpoint expanded(UnaryOperator<String> expand) {
        return serverUri == null
                ? getDockerServer()
                : new DockerServerEndpoint(expand.apply(serverUri), serverCredentialsId);
    }
}
