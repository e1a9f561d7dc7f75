package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import java.io.IOException;

/** What the tries before a restart of Jenkins have left on the agent. */
public final class EarlierAttempts {

    private final BuildContext context;

    public EarlierAttempts(@NonNull BuildContext context) {
        this.context = context;
    }

    /**
     * Removes what is left, and says whether one of them had begun to write. It had found the place of its archive free
     * by then, so what is there now is its own and no reason to refuse.
     */
    public boolean clear() throws IOException, InterruptedException {
        boolean begun = false;
        for (Attempt attempt : context.attempt().earlier()) {
            FilePath left = TransferDirectory.of(context, attempt);
            begun |= left.exists();
            new Disposal(context).delete(left);
        }
        return begun;
    }
}
