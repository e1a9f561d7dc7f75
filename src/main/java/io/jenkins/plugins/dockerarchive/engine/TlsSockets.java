package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/**
 * Remembers the TCP sockets below the TLS connections of one call.
 *
 * <p>Closing a TLS socket waits for the lock of a thread that is blocked in a write, which never ends when the engine
 * takes nothing; docker-java closes that way. Closing the TCP socket below does not wait and ends the write.
 */
final class TlsSockets {

    private final List<Socket> sockets = new ArrayList<>();
    private boolean closed;

    /** A TLS context like {@code context} whose connections are remembered here. */
    @NonNull
    SSLContext remembering(@NonNull SSLContext context) {
        return new RememberingContext(context);
    }

    /** Ends all connections at once, and later ones before they start. */
    void close() {
        List<Socket> toClose;
        synchronized (this) {
            closed = true;
            toClose = List.copyOf(sockets);
            sockets.clear();
        }
        for (Socket socket : toClose) {
            try {
                socket.close();
            } catch (IOException e) {
                // It is of no use any more, whatever its state.
            }
        }
    }

    private synchronized void remember(Socket socket) throws SocketException {
        if (closed) {
            throw new SocketException("Socket closed");
        }
        sockets.add(socket);
    }

    private final class RememberingContext extends SSLContext {
        RememberingContext(SSLContext context) {
            super(new RememberingSpi(context), context.getProvider(), context.getProtocol());
        }
    }

    private final class RememberingSpi extends SSLContextSpi {
        private final SSLContext context;

        RememberingSpi(SSLContext context) {
            this.context = context;
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return new RememberingFactory(context.getSocketFactory());
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException("This context is initialised.");
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return context.getServerSocketFactory();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return context.createSSLEngine();
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return context.createSSLEngine(host, port);
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return context.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return context.getClientSessionContext();
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return context.getDefaultSSLParameters();
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return context.getSupportedSSLParameters();
        }
    }

    /** The HTTP client only ever puts TLS over a TCP socket that it has connected. */
    private final class RememberingFactory extends SSLSocketFactory {
        private final SSLSocketFactory factory;

        RememberingFactory(SSLSocketFactory factory) {
            this.factory = factory;
        }

        @Override
        public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
            remember(socket);
            return factory.createSocket(socket, host, port, autoClose);
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return factory.getDefaultCipherSuites();
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return factory.getSupportedCipherSuites();
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            throw new IOException("A connection must exist before TLS.");
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            return createSocket(host, port);
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            return createSocket(host.getHostName(), port);
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            return createSocket(host, port);
        }
    }
}
