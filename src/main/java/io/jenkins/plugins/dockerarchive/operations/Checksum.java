package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.BlockInput;
import io.jenkins.plugins.dockerarchive.image.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The SHA-256 of a file, made while it is read for something else. */
final class Checksum {

    private static final int BUFFER = 128 << 10;

    private final Path file;
    private final Sha256 sha256 = new Sha256();
    private InputStream in;

    Checksum(@NonNull Path file) {
        this.file = file;
    }

    /** SHA-256 of a whole file, 64 hexadecimal digits. */
    @NonNull
    static String of(@NonNull Path file) throws IOException {
        Checksum checksum = new Checksum(file);
        try (InputStream in = checksum.open()) {
            return checksum.finish();
        }
    }

    @NonNull
    InputStream open() throws IOException {
        InputStream source = Files.newInputStream(file);
        in = new BlockInput() {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (Thread.currentThread().isInterrupted()) {
                    throw new InterruptedIOException("interrupted");
                }
                int read = source.read(buffer, offset, length);
                if (read > 0) {
                    sha256.update(buffer, offset, read);
                }
                return read;
            }

            @Override
            public void close() throws IOException {
                source.close();
            }
        };
        return in;
    }

    /** Reads what is left and gives the SHA-256 of all, 64 hexadecimal digits. */
    @NonNull
    String finish() throws IOException {
        byte[] buffer = new byte[BUFFER];
        while (in.read(buffer, 0, buffer.length) >= 0) {
            // only to pass through the digest
        }
        return Sha256.hex(sha256.digest());
    }
}
