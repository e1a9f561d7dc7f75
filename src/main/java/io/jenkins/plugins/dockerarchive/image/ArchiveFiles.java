package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;

/** The files of an image archive, as far as somebody has read them. */
interface ArchiveFiles {

    /** The file of that name, through any links; null when there is none. */
    @CheckForNull
    Blob find(@NonNull String name);

    @NonNull
    Iterable<Blob> files();

    /**
     * A file as the layer that an image's config says it is.
     *
     * @return null when its content is another one
     * @throws ArchiveException when it cannot be that layer and another one at once
     */
    @CheckForNull
    Blob layer(@NonNull Blob file, @NonNull String diffId) throws ArchiveException;
}
