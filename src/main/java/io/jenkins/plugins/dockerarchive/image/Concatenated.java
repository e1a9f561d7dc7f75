package io.jenkins.plugins.dockerarchive.image;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.Enumeration;

/** Streams one after another, each made when its turn comes; closing closes what they are made from. */
final class Concatenated extends BlockInput {

    private final Enumeration<InputStream> parts;
    private final Closeable source;
    private InputStream current = InputStream.nullInputStream();

    Concatenated(Enumeration<InputStream> parts, Closeable source) {
        this.parts = parts;
        this.source = source;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException("interrupted");
        }
        try {
            for (int read = current.read(buffer, offset, length); ; read = current.read(buffer, offset, length)) {
                if (read >= 0) {
                    return read;
                }
                current.close();
                if (!parts.hasMoreElements()) {
                    current = InputStream.nullInputStream();
                    return -1;
                }
                current = parts.nextElement();
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            current.close();
        } finally {
            source.close();
        }
    }
}
