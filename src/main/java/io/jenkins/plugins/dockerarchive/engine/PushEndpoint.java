package io.jenkins.plugins.dockerarchive.engine;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.NameValuePair;
import org.apache.hc.core5.http.ProtocolException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.bootstrap.HttpServer;
import org.apache.hc.core5.http.impl.bootstrap.ServerBootstrap;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.net.URIBuilder;

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

    private static final String LOOPBACK = "127.0.0.1";

    /** One name for all: containerd notes at each blob to which names of which host it was pushed (without the port). */
    private static final String NAME = "docker-archive";

    /** The repositories of all endpoints, for {@link Engine#listImages(java.util.Collection)}. */
    public static final String REPOSITORIES = LOOPBACK + ":*/" + NAME;

    private static final String TAG = "push-";
    private static final Pattern REFERENCE =
            Pattern.compile(Pattern.quote(LOOPBACK) + ":([0-9]{1,5})/" + NAME + ":" + TAG + ".*");
    private static final int LONGEST_LINE = 16 << 10;
    private static final int MOST_HEADERS = 100;
    private static final int CONNECT_MILLIS = 1000;
    private static final String USER = "docker-archive";
    /** The engine wants it in answers to what it uploaded, and compares. */
    private static final String DIGEST_HEADER = "Docker-Content-Digest";

    private static final Pattern BLOB = Pattern.compile("/v2/" + NAME + "/blobs/(sha256:[0-9a-f]{64})");
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern UPLOADS = Pattern.compile("/v2/" + NAME + "/blobs/uploads/?");
    private static final Pattern UPLOAD = Pattern.compile("/v2/" + NAME + "/blobs/uploads/[0-9a-f-]{36}");
    private static final Pattern MANIFEST = Pattern.compile("/v2/" + NAME + "/manifests/([A-Za-z0-9_.:-]{1,200})");

    private final String password = password();
    private final PushTurns turns = new PushTurns();
    private final Set<String> unsent = ConcurrentHashMap.newKeySet();
    private final Set<String> received = ConcurrentHashMap.newKeySet();
    private final Map<String, Tagged> tagged = new ConcurrentHashMap<>();
    private final Predicate<String> there;
    private final int largestManifest;
    private final LongConsumer arrived;
    private final HttpServer server;
    private volatile boolean reached;

    /**
     * The manifest that a tag was pushed for.
     *
     * @param mediaType as the engine stated it
     */
    public record Tagged(@NonNull String mediaType, @NonNull byte[] manifest) {}

    private PushEndpoint(Predicate<String> there, int largestManifest, LongConsumer arrived, IdleTimeout idle) {
        this.there = there;
        this.largestManifest = largestManifest;
        this.arrived = arrived;
        this.server = ServerBootstrap.bootstrap()
                .setLocalAddress(loopback())
                .setListenerPort(0)
                .setHttp1Config(Http1Config.custom()
                        .setMaxLineLength(LONGEST_LINE)
                        .setMaxHeaderCount(MOST_HEADERS)
                        .build())
                .setServerSocketFactory(new PushSockets(idle))
                .setRequestRouter((request, context) -> this::handle)
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

    /** That of IPv4, to which every engine goes without TLS; a JVM may prefer the other. */
    private static InetAddress loopback() {
        try {
            return InetAddress.getByName(LOOPBACK);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("An address needs no look-up", e);
        }
    }

    private static String password() {
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    private String host() {
        return LOOPBACK + ":" + server.getLocalPort();
    }

    /** What an engine on this machine calls the place to push to, without tag. */
    @NonNull
    public String repository() {
        return host() + "/" + NAME;
    }

    /** A new tag for an image that is to be pushed. */
    @NonNull
    public static String newTag() {
        return TAG + UUID.randomUUID();
    }

    /** The port of the endpoint that an image has a reference of while it is pushed; none for any other reference. */
    @NonNull
    public static OptionalInt portOf(@NonNull String reference) {
        Matcher ours = REFERENCE.matcher(reference);
        return ours.matches() ? OptionalInt.of(Integer.parseInt(ours.group(1))) : OptionalInt.empty();
    }

    /** Whether an endpoint, or anybody else, listens on that port of the loopback. */
    public static boolean isListening(int port) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(loopback(), port), CONNECT_MILLIS);
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false; // or no port at all
        }
    }

    /** The header {@code X-Registry-Auth} that lets an engine in. */
    @NonNull
    String authorization() {
        String json = JsonNodeFactory.instance
                .objectNode()
                .put("username", USER)
                .put("password", password)
                .put("serveraddress", host())
                .toString();
        return Base64.getUrlEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    /** Whether somebody who knows the password was here. */
    boolean wasReached() {
        return reached;
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
        return Map.copyOf(tagged);
    }

    /** Digests of the blobs that the engine was told are there, so that it did not push them. */
    @NonNull
    public Set<String> unsent() {
        return Set.copyOf(unsent);
    }

    private void handle(ClassicHttpRequest request, ClassicHttpResponse response, HttpContext context)
            throws HttpException, IOException {
        if (!isAllowed(request)) {
            response.setCode(HttpStatus.SC_UNAUTHORIZED);
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"" + NAME + "\"");
            response.setHeader(HttpHeaders.CONNECTION, "close"); // whatever it wants to send is not read
            return;
        }
        reached = true;
        response.setHeader("Docker-Distribution-Api-Version", "registry/2.0");
        try {
            response.setCode(answer(request, response));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException().initCause(e);
        } catch (URISyntaxException e) {
            throw new ProtocolException("not a path", e);
        }
        if (response.getCode() >= HttpStatus.SC_BAD_REQUEST) {
            response.setHeader(HttpHeaders.CONNECTION, "close");
        }
    }

    private boolean isAllowed(ClassicHttpRequest request) throws ProtocolException {
        Header given = request.getHeader(HttpHeaders.AUTHORIZATION);
        String wanted =
                "Basic " + Base64.getEncoder().encodeToString((USER + ":" + password).getBytes(StandardCharsets.UTF_8));
        return given != null
                && MessageDigest.isEqual(
                        wanted.getBytes(StandardCharsets.UTF_8),
                        given.getValue().getBytes(StandardCharsets.UTF_8));
    }

    private int answer(ClassicHttpRequest request, ClassicHttpResponse response)
            throws HttpException, IOException, InterruptedException, URISyntaxException {
        URIBuilder uri = new URIBuilder(request.getRequestUri());
        String path = uri.getPath();
        Matcher blob = BLOB.matcher(path);
        Matcher manifest = MANIFEST.matcher(path);
        return switch (request.getMethod()) {
            case "GET" -> path.equals("/v2/") ? HttpStatus.SC_OK : HttpStatus.SC_NOT_FOUND;
            case "HEAD" -> blob.matches() && isThere(blob.group(1)) ? HttpStatus.SC_OK : HttpStatus.SC_NOT_FOUND;
            case "POST" -> UPLOADS.matcher(path).matches() ? begin(response) : HttpStatus.SC_NOT_FOUND;
            case "PUT" ->
                manifest.matches()
                        ? manifest(request, manifest.group(1), response)
                        : UPLOAD.matcher(path).matches() ? blob(request, uri, response) : HttpStatus.SC_NOT_FOUND;
            default -> HttpStatus.SC_METHOD_NOT_ALLOWED;
        };
    }

    private boolean isThere(String digest) {
        if (received.contains(digest)) {
            return true;
        }
        boolean known = there.test(digest);
        if (known) {
            unsent.add(digest);
        }
        return known;
    }

    private static int begin(ClassicHttpResponse response) {
        response.setHeader(HttpHeaders.LOCATION, "/v2/" + NAME + "/blobs/uploads/" + UUID.randomUUID());
        return HttpStatus.SC_ACCEPTED;
    }

    private int blob(ClassicHttpRequest request, URIBuilder uri, ClassicHttpResponse response)
            throws IOException, InterruptedException {
        NameValuePair digest = uri.getFirstQueryParam("digest");
        HttpEntity body = request.getEntity();
        if (digest == null || !DIGEST.matcher(digest.getValue()).matches()) {
            return HttpStatus.SC_BAD_REQUEST;
        }
        if (body == null || body.getContentLength() < 0) {
            return HttpStatus.SC_LENGTH_REQUIRED;
        }
        turns.give(new PushedBlob(digest.getValue(), body.getContentLength(), new Counted(body.getContent())));
        received.add(digest.getValue());
        response.setHeader(DIGEST_HEADER, digest.getValue());
        return HttpStatus.SC_CREATED;
    }

    private int manifest(ClassicHttpRequest request, String reference, ClassicHttpResponse response)
            throws IOException, InterruptedException {
        HttpEntity body = request.getEntity();
        if (body == null || body.getContentLength() < 0) {
            return HttpStatus.SC_LENGTH_REQUIRED;
        }
        if (body.getContentLength() > largestManifest) {
            return HttpStatus.SC_REQUEST_TOO_LONG;
        }
        byte[] bytes = body.getContent().readAllBytes();
        String digest = digest(bytes);
        boolean named = DIGEST.matcher(reference).matches();
        if (named && !reference.equals(digest)) {
            return HttpStatus.SC_BAD_REQUEST;
        }
        if (body.getContentType() == null) {
            return HttpStatus.SC_UNSUPPORTED_MEDIA_TYPE;
        }
        turns.give(new PushedBlob(digest, bytes.length, new ByteArrayInputStream(bytes)));
        if (!named) {
            tagged.put(reference, new Tagged(body.getContentType(), bytes));
        }
        response.setHeader(DIGEST_HEADER, digest);
        return HttpStatus.SC_CREATED;
    }

    private static String digest(byte[] manifest) {
        try {
            return "sha256:"
                    + HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(manifest));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }

    /** Ends what is under way: whoever pushes gets no answer any more. */
    @Override
    public void close() {
        turns.end(new IOException("The place to push to is closed."));
        server.close(CloseMode.IMMEDIATE);
    }

    private final class Counted extends FilterInputStream {

        Counted(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read;
            try {
                read = in.read(buffer, offset, length);
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                throw new PushBrokenException(e);
            }
            if (read > 0) {
                arrived.accept(read);
            }
            return read;
        }
    }
}
