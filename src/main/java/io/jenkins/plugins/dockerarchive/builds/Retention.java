package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import java.io.Serializable;

/**
 * How long a step wants its archive to be kept.
 *
 * @param days after the build, or null for as long as the build
 * @param builds newest builds of the job that keep theirs, or null for all
 */
public record Retention(
        @CheckForNull Integer days, @CheckForNull Integer builds) implements Serializable {

    /** Reads the parameters that all writing steps share. */
    @NonNull
    public static Retention from(@NonNull String verb, @CheckForNull Integer keepDays, @CheckForNull Integer keepBuilds)
            throws BadInputException {
        check(verb, "keepDays", keepDays);
        check(verb, "keepBuilds", keepBuilds);
        return new Retention(keepDays, keepBuilds);
    }

    private static void check(String verb, String name, @CheckForNull Integer value) throws BadInputException {
        if (value != null && value < 0) {
            throw new BadInputException(
                    verb + ": " + name + " must be a whole number of 0 or more, not " + value + ".");
        }
    }
}
