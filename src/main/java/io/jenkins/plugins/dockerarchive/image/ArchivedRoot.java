package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import java.util.ArrayList;
import java.util.List;

/**
 * What a reference in an archive points at: one image, or an image index with images for several platforms.
 *
 * @param references in the order of the archive; empty for an image without
 * @param images those whose config and layers are all in the archive, at least one
 * @param documents index, manifests and attestations below this root as they lie in the archive; empty for an archive
 *     without OCI manifests
 * @param index the image index at the top, or null for a single image
 */
public record ArchivedRoot(
        @NonNull List<Reference> references,
        @NonNull List<ArchivedImage> images,
        @NonNull List<Blob> documents,
        @CheckForNull Blob index) {

    static ArchivedRoot of(ArchivedImage image) {
        return new ArchivedRoot(
                image.references(),
                List.of(image),
                image.manifest() == null ? List.of() : List.of(image.manifest()),
                null);
    }

    /** The same under other references. */
    @NonNull
    public ArchivedRoot withReferences(@NonNull List<Reference> others) {
        return new ArchivedRoot(
                List.copyOf(others),
                images.stream().map(i -> i.withReferences(others)).toList(),
                documents,
                index);
    }

    /** Only the images of these platforms; all when none is named. May be left without images. */
    @NonNull
    public ArchivedRoot only(@NonNull List<Platform> platforms) {
        if (platforms.isEmpty()) {
            return this;
        }
        List<ArchivedImage> wanted = new ArrayList<>();
        for (ArchivedImage image : images) {
            if (platforms.stream().anyMatch(p -> p.matches(image.platform()))) {
                wanted.add(image);
            }
        }
        if (wanted.size() == 1 && images.size() > 1) {
            return of(wanted.get(0));
        }
        return new ArchivedRoot(references, wanted, documents, index);
    }

    /** The image for an engine that keeps one platform only: its own, else the only one there is; null when unclear. */
    @CheckForNull
    public ArchivedImage forPlatform(@NonNull Platform engine) {
        if (images.size() == 1) {
            return images.get(0);
        }
        return images.stream()
                .filter(i -> engine.matches(i.platform()))
                .findFirst()
                .orElse(null);
    }
}
