package io.jenkins.plugins.dockerarchive.testengines;

import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Stands between a client and a real engine, over one transport, and makes the network do what networks do.
 * Switches work at once, on open connections as on later ones.
 */
public abstract class Relay implements Closeable {

    private static final long UNLIMITED = Long.MAX_VALUE;
    private static final int BLOCK = 16 * 1024;

    private final SocketAddress engine;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private volatile long uploadStall = UNLIMITED;
    private volatile long downloadStall = UNLIMITED;
    private volatile long downloadCut = UNLIMITED;
    private volatile long bytesPerSecond = UNLIMITED;
    private volatile long uploadFlip = UNLIMITED;
    private volatile String faultyRequest;
    private volatile AnswerFault fault;
    private final AtomicInteger faultsLeft = new AtomicInteger();
    private final AtomicInteger faultsMade = new AtomicInteger();

    Relay(TestEngine engine) {
        this(socketOf(engine));
    }

    static SocketAddress socketOf(TestEngine engine) {
        return UnixDomainSocketAddress.of(engine.uri().getPath());
    }

    /** @param engine where it listens */
    Relay(SocketAddress engine) {
        this.engine = engine;
    }

    /** Where a client finds the engine through this relay. */
    public abstract EngineAddress address();

    /** Waits for the next client. */
    abstract ByteChannel accept() throws IOException;

    abstract void stopListening() throws IOException;

    /** Ends a client's connection as a machine does that was switched off, where the transport knows that. */
    void reset(ByteChannel client) throws IOException {
        client.close();
    }

    final void startListening() {
        thread("relay", () -> {
            while (!closed) {
                ByteChannel client;
                try {
                    client = accept();
                } catch (IOException e) {
                    continue; // closed, or a client that did not get through a handshake
                }
                new Connection(client).start();
            }
        });
    }

    /** The engine reads no more than this much of each connection. */
    public final void stallUploadAfter(long bytes) {
        uploadStall = bytes;
    }

    /** The client gets no more than this much over each connection, which stays open. */
    public final void stallDownloadAfter(long bytes) {
        downloadStall = bytes;
    }

    /** The connection ends after so much for the client. */
    public final void cutDownloadAfter(long bytes) {
        downloadCut = bytes;
    }

