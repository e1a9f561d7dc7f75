package io.jenkins.plugins.dockerarchive.operations;

/** A parameter is wrong: the sentence names the parameter, its value and what would be right. Nothing was done yet. */
public final class BadInputException extends OperationException {

    private static final long serialVersionUID = 1L;

    public BadInputException(String sentence) {
        super(sentence);
    }
}
