package io.jenkins.plugins.dockerarchive.engine;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;

/** A name and a password that were made for one {@link PushEndpoint}. */
final class PushLogin {

    private static final String USER = "docker-archive";
    private static final int PASSWORD_BYTES = 24;

    private final String password;

    PushLogin() {
        byte[] random = new byte[PASSWORD_BYTES];
        new SecureRandom().nextBytes(random);
        password = HexFormat.of().formatHex(random);
    }

    /** The header {@code X-Registry-Auth} with which an engine gets it. */
    @NonNull
    String forEngine(@NonNull String host) {
        String json = JsonNodeFactory.instance
                .objectNode()
                .put("username", USER)
                .put("password", password)
                .put("serveraddress", host)
                .toString();
        return Base64.getUrlEncoder().encodeToString(bytes(json));
    }

    /** Whether that is the header {@code Authorization} of somebody who has it; takes the same time for any. */
    boolean isIn(@CheckForNull String authorization) {
        String wanted = "Basic " + Base64.getEncoder().encodeToString(bytes(USER + ":" + password));
        return authorization != null && MessageDigest.isEqual(bytes(wanted), bytes(authorization));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
