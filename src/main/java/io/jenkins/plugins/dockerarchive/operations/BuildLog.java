package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;

/** Takes the lines that a person reads while an operation runs. */
@FunctionalInterface
public interface BuildLog {

    /** @param text one line, without its end */
    void line(@NonNull String text);
}
