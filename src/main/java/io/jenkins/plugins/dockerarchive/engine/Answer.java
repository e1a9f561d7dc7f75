package io.jenkins.plugins.dockerarchive.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.EngineEventParser.MalformedEventException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** An engine's answer to one request; closing it ends the call. */
final class Answer implements Closeable {

    /** An inspection of 500 images or an image with a huge environment stays far below, in bytes. */
    private static final int LARGEST_JSON = 64 * 1024 * 1024;

    private static final int LARGEST_ERROR = 64 * 1024;

    private final String task;
    private final int status;
    private final InputStream body;
    private final Response response;
    private final EngineFaults faults;

    Answer(
            @NonNull String task,
            int status,
            @NonNull InputStream body,
            @NonNull Response response,
            @NonNull EngineFaults faults) {
        this.task = task;
        this.status = status;
        this.body = body;
        this.response = response;
        this.faults = faults;
    }

    int status() {
        return status;
    }

    @CheckForNull
    String header(@NonNull String name) {
        return response.getHeader(name);
    }

    /**
     * The body when the engine agreed.
     *
     * @throws EngineException with the engine's own words when it did not
     */
    @NonNull
    InputStream bodyOf(@NonNull Integer... expected) throws EngineException, InterruptedException {
        if (!List.of(expected).contains(status)) {
            throw refused();
        }
        if (status != 204 && !hasEnd()) {
            // The HTTP client takes a connection that ends within the head for the end of the head.
            throw faults.senseless(
                    task,
                    "its answer has neither a length nor chunks, so that its end could not be told from a lost"
                            + " connection; either it is cut off, or a proxy that speaks HTTP/1.0 stands between",
                    null);
        }
        return body;
    }

    /**
     * Hands on every event of the body, to its end: what an engine says while it works on what was uploaded, with a
     * status of 200 even where it fails.
     *
     * @throws EngineException the first error among them; what breaks afterwards is its echo
     */
    void readEvents(@NonNull Consumer<EngineEvent> each) throws EngineException, InterruptedException {
        EngineException failure = null;
        try (EngineEventParser parser = new EngineEventParser(bodyOf(200))) {
            for (EngineEvent event = parser.next(); event != null; event = parser.next()) {
                each.accept(event);
                if (event.error() != null && failure == null) {
                    failure = faults.refused(task, 0, event.error());
                }
            }
        } catch (MalformedEventException e) {
            throw failure != null ? failure : faults.senseless(task, e.getMessage(), e);
        } catch (CallInterruptedException e) {
            throw e.taken();
        } catch (EngineException e) {
            throw failure != null ? failure : e;
        } catch (IOException e) {
            throw failure != null ? failure : faults.lost(task, e);
        }
        if (failure != null) {
            throw failure;
        }
    }

    /**
     * The body for the caller of the engine, who ends the call by closing it.
     *
     * @throws EngineException when the engine did not agree with status 200; the call is ended then
     */
    @NonNull
    InputStream keptBody() throws EngineException, InterruptedException {
        boolean kept = false;
        try {
            InputStream agreed = bodyOf(200);
            kept = true;
            return agreed;
        } finally {
            if (!kept) {
                close();
            }
        }
    }

    private boolean hasEnd() {
        String encoding = header("Transfer-Encoding");
        return header("Content-Length") != null
                || (encoding != null && encoding.toLowerCase(Locale.ROOT).contains("chunked"));
    }

    /** The body, a JSON object or array, when the engine agreed with status 200. */
    @NonNull
    JsonNode json() throws EngineException, InterruptedException {
        InputStream agreed = bodyOf(200);
        byte[] bytes = read(agreed, LARGEST_JSON);
        if (bytes.length == LARGEST_JSON) {
            throw faults.senseless(task, "its answer is larger than " + LARGEST_JSON + " bytes", null);
        }
        try {
            JsonNode node = new EngineJson().read(bytes);
            if (node.isObject() || node.isArray()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            // told below, without the content that Jackson quotes
        } catch (IOException e) {
            throw new IllegalStateException(e); // reading an array
        }
        throw faults.senseless(task, "its answer is not JSON: " + excerpt(bytes), null);
    }

    /** The engine's refusal as an exception; reads what the engine says. */
    @NonNull
    EngineException refused() throws InterruptedException {
        String text;
        try {
            text = errorText(read(body, LARGEST_ERROR));
        } catch (EngineException e) {
            text = "its reason was lost with the connection";
        }
        return faults.refused(task, status, text);
    }

    /** The whole body, but not more than {@code most} bytes. */
    @NonNull
    private byte[] read(InputStream in, int most) throws EngineException, InterruptedException {
        try {
            return in.readNBytes(most);
        } catch (CallInterruptedException e) {
            throw e.taken();
        } catch (EngineException e) {
            throw e;
        } catch (IOException e) {
            throw faults.lost(task, e);
        }
    }

    /** Docker and podman say {@code message}, podman's own words for the cause are in {@code cause}. */
    private static String errorText(byte[] bytes) {
        try {
            JsonNode node = new EngineJson().read(bytes);
            for (String name : List.of("message", "error", "cause")) {
                if (node.path(name).isTextual() && !node.path(name).textValue().isBlank()) {
                    return node.path(name).textValue();
                }
            }
        } catch (IOException e) {
            // not JSON: a proxy's page, perhaps
        }
        return bytes.length == 0 ? "it gave no reason" : excerpt(bytes);
    }

    private static String excerpt(byte[] bytes) {
        String text = new String(bytes, 0, Math.min(bytes.length, 200), StandardCharsets.UTF_8);
        return "'" + OneLine.of(text) + "'";
    }

    @Override
    public void close() throws EngineException {
        try {
            body.close();
        } catch (IOException e) {
            throw faults.lost(task, e);
        }
    }
}
