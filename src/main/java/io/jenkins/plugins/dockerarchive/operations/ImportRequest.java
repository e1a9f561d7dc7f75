package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A file system archive to become an image.
 *
 * @param image reference to create
 * @param changes Dockerfile instructions, one each; they win over the kept configuration
 * @param message commit message, or null
 * @param platform of the image, or null for the engine's own
 */
public record ImportRequest(
        @NonNull ArchiveSource source,
        @NonNull String image,
        @NonNull List<String> changes,
        @CheckForNull String message,
        @CheckForNull Platform platform,
        @NonNull ApplyConfig config)
        implements Serializable {

    private static final Set<String> INSTRUCTIONS = Set.of(
            "CMD",
            "ENTRYPOINT",
            "ENV",
            "EXPOSE",
            "HEALTHCHECK",
            "LABEL",
            "ONBUILD",
            "STOPSIGNAL",
            "USER",
            "VOLUME",
            "WORKDIR");

    /** Whether the configuration that was kept beside the archive is applied. */
    public enum ApplyConfig {
        /** Applied when it is there. */
        APPLY,
        IGNORE
    }

    public ImportRequest {
        changes = new ArrayList<>(changes);
    }

    /** Reads the parameters of {@code dockerImport} beside its source. */
    @NonNull
    public static ImportRequest from(@NonNull Parameters parameters, @NonNull ArchiveSource source)
            throws BadInputException {
        Set<String> names = new HashSet<>(SourceChoice.NAMES);
        names.addAll(Set.of("image", "changes", "message", "platform", "applyConfig"));
        parameters.allow(names);
        String image = parameters.required("image", WrongInput.IMAGE_MISSING);
        List<String> changes = parameters.lines("changes");
        for (String change : changes) {
            String instruction = change.split("\\s", 2)[0].toUpperCase(Locale.ROOT);
            if (!INSTRUCTIONS.contains(instruction)
                    || !change.matches("(?s)\\S+\\s.*")
                    || change.lines().count() > 1) {
                throw new BadInputException(WrongInput.CHANGES, parameters.verb(), change);
            }
        }
        String platform = parameters.text("platform");
        return new ImportRequest(
                source,
                ImageName.reference(parameters.verb(), "image", image).familiar(),
                changes,
                parameters.text("message"),
                platform == null ? null : parameters.platform("platform", platform),
                parameters.flag("applyConfig", ApplyConfig.APPLY, ApplyConfig.IGNORE, true));
    }
}
