package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.MalformedReferenceException.Flaw;
import java.io.Serializable;
import java.util.regex.Pattern;

/**
 * The name of an image: {@code [domain/]path:tag}. Always has a tag; a bare repository means {@code :latest}.
 *
 * @param domain registry host, {@code docker.io} where none is written
 * @param path repository below the domain, {@code library/} included
 * @param tag never empty
 * @see <a href="https://github.com/distribution/reference/blob/main/reference.go">the grammar</a>
 */
public record Reference(
        @NonNull String domain,
        @NonNull String path,
        @NonNull String tag) implements Serializable {

    private static final String DEFAULT_DOMAIN = "docker.io";
    private static final String OFFICIAL = "library/";
    private static final int LONGEST_REPOSITORY = 255;
    private static final Pattern DOMAIN = Pattern.compile(
            "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*(?::[0-9]{1,5})?|\\[[0-9a-fA-F:]{2,45}\\](?::[0-9]{1,5})?");
    private static final Pattern COMPONENT = Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*+");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
    private static final Pattern HEX64 = Pattern.compile("[0-9a-f]{64}");

    /**
     * Reads {@code [domain/]path[:tag]}.
     *
     * @throws MalformedReferenceException one sentence that names the text and what is wrong with it
     */
    @NonNull
    public static Reference parse(@NonNull String text) {
        if (text.length() > LONGEST_REPOSITORY + 1 + 128) {
            throw new MalformedReferenceException(text.substring(0, 60) + "...", Flaw.TOO_LONG, "");
        }
        if (text.indexOf('@') >= 0) {
            throw new MalformedReferenceException(text, Flaw.DIGEST, "");
        }
        int colon = text.lastIndexOf(':');
        boolean tagged = colon > text.lastIndexOf('/');
        String repository = tagged ? text.substring(0, colon) : text;
        String tag = tagged ? text.substring(colon + 1) : "latest";
        if (!TAG.matcher(tag).matches()) {
            throw new MalformedReferenceException(text, Flaw.TAG, tag);
        }
        int slash = repository.indexOf('/');
        String first = slash < 0 ? "" : repository.substring(0, slash);
        boolean hasDomain = first.indexOf('.') >= 0
                || first.indexOf(':') >= 0
                || first.equals("localhost")
                || !first.equals(first.toLowerCase(java.util.Locale.ROOT));
        String domain = hasDomain ? first : DEFAULT_DOMAIN;
        String path = hasDomain ? repository.substring(slash + 1) : repository;
        if (domain.equals("index.docker.io")) {
            domain = DEFAULT_DOMAIN;
        }
        if (hasDomain && !DOMAIN.matcher(domain).matches()) {
            throw new MalformedReferenceException(text, Flaw.REGISTRY, domain);
        }
        if (domain.equals(DEFAULT_DOMAIN) && path.indexOf('/') < 0) {
            path = OFFICIAL + path;
        }
        if (domain.equals(DEFAULT_DOMAIN)
                && path.startsWith(OFFICIAL)
                && HEX64.matcher(path.substring(OFFICIAL.length())).matches()) {
            throw new MalformedReferenceException(text, Flaw.ID, "");
        }
        for (String component : path.split("/", -1)) {
            if (!COMPONENT.matcher(component).matches()) {
                throw new MalformedReferenceException(
                        text, component.isEmpty() ? Flaw.EMPTY_PART : Flaw.LETTERS, component);
            }
        }
        if (domain.length() + 1 + path.length() > LONGEST_REPOSITORY) {
            throw new MalformedReferenceException(text, Flaw.LONG_REPOSITORY, String.valueOf(LONGEST_REPOSITORY));
        }
        return new Reference(domain, path, tag);
    }

    /** The reference that {@code text} is, or null when it is none. */
    @CheckForNull
    public static Reference parseOrNull(@CheckForNull String text) {
        if (text == null) {
            return null;
        }
        try {
            return parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** As the docker command line shows it: without {@code docker.io/} and {@code library/}. */
    @NonNull
    public String familiar() {
        return familiarRepository() + ":" + tag;
    }

    /** The repository part of {@link #familiar()}. */
    @NonNull
    public String familiarRepository() {
        if (!domain.equals(DEFAULT_DOMAIN)) {
            return domain + "/" + path;
        }
        boolean official = path.startsWith(OFFICIAL) && path.indexOf('/', OFFICIAL.length()) < 0;
        if (official) {
            return path.substring(OFFICIAL.length());
        }
        // docker.io/localhost/shop would be read as another registry without its own
        String first = path.substring(0, path.indexOf('/'));
        boolean likeDomain = first.indexOf('.') >= 0 || first.equals("localhost");
        return likeDomain ? domain + "/" + path : path;
    }

    /** With its registry, so that no engine need guess: {@code docker.io/library/shop:1}. */
    @NonNull
    public String qualified() {
        return domain + "/" + path + ":" + tag;
    }

    @Override
    @NonNull
    public String toString() {
        return familiar();
    }
}
