package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.BlockInput;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** The other end of {@link OutputInTurns}: the stripes in the same order give the same stream. */
public final class InputInTurns extends BlockInput {

    private final List<? extends InputStream> stripes;
    private int turn;
    private int left = OutputInTurns.BLOCK;

    public InputInTurns(@NonNull List<? extends InputStream> stripes) {
        this.stripes = List.copyOf(stripes);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (left == 0) {
            turn = (turn + 1) % stripes.size();
            left = OutputInTurns.BLOCK;
        }
        int read = stripes.get(turn).read(buffer, offset, Math.min(length, left));
        if (read > 0) {
            left -= read;
        }
        return read; // the last block is the only one that may be shorter, so its end is the end of all
    }

    @Override
    public void close() throws IOException {
        IOException failure = null;
        for (InputStream stripe : stripes) {
            try {
                stripe.close();
            } catch (IOException e) {
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
