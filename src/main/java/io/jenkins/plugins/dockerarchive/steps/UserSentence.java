package io.jenkins.plugins.dockerarchive.steps;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.AbortException;
import io.jenkins.plugins.dockerarchive.engine.EngineException;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import java.io.IOException;

/** Tells failures that have one plain sentence for the user from those that need a stack trace. */
final class UserSentence {

    private static final int LENGTH = 4096;

    private final IOException failure;

    UserSentence(@NonNull IOException failure) {
        this.failure = failure;
    }

    /**
     * An {@link AbortException} with the sentence, or the failure itself: a lost agent, above all, must stay
     * recognisable for {@code retry(conditions: [agent()])}.
     */
    @NonNull
    IOException orCause() {
        if (failure instanceof OperationException || failure instanceof EngineException) {
            return new AbortException(plain(failure.getMessage()));
        }
        return failure;
    }

    /** The sentence may hold what an agent or an engine wrote, which must not begin new lines in the log. */
    private static String plain(String sentence) {
        String text = String.valueOf(sentence).replaceAll("\\p{Cc}+", " ");
        return text.length() > LENGTH ? text.substring(0, LENGTH) + "..." : text;
    }
}
