package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was imported.
 *
 * @param id what this engine calls the image, {@code sha256:...}
 * @param reference that points at it
 */
public record ImportResult(@NonNull String id, @NonNull String reference) implements Serializable {

    /** What the step returns. */
    @NonNull
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", id);
        map.put("reference", reference);
        return map;
    }
}
