package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.BlockOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * Writes no further ahead of the reader than {@link GrantedInput} has room for. Jenkins' remoting works off everything that
 * arrives over one connection in one thread: a stream whose reader is slow would stop what all other builds send to the
 * same agent.
 */
public final class GrantedOutput extends BlockOutput {

    private final OutputStream out;
    private final InputStream grants;
    private long granted = GrantedInput.WINDOW;

    /** @param grants one byte for each {@link GrantedInput#GRANT} that the reader has used; closed with this */
    public GrantedOutput(@NonNull OutputStream out, @NonNull InputStream grants) {
        this.out = out;
        this.grants = grants;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        for (int at = offset, left = length; left > 0; ) {
            while (granted == 0) {
                awaitGrant();
            }
            int count = (int) Math.min(left, granted);
            out.write(bytes, at, count);
            at += count;
            left -= count;
            granted -= count;
        }
    }

    private void awaitGrant() throws IOException {
        if (grants.read() < 0) {
            throw new IOException("The other side reads no more.");
        }
        granted += GrantedInput.GRANT;
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    @Override
    public void close() throws IOException {
        try (grants) {
            out.close();
        }
    }
}
