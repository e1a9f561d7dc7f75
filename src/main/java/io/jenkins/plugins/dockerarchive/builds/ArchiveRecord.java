package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.ExportResult;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * One archive that a build wrote, as it is written into {@code build.xml}: plain values only, so that it can be read
 * whatever becomes of the classes that made it.
 */
public final class ArchiveRecord implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String verb;
    private final String file;
    private final long size;
    private final String sha256;
    private final ArrayList<String> images;
    private final String container;
    private final boolean inWorkspace;
    private final boolean artifact;
    private final String stash;
    private final Integer keepDays;
    private final Integer keepBuilds;
    private final long time;

    private ArchiveRecord(
            String verb,
            String file,
            long size,
            String sha256,
            List<String> images,
            String container,
            Destination destination,
            Retention retention) {
        this.verb = verb;
        this.file = file;
        this.size = size;
        this.sha256 = sha256;
        this.images = new ArrayList<>(images);
        this.container = container;
        this.inWorkspace = destination.keepsFile();
        this.artifact = destination.artifact();
        this.stash = destination.stash();
        this.keepDays = retention.days();
        this.keepBuilds = retention.builds();
        this.time = System.currentTimeMillis();
    }

    /** What {@code dockerSave} wrote; its result must have a file. */
    @NonNull
    public static ArchiveRecord of(
            @NonNull SaveResult result, @NonNull Destination destination, @NonNull Retention retention) {
        List<String> images = new ArrayList<>();
        for (SaveResult.SavedImage image : result.images()) {
            images.addAll(image.references().isEmpty() ? List.of(image.id()) : image.references());
        }
        return new ArchiveRecord(
                "dockerSave", result.file(), result.size(), result.sha256(), images, null, destination, retention);
    }

    /** What {@code dockerExport} wrote. */
    @NonNull
    public static ArchiveRecord of(
            @NonNull ExportResult result, @NonNull Destination destination, @NonNull Retention retention) {
        return new ArchiveRecord(
                "dockerExport",
                result.file(),
                result.size(),
                result.sha256(),
                List.of(),
                result.container(),
                destination,
                retention);
    }

    /** Name of the step that wrote it. */
    @NonNull
    public String getVerb() {
        return verb;
    }

    /** Path in the workspace and among the artifacts, '/'-separated. */
    @NonNull
    public String getFile() {
        return file;
    }

    /** Bytes of the archive. */
    public long getSize() {
        return size;
    }

    /** SHA-256 of the archive, hexadecimal. */
    @CheckForNull
    public String getSha256() {
        return sha256;
    }

    /** References of the images in it, IDs of those that have none; empty for a container. */
    @NonNull
    public List<String> getImages() {
        return images;
    }

    /** ID of the container it was exported from, or null for images. */
    @CheckForNull
    public String getContainer() {
        return container;
    }

    /** Whether it was left in the workspace. */
    public boolean isInWorkspace() {
        return inWorkspace;
    }

    /** Whether it is an artifact of the build. */
    public boolean isArtifact() {
        return artifact;
    }

    /** Name of the stash it went into, or null. */
    @CheckForNull
    public String getStash() {
        return stash;
    }

    /** Days that it shall be kept, or null for as long as the build. */
    @CheckForNull
    public Integer getKeepDays() {
        return keepDays;
    }

    /** Newest builds of the job that shall keep theirs, or null for all. */
    @CheckForNull
    public Integer getKeepBuilds() {
        return keepBuilds;
    }

    /** When it was written, milliseconds since 1970. */
    public long getTime() {
        return time;
    }
}
