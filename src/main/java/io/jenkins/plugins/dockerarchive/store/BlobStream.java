package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.BlockInput;
import io.jenkins.plugins.dockerarchive.image.EngineArchive.Wanted;
import io.jenkins.plugins.dockerarchive.image.LayerBlobs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.List;

/**
 * Blobs one after another in one stream, without anything between them: both sides know which they are and how long.
 * What arrives is proved by whoever takes it.
 */
public final class BlobStream implements LayerBlobs {

    private static final int BLOCK = 256 << 10;

    private final InputStream in;
    private final Iterator<Wanted> order;
    private Bounded current = new Bounded(0);

    /** @param in read to the end of the last blob, and closed with this */
    public BlobStream(@NonNull InputStream in, @NonNull List<Wanted> order) {
        this.in = in;
        this.order = order.iterator();
    }

    /**
     * Sends blobs.
     *
     * @param out gets blocks of 256 KiB; not closed
     * @throws ArchiveException when a blob no longer has its size
     */
    public static void send(@NonNull LayerBlobs blobs, @NonNull List<Wanted> order, @NonNull OutputStream out)
            throws IOException {
        byte[] block = new byte[BLOCK];
        for (Wanted wanted : order) {
            InputStream blob = blobs.open(wanted.entry(), wanted.size());
            for (long left = wanted.size(); left > 0; ) {
                int read = blob.readNBytes(block, 0, (int) Math.min(block.length, left));
                if (read == 0) {
                    throw new ArchiveException("'" + wanted.entry() + "' became shorter while it was sent");
                }
                out.write(block, 0, read);
                left -= read;
            }
        }
        out.flush();
    }

    @Override
    @NonNull
    public InputStream open(@NonNull String entry, long size) throws IOException {
        if (current.left > 0) {
            throw new ArchiveException("a blob before '" + entry + "' was not read to its end");
        }
        if (!order.hasNext() || !order.next().equals(new Wanted(entry, size))) {
            throw new ArchiveException("'" + entry + "' is not what was asked for next");
        }
        current = new Bounded(size);
        return current;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** One blob; closing it leaves the stream open. */
    private final class Bounded extends BlockInput {
        private long left;

        Bounded(long size) {
            this.left = size;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (left == 0) {
                return -1;
            }
            int read = in.read(buffer, offset, (int) Math.min(length, left));
            if (read < 0) {
                throw new ArchiveException("its layers stopped to arrive " + left + " bytes before the end of one");
            }
            left -= read;
            return read;
        }
    }
}
