package hudson.util;

import hudson.Util;
import java.io.IOException;
import java.util.Collection;
import java.util.stream.Collectors;
import org.kohsuke.stapler.HttpResponse;

/** A plain value: the answer to a check of one field. */
public abstract class FormValidation extends IOException implements HttpResponse {
    private static final long serialVersionUID = 1L;

    public final Kind kind;

    private FormValidation(Kind kind, String markup) {
        super(markup);
        this.kind = kind;
    }

    public enum Kind {
        OK,
        WARNING,
        ERROR
    }

    public abstract String renderHtml();

    private static FormValidation of(Kind kind, String markup) {
        return new FormValidation(kind, markup) {
            private static final long serialVersionUID = 1L;

            @Override
            public String renderHtml() {
                return getMessage() == null
                        ? "<div/>"
                        : "<div class=" + kind.name().toLowerCase() + ">" + markup + "</div>";
            }
        };
    }

    public static FormValidation ok() {
        return okWithMarkup(null);
    }

    public static FormValidation ok(String message) {
        return okWithMarkup(Util.escape(message));
    }

    public static FormValidation ok(String format, Object... arguments) {
        return ok(String.format(format, arguments));
    }

    public static FormValidation okWithMarkup(String markup) {
        return of(Kind.OK, markup);
    }

    public static FormValidation warning(String message) {
        return warningWithMarkup(Util.escape(message));
    }

    public static FormValidation warning(String format, Object... arguments) {
        return warning(String.format(format, arguments));
    }

    public static FormValidation warningWithMarkup(String markup) {
        return of(Kind.WARNING, markup);
    }

    public static FormValidation error(String message) {
        return errorWithMarkup(Util.escape(message));
    }

    public static FormValidation error(String format, Object... arguments) {
        return error(String.format(format, arguments));
    }

    public static FormValidation error(Throwable cause, String message) {
        FormValidation validation = error(message);
        validation.initCause(cause);
        return validation;
    }

    public static FormValidation errorWithMarkup(String markup) {
        return of(Kind.ERROR, markup);
    }

    public static FormValidation aggregate(Collection<FormValidation> validations) {
        Kind worst = validations.stream().map(v -> v.kind).reduce(Kind.OK, (a, b) -> a.compareTo(b) < 0 ? b : a);
        return of(worst, validations.stream().map(FormValidation::renderHtml).collect(Collectors.joining()));
    }

    public static FormValidation validateRequired(String value) {
        return Util.fixEmptyAndTrim(value) == null ? error("This field is required.") : ok();
    }

    public static FormValidation validateNonNegativeInteger(String value) {
        return validateIntegerInRange(value, 0, Integer.MAX_VALUE);
    }

    public static FormValidation validatePositiveInteger(String value) {
        return validateIntegerInRange(value, 1, Integer.MAX_VALUE);
    }

    public static FormValidation validateIntegerInRange(String value, int lower, int upper) {
        try {
            int number = Integer.parseInt(value);
            return number < lower || number > upper ? error("Not an integer between %d and %d", lower, upper) : ok();
        } catch (NumberFormatException e) {
            return error("Not an integer");
        }
    }
}
