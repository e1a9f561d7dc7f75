package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;

/** A text is not the name of an image: the message is one sentence that names the text and what is wrong with it. */
public final class MalformedReferenceException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    /** What a text can have that no reference has. */
    public enum Flaw {
        TOO_LONG("it is too long"),
        DIGEST("a digest cannot be a tag; write repository:tag"),
        TAG("'%s' is not a tag"),
        REGISTRY("'%s' is not a registry"),
        ID("64 hexadecimal digits are an image ID, not a repository"),
        EMPTY_PART("a part of the repository is empty"),
        LETTERS("'%s' must be lower case letters and digits, joined by . _ or -"),
        LONG_REPOSITORY("the repository is longer than %s characters");

        private final String text;

        Flaw(String text) {
            this.text = text;
        }
    }

    private final String text;
    private final Flaw flaw;
    private final String part;

    /**
     * @param text as far as it is worth showing
     * @param part of the text that has the flaw, or the limit; empty where it is the whole text
     */
    MalformedReferenceException(@NonNull String text, @NonNull Flaw flaw, @NonNull String part) {
        super("'" + EntryNames.printable(text) + "' is not an image reference: "
                + EntryNames.printable(String.format(flaw.text, part)) + ". Write repository:tag, for example shop:1.");
        this.text = EntryNames.printable(text);
        this.flaw = flaw;
        this.part = EntryNames.printable(part);
    }

    /** The text, fit to be shown. */
    @NonNull
    public String text() {
        return text;
    }

    @NonNull
    public Flaw flaw() {
        return flaw;
    }

    /** The part that has the flaw, fit to be shown. */
    @NonNull
    public String part() {
        return part;
    }
}
