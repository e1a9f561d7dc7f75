package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A reference that an image has while it is pushed to a {@link PushEndpoint}.
 *
 * @param port where the endpoint listens on the loopback
 */
public record PushReference(int port, @NonNull String tag) {

    private static final String HOST = "127.0.0.1";

    /** One name for all: containerd notes at each blob to which names of which host it was pushed (without the port). */
    static final String NAME = "docker-archive";

    /** The repositories of all endpoints, for {@link Engine#listImages(java.util.Collection)}. */
    public static final String REPOSITORIES = HOST + ":*/" + NAME;

    private static final Pattern FORM = Pattern.compile(Pattern.quote(HOST) + ":([0-9]{1,5})/" + NAME + ":(push-.*)");
    private static final int CONNECT_MILLIS = 1000;

    /** A new tag. */
    @NonNull
    public static String newTag() {
        return "push-" + UUID.randomUUID();
    }

    /** Such a reference as an engine writes it; nothing for any other. */
    @NonNull
    public static Optional<PushReference> parse(@NonNull String reference) {
        Matcher form = FORM.matcher(reference);
        return form.matches()
                ? Optional.of(new PushReference(Integer.parseInt(form.group(1)), form.group(2)))
                : Optional.empty();
    }

    /** That of IPv4, to which every engine goes without TLS; a JVM may prefer the other. */
    @NonNull
    static InetAddress loopback() {
        try {
            return InetAddress.getByName(HOST);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("An address needs no look-up", e);
        }
    }

    /** Host and port, as they stand in a reference. */
    @NonNull
    static String host(int port) {
        return HOST + ":" + port;
    }

    /** Whether its endpoint, or anybody else, listens there still. */
    public boolean isInUse() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(loopback(), port), CONNECT_MILLIS);
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false; // or it is no port at all
        }
    }
}
