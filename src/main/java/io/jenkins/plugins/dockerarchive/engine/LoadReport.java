package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.List;

/**
 * What an engine says that it loaded. It is the engine's word: on a containerd image store inspect the images, too.
 *
 * @param references of loaded images, as the engine spells them; podman's are fully qualified
 * @param ids of loaded images without reference; an engine names them only when no image of the archive has a reference
 * @param renamed the engine's notes about references that moved from another image, which a graph driver alone writes
 * @param notes other text
 */
public record LoadReport(
        @NonNull List<String> references,
        @NonNull List<String> ids,
        @NonNull List<String> renamed,
        @NonNull List<String> notes) {

    public LoadReport {
        references = List.copyOf(references);
        ids = List.copyOf(ids);
        renamed = List.copyOf(renamed);
        notes = List.copyOf(notes);
    }
}
