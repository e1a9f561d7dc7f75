package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * Makes the TLS context for an engine from PEM text, in memory only. Host names are verified by the HTTP client.
 *
 * <p>It uses the JDK alone: docker-java's own way needs Bouncy Castle registered in the JVM as a provider and trusts
 * every engine when it is given a key store.
 */
final class TlsContext {

    private final EngineAddress address;
    private final EngineFaults faults;

    TlsContext(@NonNull EngineAddress address) {
        this.address = address;
        this.faults = new EngineFaults(address);
    }

    /** @throws EngineException when a certificate or the key is unusable; never with a part of the key */
    @NonNull
    SSLContext create() throws EngineException {
        ClientCertificates pem = address.certificates();
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys(pem), trust(pem), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw unusable("TLS could not be set up: " + EngineFaults.clause(String.valueOf(e.getMessage())));
        }
    }

    private KeyManager[] keys(ClientCertificates pem) throws GeneralSecurityException, IOException {
        if (pem.key() == null && pem.certificate() == null) {
            return new KeyManager[0];
        }
        if (pem.key() == null) {
            throw unusable("there is a client certificate but no client key");
        }
        if (pem.certificate() == null) {
            throw unusable("there is a client key but no client certificate");
        }
        List<Certificate> chain = certificates(pem.certificate(), "client certificate");
        PrivateKey key;
        try {
            key = new PrivateKeyPem().read(pem.key());
        } catch (IllegalArgumentException e) {
            throw unusable(e.getMessage());
        }
        requirePair(key, chain.get(0).getPublicKey());
        KeyStore store = emptyStore();
        char[] noPassword = new char[0]; // the store never leaves this method
        store.setKeyEntry("client", key, noPassword, chain.toArray(new Certificate[0]));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, noPassword);
        return factory.getKeyManagers();
    }

    /** An engine could only say that it refuses the certificate. */
    private void requirePair(PrivateKey key, PublicKey certified) throws GeneralSecurityException, EngineException {
        String algorithm =
                switch (certified.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> certified.getAlgorithm();
                };
        byte[] sample = {1, 2, 3};
        boolean pair;
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(sample);
            byte[] signed = signature.sign();
            signature.initVerify(certified);
            signature.update(sample);
            pair = signature.verify(signed);
        } catch (InvalidKeyException | SignatureException e) {
            pair = false;
        }
        if (!pair) {
            throw unusable("the client key does not belong to the client certificate");
        }
    }

    /** Null stands for the authorities that the JVM trusts. */
    private TrustManager[] trust(ClientCertificates pem) throws GeneralSecurityException, IOException {
        if (pem.authority() == null) {
            return null;
        }
        KeyStore store = emptyStore();
        int number = 0;
        for (Certificate certificate : certificates(pem.authority(), "certificate authority")) {
            store.setCertificateEntry("authority-" + number++, certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private List<Certificate> certificates(String pem, String what) throws GeneralSecurityException, EngineException {
        List<Certificate> certificates = new ArrayList<>();
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        try {
            for (PemBlock block : PemBlock.all(pem)) {
                if (block.type().equals("CERTIFICATE") || block.type().equals("TRUSTED CERTIFICATE")) {
                    certificates.add(factory.generateCertificate(new ByteArrayInputStream(block.der())));
                }
            }
        } catch (CertificateException | IllegalArgumentException e) {
            throw unusable("the " + what + " cannot be read as X.509 in PEM");
        }
        if (certificates.isEmpty()) {
            throw unusable("the " + what + " holds no '-----BEGIN CERTIFICATE-----'");
        }
        return certificates;
    }

    /** Without a cause: what cannot be parsed may be quoted there. */
    private EngineException unusable(String why) {
        return new EngineException("The engine at " + faults.where() + " cannot be used: " + why + ".", null);
    }
}
