package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.Locale;

/** A parameter is wrong: the sentence names the parameter, its value and what would be right. Nothing was done yet. */
public final class BadInputException extends OperationException {

    private static final long serialVersionUID = 1L;

    /** Null where it is wrong in one build only, or where another process found it out. */
    @CheckForNull
    private final transient WrongInput wrong;

    private final transient Object[] values;

    /** @param sentence may repeat what was given: what could forge a line of a log is taken out of it */
    public BadInputException(String sentence) {
        super(harmless(sentence));
        this.wrong = null;
        this.values = new Object[0];
    }

    /** @param values that the sentence repeats, likewise */
    public BadInputException(@NonNull WrongInput wrong, @NonNull String... values) {
        super(harmless(wrong.in(Locale.ROOT, (Object[]) values)));
        this.wrong = wrong;
        this.values = values.clone();
    }

    /** The sentence for a form, in a language if somebody has translated it; its message is in English. */
    @NonNull
    public String in(@NonNull Locale locale) {
        return wrong == null ? getMessage() : harmless(wrong.in(locale, values));
    }

    private static String harmless(String sentence) {
        return sentence.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
    }
}
