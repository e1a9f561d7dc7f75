package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.List;

/**
 * How a file system becomes an image.
 *
 * @param repository of the new image without tag, or null for an image without a name
 * @param tag of the new image, or null for {@code latest}; ignored without repository
 * @param message commit message, or null for the engine's own ("Imported from -")
 * @param changes Dockerfile instructions, one in each; order and repetitions are kept. Set one variable with each
 *     {@code ENV}: podman takes all that follows the first {@code =} for its value, and keeps both of a repeated variable
 * @param platform of the image, or null for the engine's own; see {@link EngineCapabilities#honoursImportArchitecture()}
 */
public record ImportParameters(
        @CheckForNull String repository,
        @CheckForNull String tag,
        @CheckForNull String message,
        @NonNull List<String> changes,
        @CheckForNull Platform platform) {

    public ImportParameters {
        changes = List.copyOf(changes);
        for (String change : changes) {
            // Docker would take several instructions in one parameter, podman makes one odd value of them.
            if (change.isBlank() || change.indexOf('\n') >= 0 || change.indexOf('\r') >= 0) {
                throw new IllegalArgumentException(
                        "'" + change.strip() + "' is not one Dockerfile instruction on one line.");
            }
        }
    }
}
