package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What was loaded. */
public record LoadResult(@NonNull List<LoadedImage> images) implements Serializable {

    /**
     * One image as the engine has it now.
     *
     * @param id what this engine calls the image, {@code sha256:...}: on a graph driver the config digest, on the
     *     containerd store that of the manifest
     * @param configDigest what every engine and every archive knows the image by, {@code sha256:...}
     * @param references that point at it after the load
     * @param layers number of its layers
     * @param layersReused how many of them the engine had before
     */
    public record LoadedImage(
            @NonNull String id,
            @NonNull String configDigest,
            @NonNull List<String> references,
            @NonNull String platform,
            int layers,
            int layersReused)
            implements Serializable {

        public LoadedImage {
            references = new ArrayList<>(references);
        }

        Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("id", id);
            map.put("references", references);
            map.put("platform", platform);
            map.put("layers", layers);
            map.put("layersReused", layersReused);
            return map;
        }
    }

    public LoadResult {
        images = new ArrayList<>(images);
    }

    /** What the step returns: nothing but maps, lists, strings and numbers. */
    @NonNull
    public Map<String, Object> toMap() {
        List<Object> list = new ArrayList<>();
        for (LoadedImage image : images) {
            list.add(image.toMap());
        }
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("images", list);
        return map;
    }
}
