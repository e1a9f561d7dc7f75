package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/** Puts what went wrong with one engine into a sentence for a person. */
final class EngineFaults {

    /** An engine's message may be a whole page. */
    private static final int LONGEST_MESSAGE = 600;

    private final EngineAddress address;

    EngineFaults(@NonNull EngineAddress address) {
        this.address = address;
    }

    /** The engine answered, but not with what was asked for. */
    @NonNull
    EngineException refused(@NonNull String task, int status, @NonNull String message) {
        return new EngineException(
                "The engine at " + where() + " could not " + task + ": " + clause(message)
                        + (status == 0 ? "." : " (HTTP status " + status + ")."),
                status);
    }

    /** The engine's answer makes no sense. */
    @NonNull
    EngineException senseless(@NonNull String task, @NonNull String why, @CheckForNull Throwable cause) {
        return new EngineException(
                "The engine at " + where() + " was to " + task + ", but " + clause(why) + ".", cause);
    }

    @NonNull
    EngineException aborted(@NonNull String task) {
        return new EngineException("The call to the engine at " + where() + " to " + task + " was aborted.", null);
    }

    @NonNull
    EngineException idle(@NonNull String task, @NonNull Duration idle) {
        return new EngineException(
                "The engine at " + where() + " was to " + task + ", but neither sent nor took a byte for " + text(idle)
                        + ", so the call was ended; see the engine's own log, or allow a longer idle time if it needs"
                        + " it.",
                null);
    }

    /** The connection ended while the engine was still taking an archive: it has refused what it got. */
    @NonNull
    EngineException closedUpload(@NonNull String task, long sent, @NonNull Throwable cause) {
        return new EngineException(
                "The engine at " + where() + " was to " + task + ", but closed the connection after " + sent
                        + " bytes, before the archive's end: it refused the archive, could not store it, or the"
                        + " connection was lost; its own log may say why, and its disk may be full.",
                cause);
    }

    /** A call failed before there was an answer: no connection, a refused certificate, a lost connection. */
    @NonNull
    EngineException broken(@NonNull String task, @NonNull Throwable failure) {
        String cannotReach = reachability(failure);
        if (cannotReach == null && task.equals(ConnectCalls.TASK) && address.certificates() != null) {
            cannotReach = refusedUnheard(failure);
        }
        return cannotReach != null ? new EngineException(cannotReach, failure) : lost(task, failure);
    }

    /**
     * With TLS 1.3 an engine refuses a client's certificate after the client has begun to send, so that the client may
     * see a closed connection instead of the refusal.
     */
    @CheckForNull
    private String refusedUnheard(Throwable failure) {
        String reason = technical(failure);
        if (!reason.contains("Broken pipe") && !reason.contains("Connection reset")) {
            return null;
        }
        return "The engine at " + where() + " cannot be used: "
                + (address.certificates().certificate() == null
                        ? "it wants a client certificate, it seems: "
                        : "it refused the client certificate, it seems: ")
                + "it closed the connection before it answered (" + clause(reason) + ").";
    }

    /** The connection ended before the answer did. */
    @NonNull
    EngineException lost(@NonNull String task, @NonNull Throwable failure) {
        return new EngineException(
                "The connection to the engine at " + where() + " broke while it was to " + task + ": "
                        + clause(technical(failure)) + "; see the engine's own log.",
                failure);
    }

