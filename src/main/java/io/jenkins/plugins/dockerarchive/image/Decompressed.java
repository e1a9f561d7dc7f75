package io.jenkins.plugins.dockerarchive.image;

import com.github.luben.zstd.ZstdIOException;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Arrays;
import org.tukaani.xz.MemoryLimitException;

/**
 * The plain bytes of a stream that may be compressed: what it begins with decides. Counts both sides, holds the limits
 * on size and expansion, ends at an interrupt, and turns what the decompressors throw into a clause that can be read.
 */
public final class Decompressed extends BlockInput {

    private final ArchiveLimits limits;
    private final Compression compression;
    private final Counting compressed;
    private final InputStream plain;
    private long plainBytes;

    /**
     * @param in read from where it stands; not closed by a failure here
     * @throws ArchiveException when the compressed stream is broken in its first bytes
     */
    public Decompressed(@NonNull InputStream in, @NonNull ArchiveLimits limits) throws IOException {
        this.limits = limits;
        byte[] head = in.readNBytes(Compression.MAGIC_LENGTH);
        this.compression = Compression.detect(head, head.length);
        this.compressed = new Counting(new Prefixed(head, in));
        try {
            this.plain = compression.decompress(compressed);
        } catch (IOException e) {
            throw readable(e);
        }
    }

    @NonNull
    public Compression compression() {
        return compression;
    }

    /** Plain bytes read so far. */
    public long plainBytes() {
        return plainBytes;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted");
        }
        int read;
        try {
            read = plain.read(buffer, offset, length);
        } catch (IOException e) {
            throw readable(e);
        }
        if (read > 0) {
            plainBytes += read;
            if (plainBytes > limits.totalBytes()) {
                throw new ArchiveException("it is bigger than " + limits.totalBytes() + " bytes when decompressed");
            }
            if (compression != Compression.NONE && (plainBytes - 1) / limits.expansionRatio() >= compressed.bytes) {
                throw new ArchiveException("it expands to more than " + limits.expansionRatio()
                        + " times its size, as archives do that are made to fill a disk");
            }
        }
        return read;
    }

    @Override
    public void close() throws IOException {
        plain.close();
    }

    private IOException readable(IOException e) {
        if (e instanceof ArchiveException || e instanceof InterruptedIOException || compression == Compression.NONE) {
            return e;
        }
        String name = compression.name().toLowerCase(java.util.Locale.ROOT);
        if (compressed.failure != null) {
            return compressed.failure;
        }
        if (e instanceof MemoryLimitException) {
            return new ArchiveException("its xz dictionary is bigger than 32 MiB; compress it with xz -8 or less", e);
        }
        if (e instanceof ZstdIOException && String.valueOf(e.getMessage()).contains("too much memory")) {
            return new ArchiveException(
                    "its zstd window is bigger than 128 MiB; compress it without --ultra --long", e);
        }
        if (e instanceof EOFException || String.valueOf(e.getMessage()).contains("Truncated")) {
            return new ArchiveException("its " + name + " stream is cut short", e);
        }
        return new ArchiveException("its " + name + " stream is damaged (" + e.getMessage() + ")", e);
    }

    /** Bytes that were read ahead, then the rest. */
    private static final class Prefixed extends BlockInput {
        private final InputStream in;
        private byte[] head;

        Prefixed(byte[] head, InputStream in) {
            this.in = in;
            this.head = head;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (head.length == 0) {
                return in.read(buffer, offset, length);
            }
            int count = Math.min(length, head.length);
            System.arraycopy(head, 0, buffer, offset, count);
            head = Arrays.copyOfRange(head, count, head.length);
            return count;
        }

        @Override
        public int available() throws IOException {
            return head.length + in.available();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /**
     * Counts, and remembers a failure of the source, so that it is not mistaken for broken compression. No filter stream:
     * what marks and goes back would be counted twice.
     */
    private static final class Counting extends BlockInput {
        private final InputStream in;
        private long bytes;
        private IOException failure;

        Counting(InputStream in) {
            this.in = in;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                int read = in.read(buffer, offset, length);
                bytes += Math.max(read, 0);
                return read;
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
