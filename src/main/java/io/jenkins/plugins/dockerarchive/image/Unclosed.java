package io.jenkins.plugins.dockerarchive.image;

import java.io.FilterInputStream;
import java.io.InputStream;

/** A stream that stays open when what reads it is closed. */
final class Unclosed extends FilterInputStream {

    Unclosed(InputStream in) {
        super(in);
    }

    @Override
    public void close() {}
}