    /** Limits what each connection carries to the client. */
    public final void slowDown(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** The engine gets another bit than the client sent, at that place of each connection's upload. */
    public final void flipUploadedBitAt(long position) {
        uploadFlip = position;
    }

    /**
     * Puts a fault into the next answers to some requests.
     *
     * @param request what the request's first line must contain, as in {@code "/images/get"}
     * @param times how many of the next such answers
     */
    public final void fault(String request, int times, AnswerFault fault) {
        this.fault = fault;
        faultsLeft.set(times);
        faultyRequest = request;
    }

    /** Answers that were spoilt so far. */
    public final int faultsMade() {
        return faultsMade.get();
    }

    /** Resets what is open now; later connections are made as before. */
    public final void resetOpenConnections() {
        connections.forEach(connection -> {
            try {
                reset(connection.client);
            } catch (IOException e) {
                // it is gone
            }
            connection.end();
        });
    }

    /** Ends what is open now, as a network does; later connections are made as before. */
    public final void breakOpenConnections() {
        connections.forEach(Connection::end);
    }

    /** Everything flows again. */
    public final void resume() {
        uploadStall = UNLIMITED;
        downloadStall = UNLIMITED;
        downloadCut = UNLIMITED;
        bytesPerSecond = UNLIMITED;
        uploadFlip = UNLIMITED;
        faultyRequest = null;
    }

    /**
     * Connections that the relay has not seen the end of. It sees the end that a client makes only while it reads, so
     * {@link #resume()} first.
     */
    public final int openConnections() {
        return connections.size();
    }

    /** Bytes that the client of any open connection has got. */
    public final long downloaded() {
        return connections.stream().mapToLong(c -> c.downloaded).sum();
    }

    /** Bytes that the client of any open connection has sent. */
    public final long uploaded() {
        return connections.stream().mapToLong(c -> c.uploaded).sum();
    }

    @Override
    public final void close() throws IOException {
        closed = true;
        stopListening();
        connections.forEach(Connection::end);
    }

    private static void thread(String name, Runnable body) {
        Thread thread = new Thread(body, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** One client, one connection to the engine, a thread for each direction. */
    private final class Connection {
        private final ByteChannel client;
        private volatile SocketChannel server;
        private volatile long uploaded;
        private volatile long downloaded;
        private volatile boolean ended;

        Connection(ByteChannel client) {
            this.client = client;
        }

        void start() {
            connections.add(this);
            thread("relay up", this::up);
        }

        /** Once the client has said what it wants: that may be what is to fail. */
        private boolean begin(ByteBuffer first) throws IOException {
            String line = StandardCharsets.ISO_8859_1.decode(first.duplicate()).toString();
            line = line.contains("\r") ? line.substring(0, line.indexOf('\r')) : line;
            String faulty = faultyRequest;
            AnswerFault answerFault = null;
            if (faulty != null && line.contains(faulty) && faultsLeft.getAndDecrement() > 0) {
                answerFault = fault;
                faultsMade.incrementAndGet();
            }
            if (answerFault != null && !answerFault.asksEngine()) {
                answerFault.write(null, new ToClient());
                return false;
            }
            server = SocketChannel.open(engine);
            AnswerFault chosen = answerFault;
            thread("relay down", chosen == null ? this::down : () -> spoil(chosen));
            return true;
        }

        private void spoil(AnswerFault answerFault) {
            try {
                answerFault.write(
                        HttpAnswer.read(new BufferedInputStream(Channels.newInputStream(server))), new ToClient());
            } catch (IOException e) {
                // one of them is gone
            }
            end();
        }

        private void up() {
            ByteBuffer buffer = ByteBuffer.allocate(BLOCK);
            try {
                while (true) {
                    buffer.clear();
                    awaitBelow(() -> uploaded < uploadStall);
                    buffer.limit((int) Math.min(BLOCK, Math.max(1, uploadStall - uploaded)));
                    int count = client.read(buffer);
                    if (count < 0) {
                        break; // ends the exchange: no client of an engine ends its side and still reads
                    }
                    buffer.flip();
                    if (uploaded == 0 && count > 0 && !begin(buffer)) {
                        break;
                    }
                    if (uploadFlip >= uploaded && uploadFlip < uploaded + count) {
                        int at = (int) (uploadFlip - uploaded);
                        buffer.put(at, (byte) (buffer.get(at) ^ 0x10));
                    }
                    if (!passToEngine(buffer)) {
                        return; // what the engine said before it stopped reading still goes down
                    }
                    uploaded += count;
                }
            } catch (IOException | InterruptedException e) {
                // the client is gone
            }
            end();
        }

        private boolean passToEngine(ByteBuffer buffer) {
            try {
                while (buffer.hasRemaining()) {
                    server.write(buffer);
                }
                return true;
            } catch (IOException e) {
                return false;
            }
        }

        private void down() {
            ByteBuffer buffer = ByteBuffer.allocate(BLOCK);
            try {
                while (true) {
                    buffer.clear();
                    long left = Math.min(downloadStall, downloadCut) - downloaded;
                    // slow means little at a time, not much now and then
                    buffer.limit((int) Math.min(Math.min(BLOCK, Math.max(1, bytesPerSecond / 10)), Math.max(1, left)));
                    int count = server.read(buffer);
                    if (count < 0) {
                        end();
                        return;
                    }
                    awaitBelow(() -> downloaded < downloadStall);
                    if (downloaded >= downloadCut) {
                        end();
                        return;
                    }
                    if (bytesPerSecond != UNLIMITED) {
                        Thread.sleep(count * 1000L / bytesPerSecond);
                    }
                    buffer.flip();
                    while (buffer.hasRemaining()) {
                        client.write(buffer);
                    }
                    downloaded += count;
                }
            } catch (IOException | InterruptedException e) {
                end();
            }
        }

        /** What a spoilt answer is written to. */
        private final class ToClient extends OutputStream {
            @Override
            public void write(int b) throws IOException {
                write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                // on heap from its start, as a TLS channel wants it
                ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
                while (buffer.hasRemaining()) {
                    client.write(buffer);
                }
                downloaded += length;
            }
        }

        private void awaitBelow(BooleanSupplier condition) throws InterruptedException, IOException {
            while (!condition.getAsBoolean()) {
                if (ended) {
                    throw new IOException("ended");
                }
                Thread.sleep(5);
            }
        }

        private void end() {
            ended = true;
            connections.remove(this);
            try {
                client.close();
            } catch (IOException e) {
                // it is gone
            }
            try {
                if (server != null) {
                    server.close();
                }
            } catch (IOException e) {
                // it is gone
            }
        }
    }
}
