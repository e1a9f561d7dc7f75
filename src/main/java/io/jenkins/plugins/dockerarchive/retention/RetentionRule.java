package io.jenkins.plugins.dockerarchive.retention;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.Arrays;

/** Why an archive goes. Its text is what is written into the records of builds: never change one. */
public enum RetentionRule {
    /** Older than it is kept. */
    DAYS("keepDays"),
    /** Enough newer builds have archives. */
    BUILDS("keepBuilds"),
    /** The oldest one while the archives of its job take too much. */
    JOB_SIZE("jobSize"),
    /** The oldest one while all archives of this Jenkins take too much. */
    TOTAL_SIZE("totalSize"),
    /** Somebody deleted it. */
    BY_HAND("deleted");

    private final String text;

    RetentionRule(String text) {
        this.text = text;
    }

    @NonNull
    public String text() {
        return text;
    }

    /** The rule of a record; a text that this version does not know counts as deleted by somebody. */
    @NonNull
    public static RetentionRule of(@NonNull String text) {
        return Arrays.stream(values())
                .filter(rule -> rule.text.equals(text))
                .findFirst()
                .orElse(BY_HAND);
    }
}
