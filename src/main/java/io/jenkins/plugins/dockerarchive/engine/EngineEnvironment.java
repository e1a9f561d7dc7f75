package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * Finds the engine that an environment names, as the docker command line does: {@code DOCKER_HOST},
 * {@code DOCKER_TLS_VERIFY} and {@code DOCKER_CERT_PATH}, and this machine's own engine when nothing is set. Certificate
 * files are read on the machine where this runs. Docker contexts and configuration files are not looked at.
 *
 * @see <a href="https://docs.docker.com/reference/cli/docker/#environment-variables">environment variables</a>
 */
public final class EngineEnvironment {

    private static final long LARGEST_PEM = 1024 * 1024;
    private static final int PLAIN_PORT = 2375;
    private static final int TLS_PORT = 2376;

    private final Path home;
    private final String localEngine;

    /** For the machine and the user that this process runs on and as. */
    public EngineEnvironment() {
        this(
                Path.of(System.getProperty("user.home")),
                File.separatorChar == '\\' ? "npipe:////./pipe/docker_engine" : "unix:///var/run/docker.sock");
    }

    /**
     * @param home of the user, below which {@code .docker} holds certificates when no other place is named
     * @param localEngine the URI that stands for no engine named
     */
    EngineEnvironment(@NonNull Path home, @NonNull String localEngine) {
        this.home = home;
        this.localEngine = localEngine;
    }

    /**
     * @param environment names and values
     * @throws EngineException one sentence, when what is set names no engine or its certificates cannot be read
     */
    @NonNull
    public EngineAddress resolve(@NonNull Map<String, String> environment) throws EngineException {
        String host = environment.getOrDefault("DOCKER_HOST", "").strip();
        if (host.isEmpty()) {
            return parseUri(localEngine, null, "the default, as nothing else is set");
        }
        boolean network = !host.startsWith("unix:") && !host.startsWith("npipe:");
        boolean verify = !environment.getOrDefault("DOCKER_TLS_VERIFY", "").isEmpty();
        if (network && !verify && !environment.getOrDefault("DOCKER_TLS", "").isEmpty()) {
            throw new EngineException(
                    "DOCKER_TLS asks for TLS with an engine that need not prove who it is, which is not supported; set"
                            + " DOCKER_TLS_VERIFY=1 as well.",
                    null);
        }
        return parseUri(host, network && verify ? certificates(environment) : null, "DOCKER_HOST");
    }

    /**
     * Reads an engine's URI: {@code unix:///path}, {@code npipe:////./pipe/name}, {@code tcp://host[:port]},
     * {@code http://host[:port]} or {@code https://host[:port]}. Without a port it is 2375, or 2376 with TLS.
     *
     * @param certificates for TLS, or null: then only {@code https} means TLS, with the authorities that the JVM trusts
     * @param origin who named it, for errors
     * @throws EngineException one sentence, when it is no URI that an engine can have
     */
    @NonNull
    public static EngineAddress parseUri(
            @NonNull String uri, @CheckForNull ClientCertificates certificates, @NonNull String origin)
            throws EngineException {
        String text = uri.strip();
        int colon = text.indexOf("://");
        String scheme = colon < 0 ? "" : text.substring(0, colon).toLowerCase(Locale.ROOT);
        String rest = colon < 0 ? text : text.substring(colon + 3);
        return switch (scheme) {
            case "unix" -> new EngineAddress(socket(rest, text, origin), null, origin);
            case "npipe" -> new EngineAddress(pipe(rest, text, origin), null, origin);
            case "tcp", "http" -> new EngineAddress(network(rest, text, origin, certificates), certificates, origin);
            case "https" -> {
                ClientCertificates tls = certificates != null ? certificates : new ClientCertificates(null, null, null);
                yield new EngineAddress(network(rest, text, origin, tls), tls, origin);
            }
            case "ssh" ->
                throw wrong(
                        text,
                        origin,
                        "ssh is not supported; run the step on an agent on that machine, or use tcp:// with TLS");
            case "fd" ->
                throw wrong(
                        text,
                        origin,
                        "fd:// is where an engine listens, not where a client connects; use"
                                + " unix:///var/run/docker.sock");
            default ->
                throw wrong(
                        text,
                        origin,
                        "write unix:///path, tcp://host:port, https://host:port or npipe:////./pipe/name");
        };
    }

