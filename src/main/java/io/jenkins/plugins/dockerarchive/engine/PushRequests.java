package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URISyntaxException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
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
import org.apache.hc.core5.http.io.HttpRequestHandler;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.net.URIBuilder;

/**
 * Answers what is asked of a {@link PushEndpoint}: only whoever has its password, and only what a push needs.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md">OCI distribution specification</a>
 */
final class PushRequests implements HttpRequestHandler {

    private static final String ROOT = "/v2/" + PushReference.NAME;
    private static final Pattern BLOB = Pattern.compile(ROOT + "/blobs/(sha256:[0-9a-f]{64})");
    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern UPLOADS = Pattern.compile(ROOT + "/blobs/uploads/?");
    private static final Pattern UPLOAD = Pattern.compile(ROOT + "/blobs/uploads/[0-9a-f-]{36}");
    private static final Pattern MANIFEST = Pattern.compile(ROOT + "/manifests/([A-Za-z0-9_.:-]{1,200})");

    /** The engine wants it in answers to what it uploaded, and compares. */
    private static final String DIGEST_HEADER = "Docker-Content-Digest";

    private final PushLogin login;
    private final PushTurns turns;
    private final Predicate<String> there;
    private final int largestManifest;
    private final LongConsumer arrived;
    private final Set<String> unsent = ConcurrentHashMap.newKeySet();
    private final Set<String> received = ConcurrentHashMap.newKeySet();
    private final Map<String, PushEndpoint.Tagged> tagged = new ConcurrentHashMap<>();
    private volatile boolean reached;

    /** @see PushEndpoint#open */
    PushRequests(
            @NonNull PushLogin login,
            @NonNull PushTurns turns,
            @NonNull Predicate<String> there,
            int largestManifest,
            @NonNull LongConsumer arrived) {
        this.login = login;
        this.turns = turns;
        this.there = there;
        this.largestManifest = largestManifest;
        this.arrived = arrived;
    }

    /** @see PushEndpoint#wasReached */
    boolean wasReached() {
        return reached;
    }

    /** @see PushEndpoint#tagged */
    @NonNull
    Map<String, PushEndpoint.Tagged> tagged() {
        return Map.copyOf(tagged);
    }

    /** @see PushEndpoint#unsent */
    @NonNull
    Set<String> unsent() {
        return Set.copyOf(unsent);
    }

    @Override
    public void handle(ClassicHttpRequest request, ClassicHttpResponse response, HttpContext context)
            throws HttpException, IOException {
        Header authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (!login.isIn(authorization == null ? null : authorization.getValue())) {
            response.setCode(HttpStatus.SC_UNAUTHORIZED);
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"" + PushReference.NAME + "\"");
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
        response.setHeader(HttpHeaders.LOCATION, ROOT + "/blobs/uploads/" + UUID.randomUUID());
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
            tagged.put(reference, new PushEndpoint.Tagged(body.getContentType(), bytes));
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
