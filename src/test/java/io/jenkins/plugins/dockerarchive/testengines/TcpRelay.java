package io.jenkins.plugins.dockerarchive.testengines;

import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** A relay that a client reaches over TCP on 127.0.0.1. */
public final class TcpRelay extends Relay {

    private final ServerSocketChannel listener;

    public TcpRelay(TestEngine engine) throws IOException {
        this(socketOf(engine));
    }

    /** @param engine where it listens; what goes through may be TLS, of which answers cannot be spoilt */
    public TcpRelay(SocketAddress engine) throws IOException {
        super(engine);
        listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
        startListening();
    }

    public int port() {
        return listener.socket().getLocalPort();
    }

    @Override
    public EngineAddress address() {
        return new EngineAddress(URI.create("tcp://127.0.0.1:" + port()), null, "a test");
    }

    @Override
    ByteChannel accept() throws IOException {
        return listener.accept();
    }

    @Override
    void reset(ByteChannel client) throws IOException {
        ((SocketChannel) client).setOption(StandardSocketOptions.SO_LINGER, 0);
        client.close();
    }

    @Override
    void stopListening() throws IOException {
        listener.close();
    }
}
