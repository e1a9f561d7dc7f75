package io.jenkins.plugins.dockerarchive.testengines;

import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import java.io.Closeable;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Stands between a client and a real engine's socket, over one transport, and makes the network do what networks do.
 * Switches work at once, on open connections as on later ones.
 */
public abstract class Relay implements Closeable {

    private static final long UNLIMITED = Long.MAX_VALUE;
    private static final int BLOCK = 16 * 1024;

    private final TestEngine engine;
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    private volatile long uploadStall = UNLIMITED;
    private volatile long downloadStall = UNLIMITED;
    private volatile long downloadCut = UNLIMITED;
    private volatile long bytesPerSecond = UNLIMITED;

    Relay(TestEngine engine) {
        this.engine = engine;
    }

    /** Where a client finds the engine through this relay. */
    public abstract EngineAddress address();

    /** Waits for the next client. */
    abstract ByteChannel accept() throws IOException;

    abstract void stopListening() throws IOException;

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
            try {
                server = SocketChannel.open(
                        UnixDomainSocketAddress.of(engine.uri().getPath()));
            } catch (IOException e) {
                end();
                return;
            }
            thread("relay up", this::up);
            thread("relay down", this::down);
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
                    buffer.limit((int) Math.min(BLOCK, Math.max(1, left)));
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
