package io.jenkins.plugins.dockerarchive.testengines;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** What becomes of one answer of an engine on its way to the client, HTTP known. */
public final class AnswerFault {

    /** Writes what the client gets instead of the answer. */
    private interface Rewriting {
        void write(HttpAnswer answer, OutputStream client) throws IOException;
    }

    private final String name;
    private final boolean asksEngine;
    private final Rewriting rewriting;

    private AnswerFault(String name, boolean asksEngine, Rewriting rewriting) {
        this.name = name;
        this.asksEngine = asksEngine;
        this.rewriting = rewriting;
    }

    /** The engine never hears of the request; the client gets this at once. */
    public static AnswerFault insteadOfTheEngine(int status, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        return new AnswerFault("answers " + status, false, (answer, client) -> {
            client.write(("HTTP/1.1 " + status + " A fault\r\nContent-Type: application/json\r\nContent-Length: "
                            + body.length + "\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            client.write(body);
        });
    }

    /** The engine does its work, and the client gets these bytes as a complete answer of success. */
    public static AnswerFault saying(String body) {
        return new AnswerFault("says '" + body + "'", true, (answer, client) -> {
            answer.body().transferTo(OutputStream.nullOutputStream());
            answer.writeHead(client);
            HttpAnswer.writeChunks(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)), client);
            HttpAnswer.writeEnd(client);
        });
    }

    /** The body ends there, cleanly, as when an engine fails in the midst of it. */
    public static AnswerFault endingCleanlyAfter(long bytes) {
        return new AnswerFault("ends cleanly after " + bytes, true, (answer, client) -> {
            answer.writeHead(client);
            HttpAnswer.writeChunks(first(answer.body(), bytes), client);
            HttpAnswer.writeEnd(client);
        });
    }

    /** As a failing engine does after its first byte: the error goes into the body, the status stays 200. */
    public static AnswerFault endingWithAnErrorAfter(long bytes, String error) {
        byte[] object = ("{\"errorDetail\":{\"message\":\"" + error + "\"},\"error\":\"" + error + "\"}\r\n")
                .getBytes(StandardCharsets.UTF_8);
        return new AnswerFault("ends with an error after " + bytes, true, (answer, client) -> {
            answer.writeHead(client);
            HttpAnswer.writeChunks(first(answer.body(), bytes), client);
            HttpAnswer.writeChunks(new ByteArrayInputStream(object), client);
            HttpAnswer.writeEnd(client);
        });
    }

    /** Everything arrives but the last chunk, which says that this was everything. */
    public static AnswerFault withoutTheLastChunk() {
        return new AnswerFault("drops the last chunk", true, (answer, client) -> {
            answer.writeHead(client);
            HttpAnswer.writeChunks(answer.body(), client);
        });
    }

    /** An old proxy: HTTP/1.0, whose body ends with the connection, here too early. */
    public static AnswerFault asHttp10EndingAfter(long bytes) {
        return new AnswerFault("is HTTP/1.0 and ends after " + bytes, true, (answer, client) -> {
            client.write("HTTP/1.0 200 OK\r\nContent-Type: application/x-tar\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            first(answer.body(), bytes).transferTo(client);
        });
    }

    /** One bit of the body is another. */
    public static AnswerFault flippingABitAt(long position) {
        return new AnswerFault("flips a bit at " + position, true, (answer, client) -> {
            answer.writeHead(client);
            HttpAnswer.writeChunks(new Flipped(answer.body(), position), client);
            HttpAnswer.writeEnd(client);
        });
    }

    /** The engine does its work and says so, and the client does not hear of it before that. */
    public static AnswerFault heldBackUntil(CountDownLatch released) {
        return new AnswerFault("is held back", true, (answer, client) -> {
            answer.body().transferTo(OutputStream.nullOutputStream());
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    boolean asksEngine() {
        return asksEngine;
    }

    void write(HttpAnswer answer, OutputStream client) throws IOException {
        rewriting.write(answer, client);
    }

    @Override
    public String toString() {
        return name;
    }

    private static InputStream first(InputStream in, long bytes) {
        return new InputStream() {
            private long left = bytes;

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int count = left == 0 ? -1 : in.read(buffer, offset, (int) Math.min(length, left));
                left -= Math.max(count, 0);
                return count;
            }
        };
    }

    private static final class Flipped extends InputStream {
        private final InputStream in;
        private long left;

        Flipped(InputStream in, long position) {
            this.in = in;
            this.left = position;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int count = in.read(buffer, offset, length);
            if (left >= 0 && left < count) {
                buffer[offset + (int) left] ^= 0x10;
            }
            left -= Math.max(count, 0);
            return count;
        }
    }
}
