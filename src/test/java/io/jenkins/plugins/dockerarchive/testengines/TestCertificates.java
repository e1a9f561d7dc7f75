package io.jenkins.plugins.dockerarchive.testengines;

import io.jenkins.plugins.dockerarchive.engine.ClientCertificates;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority that lives as long as a test, with an engine's certificate and a client's. */
public final class TestCertificates {

    /** How the client's key is written. */
    public enum KeyForm {
        PKCS8_RSA,
        PKCS1_RSA,
        PKCS8_EC,
        SEC1_EC,
        PKCS8_ED25519
    }

    private final KeyPair authorityKeys;
    private final X509Certificate authority;
    private final KeyPair engineKeys;
    private final X509Certificate engine;
    private final KeyPair clientKeys;
    private final X509Certificate client;
    private final KeyForm form;

    /** @param host the engine's name or address in its certificate */
    public TestCertificates(String host, KeyForm form) {
        this.form = form;
        try {
            authorityKeys = keys("EC");
            authority = certificate("CN=test authority", authorityKeys, "CN=test authority", authorityKeys, null, true);
            engineKeys = keys("RSA");
            engine = certificate("CN=engine", engineKeys, "CN=test authority", authorityKeys, host, false);
            clientKeys = keys(algorithm(form));
            client = certificate("CN=client", clientKeys, "CN=test authority", authorityKeys, null, false);
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new AssertionError(e);
        }
    }

    /** Another client of the same authority and engine. */
    private TestCertificates(TestCertificates same, KeyForm form) {
        this.form = form;
        authorityKeys = same.authorityKeys;
        authority = same.authority;
        engineKeys = same.engineKeys;
        engine = same.engine;
        try {
            clientKeys = keys(algorithm(form));
            client = certificate("CN=client", clientKeys, "CN=test authority", authorityKeys, null, false);
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new AssertionError(e);
        }
    }

    private static String algorithm(KeyForm form) {
        return form.name().contains("RSA") ? "RSA" : form.name().contains("EC") ? "EC" : "Ed25519";
    }

    /** The same authority and engine with another client, whose key is written like that. */
    public TestCertificates withClient(KeyForm form) {
        return new TestCertificates(this, form);
    }

    public TestCertificates() {
        this("127.0.0.1", KeyForm.PKCS8_RSA);
    }

    /** What a client needs, as PEM. */
    public ClientCertificates client() {
        return new ClientCertificates(key(), pem(client), pem(authority));
    }

    public String key() {
        PrivateKey key = clientKeys.getPrivate();
        return switch (form) {
            case PKCS8_RSA, PKCS8_EC, PKCS8_ED25519 -> pem("PRIVATE KEY", key.getEncoded());
            case PKCS1_RSA -> pem("RSA PRIVATE KEY", traditional(key));
            case SEC1_EC ->
                "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
                        + pem("EC PRIVATE KEY", traditionalEc());
        };
    }

    public String certificate() {
        return pem(client);
    }

    public String authority() {
        return pem(authority);
    }

    public String engineCertificate() {
        return pem(engine);
    }

    public String engineKey() {
        return pem("PRIVATE KEY", engineKeys.getPrivate().getEncoded());
    }

    /** For the engine's side: proves itself and demands a certificate of this authority. */
    public SSLContext engineContext() {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("engine", engineKeys.getPrivate(), new char[0], new Certificate[] {engine});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("authority", authority);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    private static KeyPair keys(String algorithm) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        if (algorithm.equals("RSA")) {
            generator.initialize(2048);
        } else if (algorithm.equals("EC")) {
            generator.initialize(256);
        }
        return generator.generateKeyPair();
    }

    private static X509Certificate certificate(
            String subject, KeyPair keys, String issuer, KeyPair issuerKeys, String host, boolean isAuthority)
            throws IOException, OperatorCreationException, GeneralSecurityException {
        Instant now = Instant.now();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                new X500Name(issuer),
                BigInteger.valueOf(System.nanoTime()),
                Date.from(now.minus(1, ChronoUnit.HOURS)),
                Date.from(now.plus(1, ChronoUnit.DAYS)),
                new X500Name(subject),
                keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
        if (host != null) {
            int type = host.matches("[0-9.]+") ? GeneralName.iPAddress : GeneralName.dNSName;
            builder.addExtension(
                    Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName(type, host)));
        }
        return new JcaX509CertificateConverter()
                .getCertificate(
                        builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate())));
    }

    private static byte[] traditional(PrivateKey key) {
        try {
            return PrivateKeyInfo.getInstance(key.getEncoded())
                    .parsePrivateKey()
                    .toASN1Primitive()
                    .getEncoded();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The JDK leaves the curve out of the key inside PKCS#8; OpenSSL's files have it. */
    private byte[] traditionalEc() {
        try {
            PrivateKeyInfo info =
                    PrivateKeyInfo.getInstance(clientKeys.getPrivate().getEncoded());
            org.bouncycastle.asn1.sec.ECPrivateKey key =
                    org.bouncycastle.asn1.sec.ECPrivateKey.getInstance(info.parsePrivateKey());
            return new org.bouncycastle.asn1.sec.ECPrivateKey(
                            256, key.getKey(), info.getPrivateKeyAlgorithm().getParameters())
                    .getEncoded();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String pem(X509Certificate certificate) {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(certificate);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static String pem(String type, byte[] der) {
        return "-----BEGIN " + type + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + type + "-----\n";
    }
}
