package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.ClientCertificates;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.engine.EngineEnvironment;
import java.io.IOException;
import java.io.Serializable;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which engine to use, as far as the controller can say: the rest is found out on the agent, where the engine is.
 * Travels to the agent through the encrypted channel and is never written anywhere.
 *
 * @param uri of the engine, or null when the environment decides
 * @param certificates for the engine, or null for what its environment has
 * @param environment of the step; only the variables with which Docker's own command line finds its engine are kept
 * @param origin who named {@code uri}, as it stands in an error
 */
public record EngineChoice(
        @CheckForNull String uri,
        @CheckForNull ClientCertificates certificates,
        @NonNull Map<String, String> environment,
        @NonNull String origin)
        implements Serializable {

    private static final Set<String> VARIABLES =
            Set.of("DOCKER_HOST", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH");

    public EngineChoice {
        environment = new TreeMap<>(environment);
        environment.keySet().retainAll(VARIABLES);
    }

    /** Finds the engine. Runs on the agent: sockets and certificate files are looked for on this machine. */
    @NonNull
    EngineAddress resolve() throws IOException {
        if (uri != null) {
            return EngineEnvironment.parseUri(uri, certificates, origin);
        }
        EngineAddress found = new EngineEnvironment().resolve(environment);
        return certificates == null ? found : new EngineAddress(found.uri(), certificates, found.origin());
    }
}
