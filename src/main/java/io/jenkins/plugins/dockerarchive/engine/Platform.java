package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * An OCI platform: operating system, architecture and, where there is one, variant, for example {@code linux/arm64/v8}.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/image-index.md">OCI image index</a>
 */
public record Platform(
        @NonNull String os,
        @NonNull String architecture,
        @CheckForNull String variant) implements Serializable {

    private static final Pattern TOKEN = Pattern.compile("[a-z0-9_.-]{1,64}");

    public Platform {
        Objects.requireNonNull(os);
        Objects.requireNonNull(architecture);
        variant = variant == null || variant.isEmpty() ? null : variant;
    }

    /**
     * Reads {@code os/architecture[/variant]}.
     *
     * @throws IllegalArgumentException one sentence that names the text, when it is not of that form
     */
    @NonNull
    public static Platform parse(@NonNull String text) {
        String[] parts = text.trim().toLowerCase(Locale.ROOT).split("/", -1);
        boolean wellFormed = parts.length == 2 || parts.length == 3;
        for (String part : parts) {
            wellFormed &= TOKEN.matcher(part).matches();
        }
        if (!wellFormed) {
            throw new IllegalArgumentException("'" + text
                    + "' is not a platform; write os/architecture or os/architecture/variant, for example"
                    + " linux/amd64.");
        }
        return new Platform(parts[0], parts[1], parts.length == 3 ? parts[2] : null);
    }

    /** True when {@code other} is this platform; a variant that either side leaves out matches any. */
    public boolean matches(@NonNull Platform other) {
        return os.equals(other.os)
                && architecture.equals(other.architecture)
                && (variant == null || other.variant == null || variant.equals(other.variant));
    }

    @Override
    public String toString() {
        return os + "/" + architecture + (variant == null ? "" : "/" + variant);
    }
}
