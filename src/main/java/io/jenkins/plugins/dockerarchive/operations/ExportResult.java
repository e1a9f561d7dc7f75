package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What was exported.
 *
 * @param directory absolute path of the directory that holds the written files
 * @param file the archive's path below {@code directory}, '/'-separated
 * @param configFile the kept configuration's path below {@code directory}, or null when none was kept
 * @param size bytes of the archive
 * @param sha256 of the archive's bytes, hexadecimal
 * @param container the container's ID, 64 hexadecimal digits
 * @param stored bytes really added
 */
public record ExportResult(
        @NonNull String directory,
        @NonNull String file,
        @CheckForNull String configFile,
        long size,
        @NonNull String sha256,
        @NonNull String container,
        long stored)
        implements Serializable {

    /** What the step returns: nothing but strings, numbers and booleans. */
    @NonNull
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("file", file);
        map.put("configFile", configFile);
        map.put("size", size);
        map.put("sha256", sha256);
        map.put("container", container);
        map.put("stored", stored);
        map.put("skipped", false);
        return map;
    }
}
