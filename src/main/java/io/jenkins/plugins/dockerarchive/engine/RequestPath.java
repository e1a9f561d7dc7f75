package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.nio.charset.StandardCharsets;

/**
 * Path and query of a request, strictly percent-encoded. Paths carry no API version: an engine then uses its newest.
 */
final class RequestPath {

    private static final String UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    private final StringBuilder text = new StringBuilder();
    private boolean hasQuery;

    /** @param fixed a path of ours, for example {@code /images/get} */
    RequestPath(@NonNull String fixed) {
        text.append(fixed);
    }

    /** A path of ours around a name that others gave, which becomes one segment. */
    @NonNull
    static RequestPath around(@NonNull String before, @NonNull EngineName name, @NonNull String after) {
        RequestPath path = new RequestPath(before);
        path.encode(name.text());
        path.text.append(after);
        return path;
    }

    /** Adds a parameter; the same name may be added again. Without effect when {@code value} is null. */
    @NonNull
    RequestPath with(@NonNull String name, @CheckForNull String value) {
        if (value != null) {
            text.append(hasQuery ? '&' : '?');
            hasQuery = true;
            encode(name);
            text.append('=');
            encode(value);
        }
        return this;
    }

    private void encode(String value) {
        for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
            if (UNRESERVED.indexOf(b) >= 0 && b > 0) {
                text.append((char) b);
            } else {
                text.append(String.format("%%%02X", b & 0xff));
            }
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
