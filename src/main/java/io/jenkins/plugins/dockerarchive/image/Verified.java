package io.jenkins.plugins.dockerarchive.image;

import java.io.IOException;
import java.io.InputStream;

/** Bytes that must have a size and a digest; says so before it tells the end. Closing it leaves its source open. */
final class Verified extends BlockInput {

    private final InputStream in;
    private final String digest;
    private final Sha256 sha256 = new Sha256();
    private long left;

    Verified(InputStream in, long size, String digest) {
        this.in = in;
        this.left = size;
        this.digest = digest;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int read = left < 0 ? -1 : in.read(buffer, offset, length);
        if (read >= 0) {
            left -= read;
            if (left < 0) {
                throw changed();
            }
            sha256.update(buffer, offset, read);
            return read;
        }
        if (left > 0 || left == 0 && !sha256.digest().equals(digest)) {
            throw changed();
        }
        left = -1;
        if (in instanceof Decompressed) {
            in.close(); // frees what its library holds; the archive below it stays open
        }
        return -1;
    }

    private static ArchiveException changed() {
        return new ArchiveException("it was changed while it was read");
    }
}
