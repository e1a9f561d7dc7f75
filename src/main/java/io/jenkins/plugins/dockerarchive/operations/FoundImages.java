package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The images that a save is of, as their engine tells.
 *
 * @param images empty when the engine has none of them and that is allowed
 * @param engine URI of the engine
 */
public record FoundImages(
        @NonNull List<FoundImage> images, @NonNull String engine) implements Serializable {

    public FoundImages {
        images = new ArrayList<>(images);
    }

    /**
     * One of them.
     *
     * @param name that the engine is asked for
     * @param reference {@code repository:tag}, or null for an image that is asked for by its ID
     * @param id of the image on its engine
     * @param diffIds of its layers, lowest first
     */
    public record FoundImage(
            @NonNull String name,
            @CheckForNull String reference,
            @NonNull String id,
            @NonNull List<String> diffIds) implements Serializable {

        public FoundImage {
            diffIds = new ArrayList<>(diffIds);
        }
    }

    /** What the engine is asked for. */
    @NonNull
    List<String> names() {
        return images.stream().map(FoundImage::name).toList();
    }
}
