package io.jenkins.plugins.dockerarchive.image;

import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A layer that nobody has read before, as an engine takes it: plain or as it lies. Its digest, size, diff ID and plain
 * size are proved before its end is told, so that an engine never gets the whole of a wrong one. Closing it leaves its
 * source open.
 */
final class ProvenLayer extends BlockInput {

    private static final int BUFFER = 64 << 10;

    private final Blob expected;
    private final String what;
    private final boolean decompress;
    private final Raw raw;
    private final Decompressed plain;
    private final Sha256 plainSha256 = new Sha256();
    private final byte[] buffer = new byte[BUFFER];

    /** Raw bytes that the decompressor took and the engine did not get yet. */
    private byte[] pending = new byte[0];

    private int pendingAt;
    private boolean plainEnded;
    private boolean ended;

    /**
     * @param what the layer as a message names it
     * @param decompress whether the plain bytes are given, else those that lie in the archive
     */
    ProvenLayer(InputStream in, Blob expected, String what, boolean decompress, ArchiveLimits limits)
            throws IOException {
        this.expected = expected;
        this.what = what;
        this.decompress = decompress;
        this.raw = new Raw(in);
        try {
            this.plain = new Decompressed(raw, limits);
        } catch (ArchiveException e) {
            throw unsound(e);
        }
        if (plain.compression() != expected.compression()) {
            throw wrong("its first bytes are those of another file");
        }
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (ended) {
            return -1;
        }
        return decompress ? readPlain(target, offset, length) : readRaw(target, offset, length);
    }

    private int readPlain(byte[] target, int offset, int length) throws IOException {
        int read = inflate(target, offset, length);
        raw.taken.reset();
        if (read < 0) {
            finish();
        }
        return read;
    }

    private int readRaw(byte[] target, int offset, int length) throws IOException {
        while (pendingAt == pending.length) {
            if (plainEnded) {
                finish();
                return -1;
            }
            if (inflate(buffer, 0, buffer.length) < 0) {
                plainEnded = true;
                raw.drain(buffer);
            }
            pending = raw.taken.toByteArray();
            pendingAt = 0;
            raw.taken.reset();
        }
        int count = Math.min(length, pending.length - pendingAt);
        System.arraycopy(pending, pendingAt, target, offset, count);
        pendingAt += count;
        return count;
    }

    private int inflate(byte[] target, int offset, int length) throws IOException {
        int read;
        try {
            read = plain.read(target, offset, length);
        } catch (ArchiveException e) {
            throw unsound(e);
        }
        if (read > 0) {
            plainSha256.update(target, offset, read);
            if (plain.plainBytes() > expected.plainSize()) {
                throw wrong(
                        "it has more than the " + expected.plainSize() + " bytes that the archive's documents state");
            }
        }
        return read;
    }

    private void finish() throws IOException {
        raw.drain(buffer);
        if (plain.plainBytes() != expected.plainSize()) {
            throw wrong("it has " + plain.plainBytes() + " bytes instead of the " + expected.plainSize()
                    + " that the archive's documents state");
        }
        if (raw.bytes != expected.size() || !raw.sha256.digest().equals(expected.digest())) {
            throw wrong("its bytes do not have the digest " + expected.digest());
        }
        if (!plainSha256.digest().equals(expected.plainDigest())) {
            throw wrong("it does not have the content that its image's config states");
        }
        ended = true;
        plain.close(); // frees what its library holds
    }

    private ArchiveException wrong(String why) {
        return new ArchiveException(what + " is not sound: " + why);
    }

    private ArchiveException unsound(ArchiveException e) {
        return new ArchiveException(what + " is not sound: " + e.getMessage(), e);
    }

    @Override
    public void close() throws IOException {
        plain.close();
    }

    /** Hashes, counts and keeps what the decompressor takes; it may not take more than the layer has. */
    private final class Raw extends FilterInputStream {
        private final Sha256 sha256 = new Sha256();
        private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
        private long bytes;

        Raw(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = in.read(target, offset, length);
            if (read > 0) {
                bytes += read;
                if (bytes > expected.size()) {
                    throw wrong("it has more than " + expected.size() + " bytes");
                }
                sha256.update(target, offset, read);
                taken.write(target, offset, read);
            }
            return read;
        }

        /** What a decompressor leaves unread belongs to the blob all the same. */
        void drain(byte[] scratch) throws IOException {
            while (read(scratch, 0, scratch.length) >= 0) {
                if (decompress) {
                    taken.reset();
                }
            }
        }

        @Override
        public void close() {}
    }
}
