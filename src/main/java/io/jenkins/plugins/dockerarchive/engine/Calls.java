package io.jenkins.plugins.dockerarchive.engine;

import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * Makes calls to one engine, each over a client and a connection of its own, so that ending one call never disturbs
 * another and no connection is left that an engine may have closed meanwhile.
 */
final class Calls implements Closeable {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    private final EngineAddress address;
    private final IdleTimeout idle;
    private final EngineFaults faults;

    @CheckForNull
    private final SSLContext tls;

    /** Guarded by this. */
    private final Set<EngineCall> open = new HashSet<>();

    /** Guarded by this. */
    private boolean ended;

    private Calls(EngineAddress address, IdleTimeout idle, @CheckForNull SSLContext tls) {
        this.address = address;
        this.idle = idle;
        this.faults = new EngineFaults(address);
        this.tls = tls;
    }

    /** @throws EngineException when the address is none of those that an engine can have, or its certificates are bad */
    @NonNull
    static Calls to(@NonNull EngineAddress address, @NonNull IdleTimeout idle) throws EngineException {
        String scheme = String.valueOf(address.uri().getScheme());
        if (!List.of("unix", "tcp", "npipe").contains(scheme)) {
            throw new EngineException(
                    "The engine at " + new EngineFaults(address).where()
                            + " cannot be used: write unix:///path, tcp://host:port or npipe:////./pipe/name.",
                    null);
        }
        boolean encrypted = scheme.equals("tcp") && address.certificates() != null;
        return new Calls(address, idle, encrypted ? new TlsContext(address).create() : null);
    }

    @NonNull
    EngineFaults faults() {
        return faults;
    }

    /**
     * Makes a call without a body.
     *
     * @param task what the engine is to do, in words that follow "could not"
     */
    @NonNull
    Answer send(@NonNull String task, @NonNull String method, @NonNull RequestPath path)
            throws EngineException, InterruptedException {
        return send(task, method, path, Map.of());
    }

    /** The same with headers. */
    @NonNull
    Answer send(
            @NonNull String task,
            @NonNull String method,
            @NonNull RequestPath path,
            @NonNull Map<String, String> headers)
            throws EngineException, InterruptedException {
        Request.Builder request = request(method, path);
        headers.forEach(request::putHeader);
        try {
            return send(task, request, null);
        } catch (EngineException e) {
            throw e;
        } catch (IOException e) {
            throw faults.broken(task, e);
        }
    }

    /**
     * Makes a call that uploads a tar.
     *
     * @throws IOException {@link EngineException}, or what reading {@code tar} threw
     */
    @NonNull
    Answer upload(@NonNull String task, @NonNull RequestPath path, @NonNull InputStream tar)
            throws IOException, InterruptedException {
        // Without a type of its own an engine may take the body for a form.
        return send(task, request("POST", path).putHeader("Content-Type", "application/x-tar"), tar);
    }

    private static Request.Builder request(String method, RequestPath path) {
        return Request.builder()
                .method(method)
                .path(path.toString())
                // what the HTTP client decompresses loses its length, and a tar must arrive as it was sent
                .putHeader("Accept-Encoding", "identity");
    }

    private Answer send(String task, Request.Builder request, @CheckForNull InputStream source)
            throws IOException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("Interrupted before an engine was to " + task + ".");
        }
        TlsSockets tlsSockets = new TlsSockets();
        EngineCall call = new EngineCall(task, client(tlsSockets), tlsSockets, idle.duration(), faults, this::forget);
        synchronized (this) {
            if (ended) {
                throw faults.aborted(task);
            }
            open.add(call);
        }
        return call.send(request, source);
    }

    /** Every value is set: docker-java's own configuration would look into the environment. No response timeout. */
    private DockerHttpClient client(TlsSockets tlsSockets) {
        return new ApacheDockerHttpClient.Builder()
                .dockerHost(address.uri())
                .sslConfig(tls == null ? null : () -> tlsSockets.remembering(tls))
                .maxConnections(1)
                .connectionTimeout(CONNECT_TIMEOUT)
                .build();
    }

    private synchronized void forget(EngineCall call) {
        open.remove(call);
    }

    void abort() {
        List<EngineCall> calls;
        synchronized (this) {
            ended = true;
            calls = List.copyOf(open);
        }
        calls.forEach(EngineCall::abort);
    }

    @Override
    public void close() {
        abort();
    }
}
