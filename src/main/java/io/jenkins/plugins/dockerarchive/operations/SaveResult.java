package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What was saved.
 *
 * @param directory absolute path of the directory that holds the written archive
 * @param file the archive's path below {@code directory}, '/'-separated; null when nothing was written because all
 *     images were missing and that was allowed
 * @param size bytes of the archive
 * @param sha256 of the archive's bytes, hexadecimal; of an OCI layout that of its index.json, which states all other digests
 * @param stored bytes really added
 * @param skipped true when nothing had to move
 */
public record SaveResult(
        @NonNull String directory,
        @CheckForNull String file,
        long size,
        @CheckForNull String sha256,
        @NonNull List<SavedImage> images,
        long stored,
        boolean skipped)
        implements Serializable {

    /**
     * A layer of a saved image.
     *
     * @param diffId digest of the uncompressed tar, {@code sha256:...}
     * @param size bytes of the uncompressed tar
     * @param added whether its bytes were added by this save; false where an earlier archive of the job has them
     */
    public record SavedLayer(@NonNull String diffId, long size, boolean added) implements Serializable {}

    /**
     * One image of an archive.
     *
     * @param id config digest, {@code sha256:...}: the same on every engine
     * @param references {@code repository:tag}, empty for an image without
     * @param platform {@code os/architecture[/variant]}
     * @param layers lowest first
     * @param command what its containers run, ENTRYPOINT and CMD as one line; empty for none
     * @param created when it was made, RFC 3339 as its config says; empty where it says nothing
     */
    public record SavedImage(
            @NonNull String id,
            @NonNull List<String> references,
            @NonNull String platform,
            @NonNull List<SavedLayer> layers,
            @NonNull String command,
            @NonNull String created)
            implements Serializable {

        public SavedImage {
            references = new ArrayList<>(references);
            layers = new ArrayList<>(layers);
        }

        Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("id", id);
            map.put("references", references);
            map.put("platform", platform);
            map.put("layers", layers.size());
            return map;
        }
    }

    public SaveResult {
        images = new ArrayList<>(images);
    }

    /** What the step returns: nothing but maps, lists, strings, numbers and booleans. */
    @NonNull
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("file", file);
        map.put("size", size);
        map.put("sha256", sha256);
        List<Object> list = new ArrayList<>();
        for (SavedImage image : images) {
            list.add(image.toMap());
        }
        map.put("images", list);
        map.put("stored", stored);
        map.put("skipped", skipped);
        return map;
    }
}