    /** Why the engine could not be reached at all, or null when it was reached. */
    @CheckForNull
    private String reachability(Throwable failure) {
        URI uri = address.uri();
        if ("unix".equals(uri.getScheme())) {
            Path socket = Path.of(uri.getPath());
            if (!Files.exists(socket)) {
                return "There is no engine at " + where() + ": the socket " + socket
                        + " does not exist on this machine; start the engine, or name another one with dockerServer or"
                        + " DOCKER_HOST.";
            }
            if (!Files.isWritable(socket)) {
                return "The engine at " + where() + " cannot be used: the user '" + System.getProperty("user.name")
                        + "' may not write to " + socket
                        + "; add it to the group that owns the socket, often 'docker', and"
                        + " start the agent again.";
            }
            return find(failure, ConnectException.class) != null
                            || find(failure, UnresolvedAddressException.class) != null
                    ? "No engine listens at " + where() + " although the socket exists; start the engine."
                    : null;
        }
        if ("npipe".equals(uri.getScheme())) {
            return find(failure, java.io.FileNotFoundException.class) == null
                    ? null
                    : "There is no engine at " + where()
                            + ": the pipe does not exist on this machine; start the engine.";
        }
        if (find(failure, UnknownHostException.class) != null) {
            return "The engine at " + where() + " cannot be reached: the host name '" + uri.getHost()
                    + "' is unknown on this machine.";
        }
        if (find(failure, SSLException.class) != null) {
            return tls(failure);
        }
        if (find(failure, NoRouteToHostException.class) != null) {
            return "The engine at " + where() + " cannot be reached: there is no route to " + uri.getHost() + ".";
        }
        if (find(failure, SocketTimeoutException.class) != null) {
            return "The engine at " + where() + " cannot be reached: " + uri.getHost() + ":" + uri.getPort()
                    + " did not answer in time; is a firewall between?";
        }
        if (find(failure, ConnectException.class) != null) {
            return "The engine at " + where() + " cannot be reached: " + uri.getHost() + ":" + uri.getPort()
                    + " refused the connection; does the engine listen there?";
        }
        return null;
    }

    private String tls(Throwable failure) {
        String start = "The engine at " + where() + " cannot be used: ";
        String reason = technical(failure);
        if (find(failure, SSLPeerUnverifiedException.class) != null
                || reason.contains("No subject alternative")
                || reason.contains("No name matching")) {
            return start + "its certificate is not for the host name '"
                    + address.uri().getHost() + "'.";
        }
        if (find(failure, CertPathBuilderException.class) != null
                || find(failure, CertPathValidatorException.class) != null
                || find(failure, CertificateException.class) != null) {
            boolean own =
                    address.certificates() != null && address.certificates().authority() != null;
            return start + "its certificate is not trusted ("
                    + clause(reason) + "); "
                    + (own
                            ? "is the certificate authority (ca.pem) the one that issued it?"
                            : "give its certificate authority (ca.pem) with the credentials.");
        }
        if (reason.contains("Unsupported or unrecognized SSL message") || reason.contains("plaintext connection")) {
            return start + "it does not speak TLS on this port; leave out the certificates, or use its TLS port.";
        }
        if (reason.contains("Received fatal alert")) {
            boolean own =
                    address.certificates() != null && address.certificates().certificate() != null;
            return start
                    + (own
                            ? "it refused the client certificate or the TLS version (" + clause(reason) + ")."
                            : "it wants a client certificate (" + clause(reason) + ").");
        }
        return start + "TLS failed (" + clause(reason) + ").";
    }

    /** The engine's URI and who named it. */
    @NonNull
    String where() {
        return address.uri() + " (from " + address.origin() + ")";
    }

    /** Text of others as part of a sentence: one line, no control characters, not too long, without its full stop. */
    @NonNull
    static String clause(@NonNull String text) {
        String line = OneLine.of(text);
        if (line.length() > LONGEST_MESSAGE) {
            line = line.substring(0, LONGEST_MESSAGE) + " [...]";
        }
        while (line.endsWith(".")) {
            line = line.substring(0, line.length() - 1);
        }
        return line.isEmpty() ? "it gave no reason" : line;
    }

    /** The innermost message that says something. */
    private static String technical(Throwable failure) {
        String message = failure.toString();
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t.getMessage() != null && !t.getMessage().isBlank() && t.getCause() == null) {
                message = t.getMessage();
            }
        }
        return message;
    }

    @CheckForNull
    private static <T extends Throwable> T find(Throwable failure, Class<T> type) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (type.isInstance(t)) {
                return type.cast(t);
            }
        }
        return null;
    }

    private static String text(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds >= 120 && seconds % 60 == 0) {
            return seconds / 60 + " minutes";
        }
        return seconds >= 2 ? seconds + " seconds" : duration.toMillis() + " milliseconds";
    }
}
