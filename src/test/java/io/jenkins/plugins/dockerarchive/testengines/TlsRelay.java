package io.jenkins.plugins.dockerarchive.testengines;

import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A relay that a client reaches over TLS on 127.0.0.1, and that demands a client certificate as a well-kept engine does.
 * The handshake is a part of the upload and the download: they can be stalled before it.
 */
public final class TlsRelay extends Relay {

    private final TestCertificates certificates;
    private final SSLContext context;
    private final ServerSocket listener;

    public TlsRelay(TestEngine engine, TestCertificates certificates) throws IOException {
        super(engine);
        this.certificates = certificates;
        context = certificates.engineContext();
        listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        startListening();
    }

    public int port() {
        return listener.getLocalPort();
    }

    @Override
    public EngineAddress address() {
        return new EngineAddress(URI.create("tcp://127.0.0.1:" + port()), certificates.client(), "a test");
    }

    @Override
    ByteChannel accept() throws IOException {
        return new TlsChannel(listener.accept(), context);
    }

    @Override
    void reset(ByteChannel client) throws IOException {
        ((TlsChannel) client).tcp.setSoLinger(true, 0);
        client.close();
    }

    @Override
    void stopListening() throws IOException {
        listener.close();
    }

    private static final class TlsChannel implements ByteChannel {
        private final Socket tcp;
        private final InputStream in;
        private final OutputStream out;

        TlsChannel(Socket tcp, SSLContext context) throws IOException {
            this.tcp = tcp;
            SSLSocket tls = (SSLSocket) context.getSocketFactory().createSocket(tcp, null, false);
            tls.setUseClientMode(false);
            tls.setNeedClientAuth(true);
            in = tls.getInputStream();
            out = tls.getOutputStream();
        }

        @Override
        public int read(ByteBuffer buffer) throws IOException {
            int count = in.read(buffer.array(), buffer.position(), buffer.remaining());
            if (count > 0) {
                buffer.position(buffer.position() + count);
            }
            return count;
        }

        @Override
        public int write(ByteBuffer buffer) throws IOException {
            int count = buffer.remaining();
            out.write(buffer.array(), buffer.position(), count);
            buffer.position(buffer.limit());
            return count;
        }

        @Override
        public boolean isOpen() {
            return !tcp.isClosed();
        }

        @Override
        public void close() throws IOException {
            tcp.close();
        }
    }
}
