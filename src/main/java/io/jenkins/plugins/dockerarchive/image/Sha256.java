package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** A SHA-256 in the making. Its results are digests as OCI writes them, {@code sha256:} and 64 hexadecimal digits. */
public final class Sha256 {

    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final String PREFIX = "sha256:";

    private final MessageDigest digest = algorithm();

    private static MessageDigest algorithm() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JVM has SHA-256", e);
        }
    }

    /** The digest of some bytes. */
    @NonNull
    public static String of(@NonNull byte[] bytes) {
        Sha256 sha256 = new Sha256();
        sha256.update(bytes, 0, bytes.length);
        return sha256.digest();
    }

    /** Whether a text is a SHA-256 digest, prefix included. */
    public static boolean isDigest(String text) {
        return text != null && DIGEST.matcher(text).matches();
    }

    /** The 64 hexadecimal digits of a digest. */
    @NonNull
    public static String hex(@NonNull String digest) {
        return digest.substring(PREFIX.length());
    }

    public void update(@NonNull byte[] bytes, int offset, int length) {
        digest.update(bytes, offset, length);
    }

    /** The digest of all bytes so far; starts anew. */
    @NonNull
    public String digest() {
        return PREFIX + HexFormat.of().formatHex(digest.digest());
    }
}