    private static URI socket(String path, String text, String origin) throws EngineException {
        if (!path.startsWith("/") || path.length() < 2) {
            throw wrong(text, origin, "a socket needs its absolute path, for example unix:///var/run/docker.sock");
        }
        try {
            Path.of(path);
            return new URI("unix", "", path, null, null);
        } catch (URISyntaxException | InvalidPathException e) {
            throw wrong(text, origin, "it is not a path");
        }
    }

    private static URI pipe(String path, String text, String origin) throws EngineException {
        String slashes = path.replace('\\', '/');
        if (!slashes.startsWith("//")) {
            throw wrong(text, origin, "a pipe looks like npipe:////./pipe/docker_engine");
        }
        try {
            return new URI("npipe", "", slashes, null, null);
        } catch (URISyntaxException e) {
            throw wrong(text, origin, "it is not the name of a pipe");
        }
    }

    private static URI network(
            String authority, String text, String origin, @CheckForNull ClientCertificates certificates)
            throws EngineException {
        URI uri;
        try {
            uri = new URI("tcp://" + authority);
        } catch (URISyntaxException e) {
            throw wrong(text, origin, "it is not a host and a port, for example tcp://docker.example.org:2376");
        }
        if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new EngineException( // not quoted: it may hold a password
                    "The engine's URI from " + origin
                            + " cannot be used: leave out user, password, '?' and '#'; engines know certificates only.",
                    null);
        }
        if (uri.getHost() == null || uri.getPort() == 0 || uri.getPort() > 65535) {
            throw wrong(text, origin, "it is not a host and a port, for example tcp://docker.example.org:2376");
        }
        int port = uri.getPort() >= 0 ? uri.getPort() : certificates != null ? TLS_PORT : PLAIN_PORT;
        String path = uri.getRawPath().replaceAll("/+$", "");
        return URI.create("tcp://" + uri.getHost() + ":" + port + path);
    }

    private static EngineException wrong(String uri, String origin, String what) {
        return new EngineException(
                "'" + EngineFaults.clause(uri) + "' (from " + origin + ") is not an engine that can be used: " + what
                        + ".",
                null);
    }

    private ClientCertificates certificates(Map<String, String> environment) throws EngineException {
        String named = environment.getOrDefault("DOCKER_CERT_PATH", "");
        Path directory;
        try {
            directory = named.isEmpty() ? home.resolve(".docker") : Path.of(named);
        } catch (InvalidPathException e) {
            throw new EngineException("DOCKER_CERT_PATH is not a path.", null);
        }
        String why = named.isEmpty()
                ? "DOCKER_TLS_VERIFY is set without DOCKER_CERT_PATH"
                : "DOCKER_CERT_PATH names that directory";
        return new ClientCertificates(
                read(directory.resolve("key.pem"), why),
                read(directory.resolve("cert.pem"), why),
                read(directory.resolve("ca.pem"), why));
    }

    private static String read(Path file, String why) throws EngineException {
        try {
            if (Files.size(file) > LARGEST_PEM) {
                throw new EngineException(file + " is too large for a certificate or key (" + why + ").", null);
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1); // text around the blocks may be in any encoding
        } catch (NoSuchFileException e) {
            throw new EngineException(
                    file + " does not exist (" + why + "); TLS takes key.pem, cert.pem and ca.pem there.", e);
        } catch (EngineException e) {
            throw e;
        } catch (IOException e) {
            throw new EngineException(
                    file + " cannot be read by this user (" + why + "): "
                            + e.getClass().getSimpleName() + ".",
                    e);
        }
    }
}
