package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;

/**
 * Reads a private key: PKCS#8, or one of the older forms, which are put into PKCS#8 because the JDK reads no other.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5208">RFC 5208: PKCS#8</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2">RFC 8017: RSA PRIVATE KEY (PKCS#1)</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc5915">RFC 5915: EC PRIVATE KEY</a>
 */
final class PrivateKeyPem {

    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int OBJECT_ID = 0x06;
    private static final int SEQUENCE = 0x30;
    private static final int EC_PARAMETERS = 0xa0;

    private static final byte[] VERSION_0 = {INTEGER, 1, 0};
    /** rsaEncryption, 1.2.840.113549.1.1.1, with its NULL parameter. */
    private static final byte[] RSA = {OBJECT_ID, 9, 42, (byte) 134, 72, (byte) 134, (byte) 247, 13, 1, 1, 1, 5, 0};
    /** id-ecPublicKey, 1.2.840.10045.2.1. */
    private static final byte[] EC = {OBJECT_ID, 7, 42, (byte) 134, 72, (byte) 206, 61, 2, 1};

    /** @throws IllegalArgumentException a clause that says what is wrong, without any of the content */
    @NonNull
    PrivateKey read(@NonNull String pem) {
        for (PemBlock block : PemBlock.all(pem)) {
            if (block.isEncrypted()) {
                throw new IllegalArgumentException(
                        "the client key is encrypted with a passphrase; decrypt it first (openssl pkey -in key.pem)");
            }
            switch (block.type()) {
                case "PRIVATE KEY":
                    return key(block.der(), List.of("RSA", "EC", "EdDSA", "RSASSA-PSS"));
                case "RSA PRIVATE KEY":
                    return key(pkcs8(RSA, block.der()), List.of("RSA"));
                case "EC PRIVATE KEY":
                    byte[] der = block.der();
                    return key(pkcs8(join(EC, curve(der)), der), List.of("EC"));
                default: // certificates and parameters may stand before the key
            }
        }
        throw new IllegalArgumentException("the client key holds no '-----BEGIN PRIVATE KEY-----', nor an older form");
    }

    private static PrivateKey key(byte[] pkcs8, List<String> algorithms) {
        for (String algorithm : algorithms) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException e) {
                // of another algorithm, or broken
            }
        }
        throw new IllegalArgumentException("the client key cannot be read");
    }

    private static byte[] pkcs8(byte[] algorithm, byte[] key) {
        return wrap(SEQUENCE, join(VERSION_0, wrap(SEQUENCE, algorithm), wrap(OCTET_STRING, key)));
    }

    /** The curve's object ID out of SEQUENCE { version, key, [0] { curve }, ... }. */
    private static byte[] curve(byte[] ecKey) {
        try {
            Der content = new Der(ecKey).inside(SEQUENCE);
            while (content.hasNext()) {
                if (content.tag() == EC_PARAMETERS) {
                    return content.inside(EC_PARAMETERS).rest();
                }
                content.skip();
            }
        } catch (IndexOutOfBoundsException e) {
            // told below
        }
        throw new IllegalArgumentException("the client key names no elliptic curve");
    }

    private static byte[] wrap(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.length;
        if (length < 0x80) {
            out.write(length);
        } else if (length < 0x100) {
            out.write(0x81);
            out.write(length);
        } else {
            out.write(0x82);
            out.write(length >> 8);
            out.write(length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** Walks over DER; runs off its end with {@code IndexOutOfBoundsException}. */
    private static final class Der {
        private final byte[] bytes;
        private int at;

        Der(byte[] bytes) {
            this.bytes = bytes;
        }

        boolean hasNext() {
            return at < bytes.length;
        }

        int tag() {
            return bytes[at] & 0xff;
        }

        void skip() {
            take();
        }

        byte[] rest() {
            return Arrays.copyOfRange(bytes, at, bytes.length);
        }

        Der inside(int tag) {
            if (tag() != tag) {
                throw new IndexOutOfBoundsException();
            }
            return new Der(take());
        }

        private byte[] take() {
            int start = at + 2;
            int length = bytes[at + 1] & 0xff;
            if (length > 0x80) {
                int digits = length - 0x80;
                if (digits > 3) {
                    throw new IndexOutOfBoundsException();
                }
                length = 0;
                for (int i = 0; i < digits; i++) {
                    length = length << 8 | bytes[start++] & 0xff;
                }
            }
            if (length > bytes.length - start) {
                throw new IndexOutOfBoundsException();
            }
            at = start + length;
            return Arrays.copyOfRange(bytes, start, at);
        }
    }
}
