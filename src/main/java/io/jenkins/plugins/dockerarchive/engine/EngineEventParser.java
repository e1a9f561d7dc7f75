package io.jenkins.plugins.dockerarchive.engine;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads the stream of JSON objects with which engines tell how a call goes: one after another, with or without line
 * ends between them.
 *
 * @see <a href="https://pkg.go.dev/github.com/moby/moby/api/types/jsonstream">moby's jsonstream</a>
 */
final class EngineEventParser implements Closeable {

    /** An object may be about this large, in bytes. */
    private static final int LARGEST_OBJECT = 1024 * 1024;

    private final ObjectLimit in;
    private final JsonParser parser;

    EngineEventParser(@NonNull InputStream in) throws IOException {
        this.in = new ObjectLimit(in);
        this.parser = new EngineJson().parser(this.in);
    }

    /**
     * The next object, or null at the end of the stream.
     *
     * @throws MalformedEventException when the stream is no such JSON, an object is cut off, or too large
     * @throws IOException what reading the stream threw
     */
    @CheckForNull
    EngineEvent next() throws IOException {
        in.nextObject();
        JsonNode node;
        try {
            if (parser.nextToken() == null) {
                return null;
            }
            node = parser.readValueAsTree();
        } catch (JsonEOFException e) {
            throw new MalformedEventException("its answer ends within a JSON object: " + in.excerpt());
        } catch (JsonProcessingException e) {
            // Jackson's message quotes the source; the excerpt shows it once, cleaned.
            throw new MalformedEventException("its answer is not JSON: " + in.excerpt());
        }
        if (!node.isObject()) {
            throw new MalformedEventException("its answer is not a JSON object: " + in.excerpt());
        }
        return new EngineEvent(
                EngineJson.text(node, "stream"),
                EngineJson.text(node, "status"),
                EngineJson.text(node, "id"),
                progress(node.path("progressDetail")),
                error(node));
    }

    @CheckForNull
    private static EngineEvent.Progress progress(JsonNode detail) {
        return detail.path("current").isNumber() || detail.path("total").isNumber()
                ? new EngineEvent.Progress(
                        detail.path("current").asLong(), detail.path("total").asLong())
                : null;
    }

    /** {@code errorDetail} is the newer form, {@code error} the one that is going away; podman also says {@code cause}. */
    @CheckForNull
    private static String error(JsonNode node) {
        JsonNode detail = node.path("errorDetail");
        String message = EngineJson.text(detail, "message");
        if (message == null) {
            message = EngineJson.text(node, "error");
        }
        if (message == null && node.has("response")) {
            message = EngineJson.text(node, "message");
        }
        boolean failed = isPresent(detail) || isPresent(node.path("error"));
        return message == null && failed ? "it gave no reason" : message;
    }

    private static boolean isPresent(JsonNode node) {
        return !node.isMissingNode()
                && !node.isNull()
                && !(node.isTextual() && node.textValue().isEmpty());
    }

    @Override
    public void close() throws IOException {
        parser.close();
    }

    /** What the engine sent is not a stream of events. The message is a clause that follows "but". */
    static final class MalformedEventException extends IOException {
        private static final long serialVersionUID = 1L;

        MalformedEventException(String clause) {
            super(clause);
        }
    }

    /** Bounds what one object may take, and remembers how it begins. Jackson reads ahead, so the bound is not exact. */
    private static final class ObjectLimit extends FilterInputStream {

        private static final int EXCERPT = 200;

        private final ByteArrayOutputStream head = new ByteArrayOutputStream();
        private int taken;

        ObjectLimit(InputStream in) {
            super(in);
        }

        void nextObject() {
            taken = 0;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = super.read(buffer, offset, length);
            if (count > 0) {
                taken += count;
                if (head.size() > EXCERPT) {
                    head.reset();
                }
                head.write(buffer, offset, Math.min(count, EXCERPT));
                if (taken > LARGEST_OBJECT) {
                    throw new MalformedEventException(
                            "its answer holds a JSON object of more than " + LARGEST_OBJECT + " bytes");
                }
            }
            return count;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        String excerpt() {
            String text = head.toString(StandardCharsets.UTF_8);
            return "'" + OneLine.of(text) + "'";
        }
    }
}
