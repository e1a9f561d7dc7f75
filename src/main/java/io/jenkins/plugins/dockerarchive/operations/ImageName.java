package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.MalformedReferenceException;
import io.jenkins.plugins.dockerarchive.image.Reference;
import java.util.regex.Pattern;

/** What a user may call an image: a reference, a reference with a digest, or an ID. */
final class ImageName {

    private static final Pattern ID = Pattern.compile("(?:sha256:)?[0-9a-f]{64}");
    private static final Pattern MAYBE_ID = Pattern.compile("[0-9a-f]{6,63}");
    private static final Pattern DIGESTED = Pattern.compile("([^@]+)@sha256:[0-9a-f]{64}");

    private ImageName() {}

    /** Refuses what cannot name an image. */
    static void check(@NonNull String verb, @NonNull String text) throws BadInputException {
        if (isId(text)) {
            return;
        }
        var digested = DIGESTED.matcher(text);
        reference(verb, "images", digested.matches() ? digested.group(1) : text);
    }

    /** Whether it is an ID or a digest and so names no tag. */
    static boolean isId(@NonNull String text) {
        return ID.matcher(text).matches();
    }

    /** Whether it has a repository and the digest of a manifest. */
    static boolean isDigested(@NonNull String text) {
        return DIGESTED.matcher(text).matches();
    }

    /** Whether it may be the beginning of an ID as well as a repository; only the engine can tell. */
    static boolean mayBeShortId(@NonNull String text) {
        return MAYBE_ID.matcher(text).matches();
    }

    /** The reference that a text is. */
    @NonNull
    static Reference reference(String verb, String parameter, String text) throws BadInputException {
        try {
            return Reference.parse(text);
        } catch (MalformedReferenceException e) {
            throw new BadInputException(wrong(e.flaw()), verb, parameter, e.text(), e.part());
        }
    }

    private static WrongInput wrong(MalformedReferenceException.Flaw flaw) {
        return switch (flaw) {
            case TOO_LONG -> WrongInput.REFERENCE_LONG;
            case DIGEST -> WrongInput.REFERENCE_DIGEST;
            case TAG -> WrongInput.REFERENCE_TAG;
            case REGISTRY -> WrongInput.REFERENCE_REGISTRY;
            case ID -> WrongInput.REFERENCE_ID;
            case EMPTY_PART -> WrongInput.REFERENCE_EMPTY_PART;
            case LETTERS -> WrongInput.REFERENCE_LETTERS;
            case LONG_REPOSITORY -> WrongInput.REFERENCE_LONG_REPOSITORY;
        };
    }
}
