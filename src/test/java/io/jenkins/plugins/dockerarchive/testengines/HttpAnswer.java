package io.jenkins.plugins.dockerarchive.testengines;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One answer of an engine: its head as it is, its body without what HTTP puts around it. */
final class HttpAnswer {

    private final String head;
    private final InputStream body;

    private HttpAnswer(String head, InputStream body) {
        this.head = head;
        this.body = body;
    }

    /** Reads the head; interim answers (100 Continue) are left out. */
    static HttpAnswer read(InputStream in) throws IOException {
        String head;
        do {
            head = head(in);
        } while (head.startsWith("HTTP/1.1 100"));
        String lower = head.toLowerCase(Locale.ROOT);
        if (lower.contains("transfer-encoding: chunked")) {
            return new HttpAnswer(head, new Chunked(in));
        }
        int length = lower.indexOf("content-length:");
        if (length < 0) {
            return new HttpAnswer(head, in);
        }
        int size = Integer.parseInt(
                lower.substring(length + 15, lower.indexOf('\r', length)).strip());
        return new HttpAnswer(head, new java.io.ByteArrayInputStream(in.readNBytes(size)));
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException();
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    InputStream body() {
        return body;
    }

    /** The same head for a body of chunks. */
    void writeHead(OutputStream client) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (String line : head.split("\r\n")) {
            String lower = line.toLowerCase(Locale.ROOT);
            if (!lower.startsWith("content-length:") && !lower.startsWith("transfer-encoding:")) {
                lines.append(line).append("\r\n");
            }
        }
        client.write(
                lines.append("Transfer-Encoding: chunked\r\n\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    static void writeChunks(InputStream content, OutputStream client) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
            if (count > 0) {
                client.write((Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII));
                client.write(buffer, 0, count);
                client.write("\r\n".getBytes(StandardCharsets.US_ASCII));
            }
        }
    }

    static void writeEnd(OutputStream client) throws IOException {
        client.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static final class Chunked extends InputStream {
        private final InputStream in;
        private long left;
        private boolean ended;

        Chunked(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (ended) {
                return -1;
            }
            if (left == 0) {
                String size = line();
                left = Long.parseLong(size.split(";")[0].strip(), 16);
                if (left == 0) {
                    line();
                    ended = true;
                    return -1;
                }
            }
            int count = in.read(buffer, offset, (int) Math.min(length, left));
            if (count < 0) {
                throw new EOFException();
            }
            left -= count;
            if (left == 0) {
                line();
            }
            return count;
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new EOFException();
                }
                if (next != '\r') {
                    line.append((char) next);
                }
            }
            return line.toString();
        }
    }
}
