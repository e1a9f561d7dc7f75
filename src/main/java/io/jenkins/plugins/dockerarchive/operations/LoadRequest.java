package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import io.jenkins.plugins.dockerarchive.image.Reference;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An image archive to be loaded.
 *
 * @param expected references the archive must hold, no fewer and no others; empty for any
 * @param rename reference in the archive to reference on the engine
 * @param conflict what to do when a reference exists with other content
 * @param platforms only images of these platforms; empty for all
 */
public record LoadRequest(
        @NonNull ArchiveSource source,
        @NonNull List<String> expected,
        @NonNull Map<String, String> rename,
        @NonNull Conflict conflict,
        @NonNull List<Platform> platforms)
        implements Serializable {

    /** What to do when the engine has a reference already, for other content. */
    public enum Conflict {
        /** The reference moves to the loaded image. */
        REPLACE,
        /** The reference stays where it is; an image that is left without any reference is not loaded. */
        KEEP,
        /** Nothing is loaded. */
        FAIL
    }

    public LoadRequest {
        expected = new ArrayList<>(expected);
        rename = new LinkedHashMap<>(rename);
        platforms = new ArrayList<>(platforms);
    }

    /** Reads the parameters of {@code dockerLoad} beside its source. */
    @NonNull
    public static LoadRequest from(@NonNull Parameters parameters, @NonNull ArchiveSource source)
            throws BadInputException {
        Set<String> names = new HashSet<>(SourceChoice.NAMES);
        names.addAll(Set.of("images", "rename", "onConflict", "platforms"));
        parameters.allow(names);
        List<String> expected = new ArrayList<>();
        for (String image : parameters.words("images")) {
            expected.add(ImageName.reference(parameters.verb(), "images", image).familiar());
        }
        Map<String, String> rename = new LinkedHashMap<>();
        Set<Reference> targets = new HashSet<>();
        for (Map.Entry<String, String> pair : parameters.pairs("rename").entrySet()) {
            Reference target = ImageName.reference(parameters.verb(), "rename", pair.getValue());
            if (!targets.add(target)) {
                throw new BadInputException(WrongInput.RENAME_TO_ONE, parameters.verb(), target.familiar());
            }
            String old = ImageName.reference(parameters.verb(), "rename", pair.getKey())
                    .familiar();
            if (rename.put(old, target.familiar()) != null) {
                throw new BadInputException(WrongInput.PAIR_TWICE, parameters.verb(), "rename", old);
            }
        }
        return new LoadRequest(
                source,
                expected,
                rename,
                parameters.choice("onConflict", Conflict.class, Conflict.REPLACE),
                parameters.platforms("platforms"));
    }
}
