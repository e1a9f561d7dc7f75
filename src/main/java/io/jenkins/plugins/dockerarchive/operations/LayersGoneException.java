package io.jenkins.plugins.dockerarchive.operations;

import java.io.IOException;

/** An engine lacks layers that were left out of an archive for it, because it had them, or seemed to. */
final class LayersGoneException extends IOException {

    private static final long serialVersionUID = 1L;

    LayersGoneException(String why) {
        super(why);
    }
}
