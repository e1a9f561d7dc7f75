package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Closeable;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.bootstrap.HttpServer;
import org.apache.hc.core5.http.impl.bootstrap.ServerBootstrap;
import org.apache.hc.core5.io.CloseMode;

/**
 * A registry on this machine's loopback that an engine on the same machine pushes to, and nobody pulls from. It is as much
 * of one as the containerd image store needs: blobs are asked for by HEAD and uploaded at once, not in pieces. Every
 * request must carry a password that is made anew for each endpoint, so no other process of the machine can push.
 *
 * <p>Blobs arrive on several connections and are {@linkplain #take taken} one after another; the engine waits meanwhile.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md">OCI distribution specification</a>
 */
public final class PushEndpoint implements Closeable {

    private static final int LONGEST_LINE = 16 << 10;
    private static final int MOST_HEADERS = 100;

    private final PushLogin login = new PushLogin();
    private final PushTurns turns = new PushTurns();
    private final PushRequests requests;
    private final HttpServer server;

    /**
     * The manifest that a tag was pushed for.
     *
     * @param mediaType as the engine stated it
     */
    public record Tagged(@NonNull String mediaType, @NonNull byte[] manifest) {}

    private PushEndpoint(Predicate<String> there, int largestManifest, LongConsumer arrived, IdleTimeout idle) {
        this.requests = new PushRequests(login, turns, there, largestManifest, arrived);
        this.server = ServerBootstrap.bootstrap()
                .setLocalAddress(PushReference.loopback())
                .setListenerPort(0)
                .setHttp1Config(Http1Config.custom()
                        .setMaxLineLength(LONGEST_LINE)
                        .setMaxHeaderCount(MOST_HEADERS)
                        .build())
                .setServerSocketFactory(new PushSockets(idle))
                .setRequestRouter((request, context) -> requests)
                .create();
    }

    /**
     * Listens on a free port.
     *
     * @param there whether a blob of that digest need not be pushed; asked by several threads
     * @param largestManifest bytes
     * @param arrived takes how many bytes have come, while they are read
     * @param idle how long the engine may be silent within a blob
     */
    @NonNull
    public static PushEndpoint open(
            @NonNull Predicate<String> there,
            int largestManifest,
            @NonNull LongConsumer arrived,
            @NonNull IdleTimeout idle)
            throws IOException {
        PushEndpoint endpoint = new PushEndpoint(there, largestManifest, arrived, idle);
        endpoint.server.start();
        return endpoint;
    }

    private String host() {
        return PushReference.host(server.getLocalPort());
    }

    /** What an engine on this machine calls the place to push to, without tag. */
    @NonNull
    public String repository() {
        return host() + "/" + PushReference.NAME;
    }

    /** The header {@code X-Registry-Auth} that lets an engine in. */
    @NonNull
    String authorization() {
        return login.forEngine(host());
    }

    /** Whether somebody who knows the password was here. */
    boolean wasReached() {
        return requests.wasReached();
    }

    /**
     * Waits for the next blob or manifest; the one before it counts as good.
     *
     * @return null when the push is complete
     * @throws NotPushedException when it failed
     */
    @CheckForNull
    public PushedBlob take() throws IOException {
        return turns.take();
    }

    /** The push is complete. */
    public void end() {
        turns.end(null);
    }

    /** The push failed. */
    public void end(@NonNull IOException why) {
        turns.end(why);
    }

    /** The manifests that were pushed under a tag, by tag. */
    @NonNull
    public Map<String, Tagged> tagged() {
        return requests.tagged();
    }

    /** Digests of the blobs that the engine was told are there, so that it did not push them. */
    @NonNull
    public Set<String> unsent() {
        return requests.unsent();
    }

    /** Ends what is under way: whoever pushes gets no answer any more. */
    @Override
    public void close() {
        turns.end(new IOException("The place to push to is closed."));
        server.close(CloseMode.IMMEDIATE);
    }
}
