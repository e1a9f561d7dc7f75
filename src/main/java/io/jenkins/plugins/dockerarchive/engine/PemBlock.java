package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * One encapsulated object of a PEM text.
 *
 * @param type for example {@code CERTIFICATE}
 * @param body what stands between its two lines
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7468">RFC 7468</a>
 */
record PemBlock(@NonNull String type, @NonNull String body) {

    private static final String BEGIN = "-----BEGIN ";
    private static final String DASHES = "-----";

    /** All blocks in order; what stands around them is explanatory text. */
    @NonNull
    static List<PemBlock> all(@NonNull String pem) {
        List<PemBlock> blocks = new ArrayList<>();
        int begin = pem.indexOf(BEGIN);
        while (begin >= 0) {
            int typeEnd = pem.indexOf(DASHES, begin + BEGIN.length());
            if (typeEnd < 0) {
                break;
            }
            String type = pem.substring(begin + BEGIN.length(), typeEnd);
            int bodyStart = typeEnd + DASHES.length();
            int end = pem.indexOf("-----END " + type + DASHES, bodyStart);
            if (end < 0) {
                break;
            }
            blocks.add(new PemBlock(type, pem.substring(bodyStart, end)));
            begin = pem.indexOf(BEGIN, end);
        }
        return blocks;
    }

    /** @throws IllegalArgumentException without any of the content, when it is not Base64 */
    @NonNull
    byte[] der() {
        try {
            return Base64.getDecoder().decode(body.replaceAll("\\s+", ""));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("not Base64");
        }
    }

    /** The old way of OpenSSL to encrypt a key. */
    boolean isEncrypted() {
        return type.startsWith("ENCRYPTED") || body.contains("Proc-Type: 4,ENCRYPTED");
    }

    /** Says nothing of its content. */
    @Override
    public String toString() {
        return "PemBlock[" + type + "]";
    }
}
