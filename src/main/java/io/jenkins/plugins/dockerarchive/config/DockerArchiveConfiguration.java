package io.jenkins.plugins.dockerarchive.config;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.ExtensionList;
import hudson.Util;
import hudson.model.Failure;
import hudson.model.Node;
import hudson.model.PersistentDescriptor;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.image.CompressionChoice;
import java.io.IOException;
import jenkins.model.GlobalConfiguration;
import jenkins.model.Jenkins;
import net.sf.json.JSONObject;
import org.jenkinsci.Symbol;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.StaplerRequest2;
import org.kohsuke.stapler.verb.POST;

/** What administrators set once for all jobs: the engine that is used where nobody names one, and defaults. */
@Extension
@Symbol("dockerArchive")
public final class DockerArchiveConfiguration extends GlobalConfiguration implements PersistentDescriptor {

    @CheckForNull
    private DockerServerEndpoint dockerServer;

    @CheckForNull
    private String compression;

    private boolean pushLayers = true;

    @CheckForNull
    private RetentionDefaults retention;

    @CheckForNull
    private LimitSettings limits;

    @CheckForNull
    private String allowedEngines;

    /** The one instance of this Jenkins. */
    @NonNull
    public static DockerArchiveConfiguration get() {
        return ExtensionList.lookupSingleton(DockerArchiveConfiguration.class);
    }

    @Override
    @NonNull
    public String getDisplayName() {
        return Texts.CONFIGURATION_NAME.text();
    }

    /** The engine for steps that name none, or null: then their environment decides. */
    @CheckForNull
    public DockerServerEndpoint getDockerServer() {
        return dockerServer;
    }

    @DataBoundSetter
    public void setDockerServer(@CheckForNull DockerServerEndpoint dockerServer) {
        DockerServerEndpoint given = EngineAccess.given(dockerServer);
        if (given != null) {
            try {
                EngineAccess.checkUri(given.getUri());
            } catch (IOException e) {
                throw Values.refusal(e);
            }
        }
        this.dockerServer = given;
        save();
    }

    /** The compression for steps that name none, or null for {@code auto}. */
    @CheckForNull
    public String getCompression() {
        return compression;
    }

    @DataBoundSetter
    public void setCompression(@CheckForNull String compression) {
        String given = Util.fixEmptyAndTrim(compression);
        try {
            CompressionChoice.parse(given);
        } catch (IllegalArgumentException e) {
            throw new Failure(Texts.VALUE_COMPRESSION.text(given));
        }
        this.compression = given;
        save();
    }

    /** Whether engines with a containerd image store push new layers to the agent, where they can. */
    public boolean isPushLayers() {
        return pushLayers;
    }

    @DataBoundSetter
    public void setPushLayers(boolean pushLayers) {
        this.pushLayers = pushLayers;
        save();
    }

    /** How long archives are kept where nobody says so, or null for no limit. */
    @CheckForNull
    public RetentionDefaults getRetention() {
        return retention;
    }

    @DataBoundSetter
    public void setRetention(@CheckForNull RetentionDefaults retention) {
        this.retention = retention == null || retention.isEmpty() ? null : retention;
        save();
    }

    /** What archives may ask of us, or null for the defaults. */
    @CheckForNull
    public LimitSettings getLimits() {
        return limits;
    }

    @DataBoundSetter
    public void setLimits(@CheckForNull LimitSettings limits) {
        this.limits = limits == null || limits.isEmpty() ? null : limits;
        save();
    }

    /** Which engines jobs may name, or null for any on agents and none on the built-in node. */
    @CheckForNull
    public String getAllowedEngines() {
        return allowedEngines;
    }

    @DataBoundSetter
    public void setAllowedEngines(@CheckForNull String allowedEngines) {
        String given = Util.fixEmptyAndTrim(allowedEngines);
        try {
            new EnginePolicy(given);
        } catch (IllegalArgumentException e) {
            throw Values.refusal(e);
        }
        this.allowedEngines = given;
        save();
    }

    /** Says at once what is no engine's URI. */
    @POST
    public FormValidation doCheckAllowedEngines(@QueryParameter String value) {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        try {
            new EnginePolicy(value);
            return FormValidation.ok();
        } catch (IllegalArgumentException e) {
            return FormValidation.error(e.getMessage());
        }
    }

    @Override
    public boolean configure(StaplerRequest2 request, JSONObject json) throws FormException {
        try {
            request.bindJSON(this, json);
        } catch (Failure e) {
            // without the cause, of which Jenkins would show the stack trace below the sentence
            throw new FormException(e.getMessage(), "dockerArchive");
        }
        return true;
    }

    /** The compressions there are. */
    @POST
    public ListBoxModel doFillCompressionItems() {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        ListBoxModel items = new ListBoxModel();
        items.add(Texts.COMPRESSION_DEFAULT.text(), "");
        for (CompressionChoice choice : CompressionChoice.values()) {
            items.add(choice.parameter(), choice.parameter());
        }
        return items;
    }

    /** The machines from which a connection can be tested. */
    @POST
    public ListBoxModel doFillTestFromItems() {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        ListBoxModel items = new ListBoxModel();
        items.add(Texts.CONNECTION_BUILT_IN.text(), "");
        for (Node node : Jenkins.get().getNodes()) {
            items.add(node.getDisplayName(), node.getNodeName());
        }
        return items;
    }

    /**
     * Connects to an engine and says what it is.
     *
     * @param uri as typed into the form, perhaps not saved yet
     * @param testFrom name of the node to connect from; empty for the built-in one
     */
    @POST
    public FormValidation doTestConnection(
            @QueryParameter String uri, @QueryParameter String credentialsId, @QueryParameter String testFrom) {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        try {
            DockerServerEndpoint endpoint = new DockerServerEndpoint(uri, credentialsId);
            return FormValidation.ok(new ConnectionTest(new EngineAccess(this), testFrom).connect(endpoint));
        } catch (IOException e) {
            return FormValidation.error(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return FormValidation.error(Texts.CONNECTION_INTERRUPTED.text());
        }
    }
}
