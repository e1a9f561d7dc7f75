package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;
import java.util.regex.Pattern;

/**
 * Where a written archive goes; any combination.
 *
 * @param file path in the workspace, or null; when nothing else is asked for, a name is made from the image or container
 * @param artifact whether the archive becomes an artifact of the build
 * @param stash name under which other agents of the build take the archive up, or null
 * @param existing what to do when {@code file} exists already
 */
public record Destination(
        @CheckForNull String file,
        boolean artifact,
        @CheckForNull String stash,
        Existing existing) implements Serializable {

    /** What to do with a file that has the wanted name already. */
    public enum Existing {
        REFUSE,
        OVERWRITE
    }

    private static final Pattern STASH = Pattern.compile("[^\\p{Cc}/\\\\:*?\"<>|%!@#$^&;\\[\\]]{1,200}");

    /** Reads the parameters that all writing steps share. */
    @NonNull
    static Destination from(@NonNull Parameters parameters) throws BadInputException {
        String stash = parameters.text("stash");
        if (stash != null && (!STASH.matcher(stash).matches() || stash.equals(".") || stash.equals(".."))) {
            throw new BadInputException(WrongInput.STASH, parameters.verb(), stash);
        }
        // how long it is kept is the business of the build that records it; here it is only read
        parameters.checkCount("keepDays");
        parameters.checkCount("keepBuilds");
        return new Destination(
                parameters.text("file"),
                parameters.flag("archive", true, false, false),
                stash,
                parameters.flag("overwrite", Existing.OVERWRITE, Existing.REFUSE, false));
    }

    /** True when the archive stays in the workspace under its name. */
    public boolean keepsFile() {
        return file != null || (!artifact && stash == null);
    }
}
