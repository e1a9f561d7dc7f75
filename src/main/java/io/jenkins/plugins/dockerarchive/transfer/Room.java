package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import hudson.remoting.VirtualChannel;
import io.jenkins.plugins.dockerarchive.image.DiskFullException;
import io.jenkins.plugins.dockerarchive.image.DiskSpace;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import jenkins.agents.ControllerToAgentFileCallable;

/**
 * Room for a file on its way, asked for before it moves where its size is known, and missed in one sentence where it is not.
 *
 * @param doing what is tried, as a sentence begins: {@code "Cannot fetch artifact shop.tar"}
 * @param what the file is, as in "the artifact"
 * @param bytes of the file; 0 when nobody knows
 */
record Room(@NonNull String doing, @NonNull String what, long bytes) implements ControllerToAgentFileCallable<Void> {

    /** Moves bytes. */
    @FunctionalInterface
    interface Move<T> {
        T run() throws IOException, InterruptedException;
    }

    /** Asks on this machine. */
    void require(@NonNull Path directory) throws IOException {
        try {
            DiskSpace.require(directory, bytes, what);
        } catch (DiskFullException e) {
            throw new OperationException(doing + ": " + e.getMessage() + ".", e);
        }
    }

    /** Asks on the machine of a directory. */
    void require(@NonNull FilePath directory) throws IOException, InterruptedException {
        directory.act(this);
    }

    @Override
    public Void invoke(File directory, VirtualChannel channel) throws IOException {
        require(directory.toPath());
        return null;
    }

    /** Does what takes the room. */
    <T> T use(@NonNull Move<T> move) throws IOException, InterruptedException {
        try {
            return move.run();
        } catch (IOException e) {
            throw DiskSpace.isFull(e)
                    ? new OperationException(
                            doing + ": the disk that " + what + " goes to has no room for "
                                    + (bytes > 0 ? "all of its " + bytes + " bytes" : "all of it")
                                    + "; make room there and run it again (" + e.getMessage() + ").",
                            e)
                    : e;
        }
    }
}
