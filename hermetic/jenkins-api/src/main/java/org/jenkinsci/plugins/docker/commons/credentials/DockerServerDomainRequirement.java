package org.jenkinsci.plugins.docker.commons.credentials;

import com.cloudbees.plugins.credentials.domains.DomainRequirement;

public class DockerServerDomainRequirement extends DomainRequirement {
    private static final long serialVersionUID = 1L;
}
