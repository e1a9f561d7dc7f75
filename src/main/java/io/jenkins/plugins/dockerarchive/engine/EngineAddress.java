package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;
import java.net.URI;

/**
 * Where an engine is, how a client proves itself there, and who said so.
 *
 * @param uri {@code unix:///path}, {@code tcp://host:port} or {@code npipe:////./pipe/name}
 * @param certificates for an engine that speaks TLS, or null for one that does not
 * @param origin who named this engine, as it stands in an error, for example {@code DOCKER_HOST}
 */
public record EngineAddress(
        @NonNull URI uri,
        @CheckForNull ClientCertificates certificates,
        @NonNull String origin) implements Serializable {}
