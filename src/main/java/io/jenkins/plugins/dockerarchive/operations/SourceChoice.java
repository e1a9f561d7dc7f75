package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which archive a reading step was told to take: exactly one of a file, a stash, a URL or an archive of a build.
 *
 * @param kind which of the other values count
 * @param file path in the workspace
 * @param stash name of a stash of this build
 * @param url http or https address
 * @param project full name of the job, or null for this build's own artifact
 * @param build {@code lastSuccessful}, {@code lastCompleted}, {@code upstream} or a number; null with no project
 * @param archive name of the archive in that build, or null for its only one
 * @param sha256 expected SHA-256, 64 lower case hexadecimal digits, or null
 */
public record SourceChoice(
        @NonNull Kind kind,
        @CheckForNull String file,
        @CheckForNull String stash,
        @CheckForNull String url,
        @CheckForNull String project,
        @CheckForNull String build,
        @CheckForNull String archive,
        @CheckForNull String sha256)
        implements Serializable {

    static final Set<String> NAMES = Set.of("file", "stash", "url", "project", "build", "archive", "sha256");

    private static final Pattern SHA256 = Pattern.compile("(?:sha256:)?([0-9a-f]{64})");
    private static final Pattern USER_INFO = Pattern.compile("[^/?#]*//[^/?#]*@");
    private static final Pattern BUILD = Pattern.compile("lastSuccessful|lastCompleted|upstream|[1-9][0-9]{0,9}");

    /** Where the archive lies. */
    public enum Kind {
        FILE,
        STASH,
        URL,
        BUILD
    }

    /** Reads the source parameters of {@code dockerLoad} and {@code dockerImport}. */
    @NonNull
    public static SourceChoice from(@NonNull Parameters parameters) throws BadInputException {
        String verb = parameters.verb();
        String file = parameters.text("file");
        String stash = parameters.text("stash");
        String url = parameters.text("url");
        String project = parameters.text("project");
        String build = parameters.text("build");
        String archive = parameters.text("archive");
        List<String> given = new ArrayList<>();
        if (file != null) {
            given.add("file");
        }
        if (stash != null) {
            given.add("stash");
        }
        if (url != null) {
            given.add("url");
        }
        if (project != null || build != null || archive != null) {
            given.add("project, build and archive");
        }
        if (given.size() != 1) {
            throw given.isEmpty()
                    ? new BadInputException(WrongInput.SOURCE_MISSING, verb)
                    : new BadInputException(WrongInput.SOURCES, verb, String.join(" and ", given));
        }
        if (url != null) {
            checkUrl(verb, url);
        }
        if (build != null && !BUILD.matcher(build).matches()) {
            throw new BadInputException(WrongInput.BUILD, verb, build);
        }
        if (build != null && project == null && !build.equals("upstream")) {
            throw new BadInputException(WrongInput.BUILD_WITHOUT_PROJECT, verb, build);
        }
        Kind kind = file != null ? Kind.FILE : stash != null ? Kind.STASH : url != null ? Kind.URL : Kind.BUILD;
        return new SourceChoice(
                kind, file, stash, url, project, build, archive, checksum(verb, parameters.text("sha256")));
    }

    private static String checksum(String verb, String sha256) throws BadInputException {
        if (sha256 == null) {
            return null;
        }
        var matcher = SHA256.matcher(sha256.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new BadInputException(WrongInput.SHA256, verb, sha256);
        }
        return matcher.group(1);
    }

    private static void checkUrl(String verb, String url) throws BadInputException {
        // before anything that repeats it
        if (USER_INFO.matcher(url).lookingAt()) {
            throw new BadInputException(WrongInput.URL_USER, verb);
        }
        try {
            URI uri = new URI(url);
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            if (uri.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
                throw new BadInputException(WrongInput.URL_SCHEME, verb, uri.toString());
            }
        } catch (URISyntaxException e) {
            throw new BadInputException(WrongInput.URL_MALFORMED, verb, url, e.getReason());
        }
    }
}
