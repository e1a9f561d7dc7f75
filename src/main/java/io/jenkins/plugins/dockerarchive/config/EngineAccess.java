package io.jenkins.plugins.dockerarchive.config;

import com.cloudbees.plugins.credentials.CredentialsProvider;
import com.cloudbees.plugins.credentials.domains.DomainRequirement;
import com.cloudbees.plugins.credentials.domains.URIRequirementBuilder;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.security.ACL;
import hudson.util.Secret;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.engine.ClientCertificates;
import io.jenkins.plugins.dockerarchive.engine.EngineEnvironment;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.transfer.BuildContext;
import io.jenkins.plugins.dockerarchive.transfer.EngineChoice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jenkins.model.Jenkins;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerCredentials;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerDomainRequirement;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;

/**
 * Decides which engine a step talks to and with which credentials: the step's own server, else the one of this Jenkins,
 * else what the environment of the step says, else the local socket of the agent.
 */
public final class EngineAccess {

    private final DockerArchiveConfiguration configuration;

    public EngineAccess(@NonNull DockerArchiveConfiguration configuration) {
        this.configuration = configuration;
    }

    /** An endpoint in which something is said, or null: forms always send one. */
    @CheckForNull
    public static DockerServerEndpoint given(@CheckForNull DockerServerEndpoint endpoint) {
        return endpoint == null || (endpoint.getUri() == null && endpoint.getCredentialsId() == null) ? null : endpoint;
    }

    /** Refuses the URI of no engine; null is fine. */
    public static void checkUri(@CheckForNull String uri) throws IOException {
        if (uri != null) {
            EngineEnvironment.parseUri(uri, null, "dockerServer");
        }
    }

    /** The engine for a step of a build. Only credentials that the build may use are used for what the build asks. */
    @NonNull
    public EngineChoice forBuild(@CheckForNull DockerServerEndpoint ofStep, @NonNull BuildContext context)
            throws IOException {
        Map<String, String> environment = context.environment();
        DockerServerEndpoint own = given(ofStep);
        if (own != null) {
            checkUri(own.getUri());
            checkAllowed(own.getUri(), context);
            DockerServerCredentials credentials = own.getCredentialsId() == null
                    ? null
                    : CredentialsProvider.findCredentialById(
                            own.getCredentialsId(), DockerServerCredentials.class, context.run(), requirements(own));
            CredentialsProvider.track(context.run(), credentials);
            return new EngineChoice(own.getUri(), certificates(own, credentials), environment, "dockerServer");
        }
        DockerServerEndpoint shared = configuration.getDockerServer();
        if (shared == null || shared.getUri() == null) {
            checkAllowed(null, context);
        }
        if (shared == null) {
            return new EngineChoice(null, null, environment, "the environment");
        }
        DockerServerCredentials credentials = ofSystem(shared);
        CredentialsProvider.track(context.run(), credentials);
        return new EngineChoice(
                shared.getUri(), certificates(shared, credentials), environment, "the configuration of this Jenkins");
    }

    /** What administrators have chosen themselves needs no permission. */
    private void checkAllowed(@CheckForNull String uri, BuildContext context) throws IOException {
        EnginePolicy.Where where =
                context.workspace().isRemote() ? EnginePolicy.Where.AGENT : EnginePolicy.Where.BUILT_IN_NODE;
        new EnginePolicy(configuration.getAllowedEngines()).check(uri, context.environment(), where);
    }

    /** The engine of a form that an administrator fills in. */
    @NonNull
    EngineChoice forTest(@NonNull DockerServerEndpoint endpoint, @NonNull Map<String, String> environment)
            throws IOException {
        checkUri(endpoint.getUri());
        DockerServerCredentials credentials = ofSystem(endpoint);
        if (endpoint.getCredentialsId() != null && credentials == null) {
            throw new IOException(Texts.CONNECTION_CREDENTIALS.text(endpoint.getCredentialsId()));
        }
        return new EngineChoice(endpoint.getUri(), certificates(endpoint, credentials), environment, "dockerServer");
    }

    /** Administrators have chosen these credentials, so the scope that is kept from jobs counts, too. */
    @CheckForNull
    private static DockerServerCredentials ofSystem(DockerServerEndpoint endpoint) {
        return endpoint.getCredentialsId() == null
                ? null
                : CredentialsProvider.findCredentialByIdInItemGroup(
                        endpoint.getCredentialsId(),
                        DockerServerCredentials.class,
                        Jenkins.get(),
                        ACL.SYSTEM2,
                        requirements(endpoint));
    }

    private static List<DomainRequirement> requirements(DockerServerEndpoint endpoint) {
        List<DomainRequirement> requirements =
                new ArrayList<>(URIRequirementBuilder.fromUri(endpoint.getUri()).build());
        requirements.add(new DockerServerDomainRequirement());
        return requirements;
    }

    @CheckForNull
    private static ClientCertificates certificates(
            DockerServerEndpoint endpoint, @CheckForNull DockerServerCredentials credentials) throws BadInputException {
        if (endpoint.getCredentialsId() == null) {
            return null;
        }
        if (credentials == null) {
            throw new BadInputException(Texts.CONNECTION_CREDENTIALS.english(endpoint.getCredentialsId()));
        }
        Secret key = credentials.getClientKeySecret();
        return new ClientCertificates(
                key == null ? null : key.getPlainText(),
                credentials.getClientCertificate(),
                credentials.getServerCaCertificate());
    }
}
