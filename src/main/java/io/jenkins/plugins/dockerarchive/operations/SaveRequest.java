package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import io.jenkins.plugins.dockerarchive.image.CompressionChoice;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Images to be saved.
 *
 * @param images references or IDs, at least one, see {@link ImageNames}
 * @param platforms empty for what the engine gives by itself
 * @param missing what to do about an image the engine does not have
 */
public record SaveRequest(
        @NonNull List<String> images,
        @NonNull Destination destination,
        @NonNull ArchiveFormat format,
        @NonNull CompressionChoice compression,
        @NonNull List<Platform> platforms,
        @NonNull Missing missing)
        implements Serializable {

    /** What to do about an image that the engine does not have. */
    public enum Missing {
        FAIL,
        IGNORE
    }

    public SaveRequest {
        images = new ArrayList<>(images);
        platforms = new ArrayList<>(platforms);
    }

    /** Reads the parameters of {@code dockerSave}. */
    @NonNull
    public static SaveRequest from(@NonNull Parameters parameters) throws BadInputException {
        parameters.allow(Set.of(
                "images",
                "file",
                "archive",
                "stash",
                "format",
                "compression",
                "platforms",
                "overwrite",
                "ignoreMissing",
                "keepDays",
                "keepBuilds"));
        List<String> images = parameters.words("images");
        if (images.isEmpty()) {
            throw new BadInputException(WrongInput.IMAGES_MISSING, parameters.verb());
        }
        for (String image : images) {
            ImageName.check(parameters.verb(), image);
        }
        ArchiveFormat format = parameters.choice("format", ArchiveFormat.class, ArchiveFormat.TAR);
        return new SaveRequest(
                images,
                Destination.from(parameters),
                format,
                parameters.choice("compression", CompressionChoice.class, CompressionChoice.AUTO),
                parameters.platforms("platforms"),
                parameters.flag("ignoreMissing", Missing.IGNORE, Missing.FAIL, false));
    }

    /** What the archive is called on its way to a store that keeps files; null when it is named after its image. */
    @CheckForNull
    public String packedName() {
        return destination.file() == null ? null : destination.file() + PackLayout.ENDING;
    }

    /** Whether the archive is a file on the agent at some time: in the workspace, or on its way to the artifacts. */
    boolean writesFile() {
        return destination.keepsFile() || destination.artifact() && format == ArchiveFormat.TAR;
    }
}
