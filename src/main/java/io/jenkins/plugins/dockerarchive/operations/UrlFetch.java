package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.DiskFullException;
import io.jenkins.plugins.dockerarchive.image.DiskSpace;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** Fetches an archive over http or https, from the machine that has the engine; redirects, size and silence are bounded. */
final class UrlFetch {

    private static final int MOST_REDIRECTS = 5;
    private static final int BUFFER = 128 << 10;
    private static final long TICK_MILLIS = 200;
    private static final long RELEASE_MILLIS = 1000;
    private static final Duration CONNECT = Duration.ofSeconds(20);

    private final OperationContext context;
    private final Duration silence;

    UrlFetch(@NonNull OperationContext context) {
        this(context, Duration.ofMinutes(2));
    }

    /** @param silence longest time without a byte */
    UrlFetch(OperationContext context, Duration silence) {
        this.context = context;
        this.silence = silence;
    }

    /** Fetches into the temporary directory; the caller deletes the file. */
    @NonNull
    Path fetch(@NonNull String url) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Files.createDirectories(context.temporary());
        Path file = context.temporary().resolve("fetched-" + UUID.randomUUID());
        boolean whole = false;
        try {
            HttpResponse<InputStream> response = get(url);
            long size = receive(url, response, file);
            context.log().line("Fetched " + url + ": " + Amount.since(start, size));
            whole = true;
            return file;
        } catch (HttpConnectTimeoutException e) {
            throw failed(url, "no connection within " + CONNECT.toSeconds() + " seconds");
        } catch (HttpTimeoutException e) {
            throw failed(url, "no answer within " + silence.toSeconds() + " seconds");
        } catch (ConnectException e) {
            throw failed(url, isUnknownHost(e) ? "its host is not known" : "the connection was refused");
        } finally {
            if (!whole) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static boolean isUnknownHost(ConnectException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException || cause instanceof UnknownHostException) {
                return true;
            }
        }
        return false;
    }

    /** Follows redirects itself: the client's own would go from https to nothing but https, silently. */
    private HttpResponse<InputStream> get(String url) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newBuilder()
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
        URI at = URI.create(url);
        for (int redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
            HttpRequest request =
                    HttpRequest.newBuilder(at).timeout(silence).GET().build();
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            int status = response.statusCode();
            if (status == 200) {
                return response;
            }
            response.body().close();
            String location = response.headers().firstValue("Location").orElse(null);
            if (status < 300 || status >= 400 || location == null) {
                throw failed(url, "the server answered " + status);
            }
            URI next;
            try {
                next = at.resolve(location);
            } catch (IllegalArgumentException e) {
                throw failed(url, "the server redirects to '" + location + "', which is no address");
            }
            String scheme = String.valueOf(next.getScheme()).toLowerCase(Locale.ROOT);
            boolean downgrade = "https".equalsIgnoreCase(at.getScheme()) && !scheme.equals("https");
            if (downgrade || !(scheme.equals("http") || scheme.equals("https")) || next.getHost() == null) {
                throw failed(url, "the server redirects to " + next + ", which is not followed");
            }
            at = next;
        }
        throw failed(url, "the server redirects more than " + MOST_REDIRECTS + " times");
    }

    private long receive(String url, HttpResponse<InputStream> response, Path file)
            throws IOException, InterruptedException {
        String type = response.headers().firstValue("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        if (type.startsWith("text/html")) {
            response.body().close();
            throw failed(url, "it is an HTML page, not an archive; a login or error page, most likely");
        }
        long stated = response.headers().firstValueAsLong("Content-Length").orElse(0);
        InputStream body = response.body();
        try {
            DiskSpace.require(context.temporary(), stated, "what " + url + " sends");
        } catch (DiskFullException e) {
            body.close();
            throw e;
        }
        AtomicLong lastByte = new AtomicLong(System.nanoTime());
        // Reads of the body swallow an interrupt (JDK 17), so another thread makes them and this one can be stopped.
        FutureTask<Long> copy = new FutureTask<>(() -> copy(url, body, stated, file, lastByte));
        Thread thread = new Thread(copy, "docker-archive fetch");
        thread.setDaemon(true);
        thread.start();
        try {
            long size = await(url, copy, lastByte);
            if (stated > 0 && size != stated) {
                throw failed(url, "the connection ended after " + size + " of " + stated + " bytes");
            }
            return size;
        } finally {
            closeQuietly(body);
            // the file is deleted after us
            thread.join(RELEASE_MILLIS);
        }
    }

    private long await(String url, FutureTask<Long> copy, AtomicLong lastByte)
            throws IOException, InterruptedException {
        while (true) {
            try {
                return copy.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (System.nanoTime() - lastByte.get() > silence.toNanos()) {
                    throw failed(url, "nothing came for " + silence.toSeconds() + " seconds");
                }
            } catch (ExecutionException e) {
                throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
            }
        }
    }

    private long copy(String url, InputStream body, long stated, Path file, AtomicLong lastByte) throws IOException {
        long limit = context.limits().totalBytes();
        try (Progress in = new Progress(body, "fetching", stated, context.log());
                OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW)) {
            byte[] buffer = new byte[BUFFER];
            long size = 0;
            for (int read = read(url, in, buffer); read >= 0; read = read(url, in, buffer)) {
                lastByte.set(System.nanoTime());
                size += read;
                if (size > limit) {
                    throw failed(url, "it is bigger than " + Amount.size(limit));
                }
                try {
                    out.write(buffer, 0, read);
                } catch (IOException e) {
                    throw DiskSpace.reason(e, context.temporary(), size, "what " + url + " sends");
                }
            }
            return size;
        }
    }

    /** What fails here is the network; what fails elsewhere is the disk. */
    private static int read(String url, InputStream in, byte[] buffer) throws IOException {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw new OperationException("Cannot fetch " + url + ": the connection broke (" + e.getMessage() + ").", e);
        }
    }

    private static void closeQuietly(InputStream in) {
        try {
            in.close();
        } catch (IOException e) {
            // the reader is told by its own exception
            return;
        }
    }

    private static OperationException failed(String url, String why) {
        return new OperationException("Cannot fetch " + url + ": " + why + ".");
    }
}
