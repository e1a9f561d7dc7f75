package org.jenkinsci.plugins.docker.commons.credentials;

import com.cloudbees.plugins.credentials.CredentialsScope;
import com.cloudbees.plugins.credentials.impl.BaseStandardCredentials;
import hudson.util.Secret;
import org.kohsuke.stapler.DataBoundConstructor;

/** A plain value: PEM texts. */
public class DockerServerCredentials extends BaseStandardCredentials {
    private static final long serialVersionUID = 1L;

    private final Secret clientKey;

    private final String clientCertificate;

    private final String serverCaCertificate;

    @DataBoundConstructor
    public DockerServerCredentials(
            CredentialsScope scope,
            String id,
            String description,
            Secret clientKeySecret,
            String clientCertificate,
            String serverCaCertificate) {
        super(scope, id, description);
        this.clientKey = clientKeySecret;
        this.clientCertificate = clientCertificate;
        this.serverCaCertificate = serverCaCertificate;
    }

    public Secret getClientKeySecret() {
        return clientKey;
    }

    public String getClientCertificate() {
        return clientCertificate;
    }

    public String getServerCaCertificate() {
        return serverCaCertificate;
    }
}
