package io.jenkins.plugins.dockerarchive.testengines;

import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A relay that a client reaches over a unix socket. */
public final class UnixRelay extends Relay {

    private final Path socket;
    private final ServerSocketChannel listener;

    /** @param directory for the socket, with a short path */
    public UnixRelay(TestEngine engine, Path directory) throws IOException {
        super(engine);
        socket = directory.resolve("r" + System.nanoTime() % 100000 + ".sock");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket));
        startListening();
    }

    @Override
    public EngineAddress address() {
        return new EngineAddress(URI.create("unix://" + socket), null, "a test");
    }

    @Override
    ByteChannel accept() throws IOException {
        return listener.accept();
    }

    @Override
    void stopListening() throws IOException {
        listener.close();
        Files.deleteIfExists(socket);
    }
}
