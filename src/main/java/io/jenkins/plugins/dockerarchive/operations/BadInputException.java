package io.jenkins.plugins.dockerarchive.operations;

/** A parameter is wrong: the sentence names the parameter, its value and what would be right. Nothing was done yet. */
public final class BadInputException extends OperationException {

    private static final long serialVersionUID = 1L;

    /** @param sentence may repeat what was given: what could forge a line of a log is taken out of it */
    public BadInputException(String sentence) {
        super(sentence.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?"));
    }
}
