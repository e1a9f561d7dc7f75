package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.regex.Pattern;

/**
 * A reference or ID of an image, or a name or ID of a container, that is safe in a path.
 *
 * <p>Percent-encoding alone is not enough: engines decode the path and then clean it, so that {@code ..} or an empty
 * segment inside a name would lead, by a redirect, to another endpoint.
 *
 * @see <a href="https://github.com/distribution/reference/blob/main/reference.go">grammar of references</a>
 */
record EngineName(@NonNull String text) {

    private static final Pattern REFERENCE = Pattern.compile("[A-Za-z0-9\\[][A-Za-z0-9._:/@+\\[\\]-]{0,1023}");
    private static final Pattern EMPTY_OR_DOTS = Pattern.compile("(^|/)(\\.{0,2})(/|$)");

    @NonNull
    static EngineName of(@NonNull String text, @NonNull String task, @NonNull EngineFaults faults)
            throws EngineException {
        if (!REFERENCE.matcher(text).matches() || EMPTY_OR_DOTS.matcher(text).find()) {
            throw new EngineException(
                    "The engine at " + faults.where() + " was not asked to " + EngineFaults.clause(task) + ": '"
                            + EngineFaults.clause(text) + "' can be no name or ID.",
                    null);
        }
        return new EngineName(text);
    }
}
