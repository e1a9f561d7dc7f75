package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.TaskListener;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Where a sweep tells what it does, a sentence at a time. */
interface SweepLog {

    /** An archive was removed, and by which rule. */
    void removed(@NonNull String sentence);

    /** An archive should go and cannot, and why. */
    void kept(@NonNull String sentence);

    /** Something that should have worked did not. */
    void failed(@NonNull String sentence);

    /** All of it into the log of a background task. */
    @NonNull
    static SweepLog of(@NonNull TaskListener listener) {
        return new SweepLog() {
            @Override
            public void removed(String sentence) {
                listener.getLogger().println(sentence);
            }

            @Override
            public void kept(String sentence) {
                listener.getLogger().println(sentence);
            }

            @Override
            public void failed(String sentence) {
                listener.error(sentence);
            }
        };
    }

    /** Into the log of Jenkins; what cannot be removed is not told there after every build. */
    @NonNull
    static SweepLog of(@NonNull Logger logger) {
        return new SweepLog() {
            @Override
            public void removed(String sentence) {
                logger.info(() -> sentence);
            }

            @Override
            public void kept(String sentence) {
                logger.log(Level.FINE, () -> sentence);
            }

            @Override
            public void failed(String sentence) {
                logger.warning(() -> sentence);
            }
        };
    }
}
