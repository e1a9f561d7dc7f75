package org.jenkinsci.plugins.docker.commons.credentials;

import hudson.Util;
import hudson.model.AbstractDescribableImpl;
import java.util.Objects;
import org.kohsuke.stapler.DataBoundConstructor;

/** A plain value. */
public class DockerServerEndpoint extends AbstractDescribableImpl<DockerServerEndpoint> {
    private final String uri;

    private final String credentialsId;

    @DataBoundConstructor
    public DockerServerEndpoint(String uri, String credentialsId) {
        this.uri = Util.fixEmpty(uri);
        this.credentialsId = Util.fixEmpty(credentialsId);
    }

    public String getUri() {
        return uri;
    }

    public String getCredentialsId() {
        return credentialsId;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DockerServerEndpoint that
                && Objects.equals(uri, that.uri)
                && Objects.equals(credentialsId, that.credentialsId);
    }

    @Override
    public int hashCode() {
        return Objects.hash(uri, credentialsId);
    }

    @Override
    public String toString() {
        return "DockerServerEndpoint[" + uri + ";credentialsId=" + credentialsId + "]";
    }
}
