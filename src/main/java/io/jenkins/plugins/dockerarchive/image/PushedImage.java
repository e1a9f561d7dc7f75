package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.List;

/**
 * An image that an engine is to push.
 *
 * @param tag that it is pushed under
 * @param id digest of its manifest or index
 * @param references that it has in the archive; at least one
 */
public record PushedImage(
        @NonNull String tag, @NonNull String id, @NonNull List<Reference> references) {

    public PushedImage {
        references = List.copyOf(references);
    }
}
