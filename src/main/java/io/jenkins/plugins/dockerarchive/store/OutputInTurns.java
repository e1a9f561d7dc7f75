package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.BlockOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * One stream over several, block by block in turn: each of them may have a window of its own, such as Jenkins' remoting
 * gives to each pipe, and together they have as many bytes on their way. One thread writes all, and it must: the other
 * side of remoting works off what arrives in its order, so that a block which comes before its turn would stop the rest.
 */
public final class OutputInTurns extends BlockOutput {

    /** Bytes of a block. */
    static final int BLOCK = 256 << 10;

    /** How the other side puts the blocks together. */
    public enum Reader {
        /** As they arrive, whatever their size: {@link GrantedInput#sinks}. */
        BY_ARRIVAL,
        /** So many bytes of each stripe in turn: {@link InputInTurns}. Only the last block may be shorter. */
        BY_SIZE
    }

    private final List<? extends OutputStream> stripes;
    private final Reader reader;
    private final byte[] block = new byte[BLOCK];
    private int filled;
    private int turn;
    private boolean closed;

    public OutputInTurns(@NonNull List<? extends OutputStream> stripes, @NonNull Reader reader) {
        this.stripes = List.copyOf(stripes);
        this.reader = reader;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        for (int at = offset, left = length; left > 0; ) {
            int count = Math.min(left, BLOCK - filled);
            System.arraycopy(bytes, at, block, filled, count);
            filled += count;
            at += count;
            left -= count;
            if (filled == BLOCK) {
                send();
            }
        }
    }

    private void send() throws IOException {
        if (filled > 0) {
            stripes.get(turn).write(block, 0, filled);
            turn = (turn + 1) % stripes.size();
            filled = 0;
        }
    }

    /** Sends what is written so far, unless the other side could not tell where a short block ends. */
    @Override
    public void flush() throws IOException {
        if (reader == Reader.BY_ARRIVAL) {
            OutputStream stripe = stripes.get(turn);
            send();
            stripe.flush();
        }
    }

    /** Ends the stream: what is left is sent, and every stripe closed. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        IOException failure = null;
        try {
            send();
        } catch (IOException e) {
            failure = e;
        }
        for (OutputStream stripe : stripes) {
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
