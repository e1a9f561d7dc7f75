package io.jenkins.plugins.dockerarchive.image;

import com.github.luben.zstd.ZstdOutputStream;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;

/** Writes bytes compressed. Must be finished to be complete; neither finishing nor closing closes the target. */
final class CompressedOutput extends FilterOutputStream {

    // zstd 3 is smaller than gzip 6 and many times faster: measured on images
    private static final int ZSTD_LEVEL = 3;
    // where an engine waits for us: a tenth more bytes in two thirds of the time
    private static final int FAST_ZSTD_LEVEL = 1;
    // reading and hashing go on meanwhile; any number but none gives the same bytes
    private static final int ZSTD_WORKERS = 2;
    private static final int GZIP_LEVEL = 6;
    private static final int BUFFER = 128 << 10;

    private boolean finished;

    /** @param compression NONE, GZIP or ZSTD */
    CompressedOutput(@NonNull OutputStream target, @NonNull Compression compression) throws IOException {
        this(target, compression, ZSTD_LEVEL);
    }

    private CompressedOutput(OutputStream target, Compression compression, int zstdLevel) throws IOException {
        super(new BufferedOutputStream(compressor(new Open(target), compression, zstdLevel), BUFFER));
    }

    /** The same for single layers that are compressed while an engine sends them. */
    @NonNull
    static CompressedOutput fast(@NonNull OutputStream target, @NonNull Compression compression) throws IOException {
        return new CompressedOutput(target, compression, FAST_ZSTD_LEVEL);
    }

    private static OutputStream compressor(OutputStream target, Compression compression, int zstdLevel)
            throws IOException {
        return switch (compression) {
            case NONE -> target;
            case GZIP -> new Gzip(target);
            case ZSTD ->
                new ZstdOutputStream(target, zstdLevel).setChecksum(true).setWorkers(ZSTD_WORKERS);
            default -> throw new IllegalArgumentException("never written: " + compression);
        };
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
    }

    /** Writes the end of the compressed stream. */
    void finish() throws IOException {
        if (!finished) {
            finished = true;
            out.close();
        }
    }

    @Override
    public void close() throws IOException {
        finish();
    }

    /** The JDK's gzip with a level of our own: one member, no name, no time, so the same bytes every time. */
    private static final class Gzip extends GZIPOutputStream {
        Gzip(OutputStream target) throws IOException {
            super(target, BUFFER);
            def.setLevel(GZIP_LEVEL);
        }
    }

    /** Stays open, since the target has things to do after its content. */
    private static final class Open extends FilterOutputStream {
        Open(OutputStream target) {
            super(target);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
