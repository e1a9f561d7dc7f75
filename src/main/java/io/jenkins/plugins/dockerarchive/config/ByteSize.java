package io.jenkins.plugins.dockerarchive.config;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Util;
import io.jenkins.plugins.dockerarchive.Texts;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as administrators write them: {@code 20 GB}, decimal units as the docker command line has them. */
public final class ByteSize {

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,15}(?:\\.[0-9]{1,3})?)\\s*([KMGTP]?B)?");
    private static final List<String> UNITS = List.of("B", "KB", "MB", "GB", "TB", "PB");

    private ByteSize() {}

    /**
     * Bytes, or null for an empty text.
     *
     * @throws IllegalArgumentException one sentence that names the field, the text and what would be right
     */
    @CheckForNull
    public static Long parse(@NonNull String field, @CheckForNull String text) {
        String given = Util.fixEmptyAndTrim(text);
        if (given == null) {
            return null;
        }
        Matcher matcher = SIZE.matcher(given.toUpperCase(Locale.ROOT));
        if (matcher.matches()) {
            int unit = matcher.group(2) == null ? 0 : UNITS.indexOf(matcher.group(2));
            BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.TEN.pow(3 * unit));
            if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0) {
                return bytes.longValue();
            }
        }
        throw new IllegalArgumentException(Texts.VALUE_SIZE.text(field, given));
    }
}
