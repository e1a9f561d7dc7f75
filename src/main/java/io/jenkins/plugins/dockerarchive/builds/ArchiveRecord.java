package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.Compression;
import io.jenkins.plugins.dockerarchive.operations.ArchiveFormat;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.ExportResult;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.retention.RetentionRule;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

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
    // From here on: what records of earlier versions lack.
    private final ArrayList<RecordedImage> details;
    private final String format;
    private final String compression;
    private final String stage;
    private final String node;
    private final Long expiredTime;
    private final String expiredRule;
    private final String expiredBy;

    private ArchiveRecord(
            String verb,
            String file,
            long size,
            String sha256,
            List<RecordedImage> details,
            String container,
            ArchiveFormat format,
            Destination destination,
            Retention retention,
            Origin origin) {
        this.verb = verb;
        this.file = file;
        this.size = size;
        this.sha256 = sha256;
        this.images = new ArrayList<>();
        for (RecordedImage image : details) {
            images.addAll(image.getReferences().isEmpty() ? List.of(image.getId()) : image.getReferences());
        }
        this.container = container;
        this.inWorkspace = destination.keepsFile();
        this.artifact = destination.artifact();
        this.stash = destination.stash();
        this.keepDays = retention.days();
        this.keepBuilds = retention.builds();
        this.time = System.currentTimeMillis();
        this.details = new ArrayList<>(details);
        // a stash in layers is a layout whatever format is asked for files
        ArchiveFormat written = destination.stash() != null && file.endsWith(".oci") ? ArchiveFormat.OCI : format;
        this.format = written.name().toLowerCase(Locale.ROOT);
        Compression named = written == ArchiveFormat.TAR ? Compression.ofName(file) : null;
        this.compression = named == null ? null : named.name().toLowerCase(Locale.ROOT);
        this.stage = origin.stage();
        this.node = origin.node();
        this.expiredTime = null;
        this.expiredRule = null;
        this.expiredBy = null;
    }

    /** The same record of an archive that is gone. */
    private ArchiveRecord(ArchiveRecord before, RetentionRule rule, String by) {
        this.verb = before.verb;
        this.file = before.file;
        this.size = before.size;
        this.sha256 = before.sha256;
        this.images = before.images;
        this.container = before.container;
        this.inWorkspace = before.inWorkspace;
        this.artifact = before.artifact;
        this.stash = before.stash;
        this.keepDays = before.keepDays;
        this.keepBuilds = before.keepBuilds;
        this.time = before.time;
        this.details = before.details;
        this.format = before.format;
        this.compression = before.compression;
        this.stage = before.stage;
        this.node = before.node;
        this.expiredTime = System.currentTimeMillis();
        this.expiredRule = rule.text();
        this.expiredBy = by;
    }

    /** What {@code dockerSave} wrote; its result must have a file. */
    @NonNull
    public static ArchiveRecord of(
            @NonNull SaveResult result,
            @NonNull ArchiveFormat format,
            @NonNull Destination destination,
            @NonNull Retention retention,
            @NonNull Origin origin) {
        List<RecordedImage> images = new ArrayList<>();
        result.images().forEach(image -> images.add(new RecordedImage(image)));
        return new ArchiveRecord(
                "dockerSave",
                result.file(),
                result.size(),
                result.sha256(),
                images,
                null,
                format,
                destination,
                retention,
                origin);
    }

    /** What {@code dockerExport} wrote. */
    @NonNull
    public static ArchiveRecord of(
            @NonNull ExportResult result,
            @NonNull Destination destination,
            @NonNull Retention retention,
            @NonNull Origin origin) {
        return new ArchiveRecord(
                "dockerExport",
                result.file(),
                result.size(),
                result.sha256(),
                List.of(),
                result.container(),
                ArchiveFormat.TAR,
                destination,
                retention,
                origin);
    }

    /**
     * The same record of an archive that is gone; when that happened is now.
     *
     * @param by the limit of the rule, or the name of who deleted it
     */
    @NonNull
    ArchiveRecord expired(@NonNull RetentionRule rule, @NonNull String by) {
        return new ArchiveRecord(this, rule, by);
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
        return images == null ? List.of() : Collections.unmodifiableList(images);
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

    /** The images with all that is known; empty for a container and in records of early versions. */
    @NonNull
    public List<RecordedImage> getDetails() {
        return details == null ? List.of() : Collections.unmodifiableList(details);
    }

    /** {@code tar} or {@code oci}; null in records of early versions. */
    @CheckForNull
    public String getFormat() {
        return format;
    }

    /** {@code none}, {@code gzip} or {@code zstd} as the file is called; null where its name does not say. */
    @CheckForNull
    public String getCompression() {
        return compression;
    }

    /** The Pipeline stage that wrote it, or null. */
    @CheckForNull
    public String getStage() {
        return stage;
    }

    /** The agent that wrote it, empty for the built-in node; null when that is not known. */
    @CheckForNull
    public String getNode() {
        return node;
    }

    /** Whether the archive has been an artifact and is no more. */
    public boolean isExpired() {
        return expiredTime != null;
    }

    /** When it went, milliseconds since 1970; null while it is there. */
    @CheckForNull
    public Long getExpiredTime() {
        return expiredTime;
    }

    /** Why it went; null while it is there. */
    @CheckForNull
    public RetentionRule getExpiredRule() {
        return expiredRule == null ? null : RetentionRule.of(expiredRule);
    }

    /** The limit of the rule, or who deleted it; null while it is there. */
    @CheckForNull
    public String getExpiredBy() {
        return expiredBy;
    }
}
