package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;

/**
 * Makes server sockets whose connections speak HTTP and heed an interrupt while they are read.
 *
 * <p>An engine tries TLS first, on the loopback, too. Only an answer that begins with {@code HTTP/} makes it go on without
 * at once (containerd, {@code remotes/docker/resolver.go}, isTLSError); an HTTP server waits for the end of a line instead.
 */
final class PushSockets extends ServerSocketFactory {

    private static final int TLS_HANDSHAKE = 0x16;
    private static final int TLS_HEADER = 5;
    private static final byte[] NO_TLS =
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int TICK_MILLIS = 200;
    /** An engine opens one for each layer that it pushes at the same time, five by default. */
    private static final int MOST_OPEN = 64;

    private final Duration idle;
    private final AtomicInteger open = new AtomicInteger();

    /** @param idle how long a connection may be silent while it is read */
    PushSockets(@NonNull IdleTimeout idle) {
        this.idle = idle.duration();
    }

    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
        return createServerSocket(port, 0, null);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
        return createServerSocket(port, backlog, null);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
        return new ServerSocket(port, backlog, address) {
            @Override
            public Socket accept() throws IOException {
                while (true) {
                    Connection connection = new Connection();
                    implAccept(connection);
                    if (open.incrementAndGet() <= MOST_OPEN) {
                        return connection;
                    }
                    connection.close();
                }
            }
        };
    }

    private final class Connection extends Socket {
        private final AtomicBoolean closed = new AtomicBoolean();
        private InputStream in;

        @Override
        public void close() throws IOException {
            if (closed.compareAndSet(false, true)) {
                open.decrementAndGet();
            }
            super.close();
        }

        @Override
        public InputStream getInputStream() throws IOException {
            if (in == null) {
                in = new Incoming(super.getInputStream(), this);
            }
            return in;
        }
    }

    private final class Incoming extends FilterInputStream {
        private final Socket socket;
        private boolean begun;

        Incoming(InputStream in, Socket socket) {
            super(in);
            this.socket = socket;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = await(buffer, offset, length);
            if (!begun && read > 0) {
                begun = true;
                if (buffer[offset] == TLS_HANDSHAKE) {
                    refuseTls(buffer, offset, read);
                    return -1;
                }
            }
            return read;
        }

        /** An interrupt ends no read of a TCP socket by itself. */
        private int await(byte[] buffer, int offset, int length) throws IOException {
            long start = System.nanoTime();
            socket.setSoTimeout(TICK_MILLIS);
            while (true) {
                try {
                    return in.read(buffer, offset, length);
                } catch (SocketTimeoutException e) {
                    if (Thread.currentThread().isInterrupted()) {
                        throw (IOException)
                                new InterruptedIOException("Interrupted while an engine pushed.").initCause(e);
                    }
                    if (System.nanoTime() - start > idle.toNanos()) {
                        throw new IOException("it was silent for " + idle, e);
                    }
                }
            }
        }

        /** What is left unread would reset the connection, and the answer with it: a record is read whole. */
        private void refuseTls(byte[] buffer, int offset, int read) throws IOException {
            byte[] head = new byte[TLS_HEADER];
            int known = Math.min(read, TLS_HEADER);
            System.arraycopy(buffer, offset, head, 0, known);
            while (known < TLS_HEADER) {
                int more = await(head, known, TLS_HEADER - known);
                if (more < 0) {
                    return;
                }
                known += more;
            }
            int left = TLS_HEADER + ((head[3] & 0xff) << 8 | head[4] & 0xff) - Math.max(read, TLS_HEADER);
            byte[] rest = new byte[1024];
            while (left > 0) {
                int more = await(rest, 0, Math.min(left, rest.length));
                if (more < 0) {
                    return;
                }
                left -= more;
            }
            socket.getOutputStream().write(NO_TLS);
            socket.shutdownOutput();
        }
    }
}
