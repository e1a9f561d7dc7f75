package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;

/**
 * What an engine that speaks TLS asks for, as PEM text and only ever in memory.
 *
 * @param key the client's private key (PKCS#1 or PKCS#8, not encrypted), or null when the engine asks for none
 * @param certificate the client's certificate chain, or null when the engine asks for none
 * @param authority the certificate authority of the engine, or null for those the JVM trusts
 */
public record ClientCertificates(
        @CheckForNull String key,
        @CheckForNull String certificate,
        @CheckForNull String authority) implements Serializable {

    /** Says nothing of its content: this ends up in logs. */
    @Override
    @NonNull
    public String toString() {
        return "ClientCertificates[***]";
    }
}
