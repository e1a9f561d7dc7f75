package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.CompressionChoice;
import java.io.Serializable;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A container whose file system is to be exported.
 *
 * @param container name or ID
 */
public record ExportRequest(
        @NonNull String container,
        @NonNull Destination destination,
        @NonNull CompressionChoice compression,
        @NonNull KeepConfig config,
        @NonNull WhileExporting running)
        implements Serializable {

    private static final Pattern CONTAINER = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}");

    /** Whether the container's configuration is written beside its file system. */
    public enum KeepConfig {
        BESIDE_ARCHIVE,
        DROP
    }

    /** What a running container does while its files are read. */
    public enum WhileExporting {
        KEEP_RUNNING,
        PAUSE
    }

    /** Reads the parameters of {@code dockerExport}. */
    @NonNull
    public static ExportRequest from(@NonNull Parameters parameters) throws BadInputException {
        parameters.allow(Set.of(
                "container",
                "file",
                "archive",
                "stash",
                "compression",
                "keepConfig",
                "pause",
                "overwrite",
                "keepDays",
                "keepBuilds"));
        String container = parameters.required("container", WrongInput.CONTAINER_MISSING);
        if (!CONTAINER.matcher(container).matches()) {
            throw new BadInputException(WrongInput.CONTAINER, parameters.verb(), container);
        }
        return new ExportRequest(
                container,
                Destination.from(parameters),
                parameters.choice("compression", CompressionChoice.class, CompressionChoice.AUTO),
                parameters.flag("keepConfig", KeepConfig.BESIDE_ARCHIVE, KeepConfig.DROP, true),
                parameters.flag("pause", WhileExporting.PAUSE, WhileExporting.KEEP_RUNNING, false));
    }
}
