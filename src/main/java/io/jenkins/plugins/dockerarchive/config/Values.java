package io.jenkins.plugins.dockerarchive.config;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Util;
import hudson.model.Failure;
import hudson.util.FormValidation;
import io.jenkins.plugins.dockerarchive.Texts;

/** The checks of the setters, which forms, REST and configuration as code all go through. */
final class Values {

    /** What a job writes to have no limit where this Jenkins has a default. */
    static final int NO_LIMIT = -1;

    private Values() {}

    @CheckForNull
    static Integer count(@NonNull String field, @CheckForNull Integer value) {
        if (value != null && value < 0) {
            throw new Failure(Texts.VALUE_COUNT.text(field, value.toString()));
        }
        return value;
    }

    @CheckForNull
    static Integer countOrNoLimit(@NonNull String field, @CheckForNull Integer value) {
        if (value != null && value < NO_LIMIT) {
            throw new Failure(Texts.VALUE_COUNT_OR_NO_LIMIT.text(field, value.toString()));
        }
        return value;
    }

    @CheckForNull
    static Integer positive(@NonNull String field, @CheckForNull Integer value) {
        if (value != null && value < 1) {
            throw new Failure(Texts.VALUE_POSITIVE.text(field, value.toString()));
        }
        return value;
    }

    @CheckForNull
    static String size(@NonNull String field, @CheckForNull String value) {
        String given = Util.fixEmptyAndTrim(value);
        try {
            ByteSize.parse(field, given);
        } catch (IllegalArgumentException e) {
            throw refusal(e);
        }
        return given;
    }

    @CheckForNull
    static String positiveSize(@NonNull String field, @CheckForNull String value) {
        String given = size(field, value);
        Long bytes = ByteSize.parse(field, given);
        if (bytes != null && bytes < 1) {
            throw new Failure(Texts.VALUE_POSITIVE_SIZE.text(field, given));
        }
        return given;
    }

    /** Sets a value. */
    @FunctionalInterface
    interface Setter<T> {
        void set(@CheckForNull T value);
    }

    /** What a setter would say to the text of a number field, while it is typed. */
    @NonNull
    static FormValidation number(@NonNull String field, @CheckForNull String text, @NonNull Setter<Integer> setter) {
        String given = Util.fixEmptyAndTrim(text);
        try {
            setter.set(given == null ? null : Integer.valueOf(given));
            return FormValidation.ok();
        } catch (NumberFormatException e) {
            return FormValidation.error(Texts.VALUE_NUMBER.text(field, given));
        } catch (Failure e) {
            return FormValidation.error(e.getMessage());
        }
    }

    /** What a setter would say to the text of a field, while it is typed. */
    @NonNull
    static FormValidation text(@CheckForNull String text, @NonNull Setter<String> setter) {
        try {
            setter.set(text);
            return FormValidation.ok();
        } catch (Failure e) {
            return FormValidation.error(e.getMessage());
        }
    }

    /** How forms, REST and configuration as code tell a wrong value. */
    @NonNull
    static Failure refusal(@NonNull Exception cause) {
        Failure failure = new Failure(cause.getMessage());
        failure.initCause(cause);
        return failure;
    }
}
