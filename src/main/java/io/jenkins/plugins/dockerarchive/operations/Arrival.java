package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.ImageInspection;
import io.jenkins.plugins.dockerarchive.image.ArchivedImage;
import io.jenkins.plugins.dockerarchive.image.ArchivedRoot;
import io.jenkins.plugins.dockerarchive.image.Reference;
import java.util.List;
import java.util.Optional;

/**
 * One image to be loaded.
 *
 * @param image the platform that is loaded, or null for all that the root has
 * @param references it gets
 * @param kept references that stay with another image
 * @param before images that have its references now, whatever they are
 * @param there the image itself, when the engine has all of it under all of its references already
 */
record Arrival(
        @NonNull ArchivedRoot root,
        @CheckForNull ArchivedImage image,
        @NonNull List<Reference> references,
        @NonNull List<Reference> kept,
        @NonNull List<ImageInspection> before,
        @NonNull Optional<ImageInspection> there) {

    @NonNull
    List<ArchivedImage> images() {
        return image == null ? root.images() : List.of(image);
    }

    /** Whether it is loaded at all. */
    boolean wanted() {
        return !references.isEmpty() || kept.isEmpty();
    }

    boolean mustBeSent() {
        return wanted() && there.isEmpty();
    }
}
