package io.jenkins.plugins.dockerarchive.config;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.AbstractDescribableImpl;
import hudson.model.Descriptor;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.Stream;
import org.jenkinsci.Symbol;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;

/**
 * What an archive may ask of us before it is refused, see {@link ArchiveLimits}, and how long an engine may be silent; null
 * is the default. One more limit is one more field here, its place in {@link #values}, {@link #toLimits} and
 * {@link #readResolve}, an entry in the form and its help.
 */
public final class LimitSettings extends AbstractDescribableImpl<LimitSettings> {

    private Integer entries;
    private Integer fileSystemEntries;
    private Integer nameLength;
    private Integer headerBytes;
    private Integer jsonBytes;
    private Integer jsonDepth;
    private Integer layers;
    private Integer images;
    private String totalBytes;
    private Integer expansionRatio;
    private Integer idleSeconds;

    @DataBoundConstructor
    public LimitSettings() {}

    /** The limits in force; the defaults where there are no settings. */
    @NonNull
    public static ArchiveLimits of(@CheckForNull LimitSettings settings) {
        return settings == null ? ArchiveLimits.defaults() : settings.toLimits(ArchiveLimits.defaults());
    }

    /** How long an engine may be silent; the default where there are no settings. */
    @NonNull
    public static IdleTimeout idleOf(@CheckForNull LimitSettings settings) {
        return settings == null || settings.idleSeconds == null
                ? IdleTimeout.DEFAULT
                : new IdleTimeout(Duration.ofSeconds(settings.idleSeconds));
    }

    private ArchiveLimits toLimits(ArchiveLimits defaults) {
        return new ArchiveLimits(
                given(entries, defaults.entries()),
                fileSystemEntries == null ? defaults.fileSystemEntries() : fileSystemEntries,
                given(nameLength, defaults.nameLength()),
                given(headerBytes, defaults.headerBytes()),
                given(jsonBytes, defaults.jsonBytes()),
                given(jsonDepth, defaults.jsonDepth()),
                given(layers, defaults.layers()),
                given(images, defaults.images()),
                given(ByteSize.parse("totalBytes", totalBytes), defaults.totalBytes()),
                expansionRatio == null ? defaults.expansionRatio() : expansionRatio);
    }

    /** What came in a file, by hand or by REST, is checked as well: left out, it is told as data that cannot be read. */
    private Object readResolve() {
        setEntries(entries);
        setFileSystemEntries(fileSystemEntries);
        setHeaderBytes(headerBytes);
        setJsonBytes(jsonBytes);
        setJsonDepth(jsonDepth);
        setLayers(layers);
        setImages(images);
        setTotalBytes(totalBytes);
        setExpansionRatio(expansionRatio);
        setIdleSeconds(idleSeconds);
        return this;
    }

    /** Whether nothing is said. */
    boolean isEmpty() {
        return values().allMatch(Objects::isNull);
    }

    private Stream<Object> values() {
        return Stream.of(
                entries,
                fileSystemEntries,
                nameLength,
                headerBytes,
                jsonBytes,
                jsonDepth,
                layers,
                images,
                totalBytes,
                expansionRatio,
                idleSeconds);
    }

    private static int given(@CheckForNull Integer value, int byDefault) {
        return value == null ? byDefault : value;
    }

    private static long given(@CheckForNull Long value, long byDefault) {
        return value == null ? byDefault : value;
    }

    @CheckForNull
    public Integer getEntries() {
        return entries;
    }

    @DataBoundSetter
    public void setEntries(@CheckForNull Integer entries) {
        this.entries = Values.positive("entries", entries);
    }

    @CheckForNull
    public Integer getFileSystemEntries() {
        return fileSystemEntries;
    }

    @DataBoundSetter
    public void setFileSystemEntries(@CheckForNull Integer fileSystemEntries) {
        this.fileSystemEntries = Values.positive("fileSystemEntries", fileSystemEntries);
    }

    @CheckForNull
    public Integer getNameLength() {
        return nameLength;
    }

    @DataBoundSetter
    public void setNameLength(@CheckForNull Integer nameLength) {
        this.nameLength = Values.positive("nameLength", nameLength);
    }

    @CheckForNull
    public Integer getHeaderBytes() {
        return headerBytes;
    }

    @DataBoundSetter
    public void setHeaderBytes(@CheckForNull Integer headerBytes) {
        this.headerBytes = Values.positive("headerBytes", headerBytes);
    }

    @CheckForNull
    public Integer getJsonBytes() {
        return jsonBytes;
    }

    @DataBoundSetter
    public void setJsonBytes(@CheckForNull Integer jsonBytes) {
        this.jsonBytes = Values.positive("jsonBytes", jsonBytes);
    }

    @CheckForNull
    public Integer getJsonDepth() {
        return jsonDepth;
    }

    @DataBoundSetter
    public void setJsonDepth(@CheckForNull Integer jsonDepth) {
        this.jsonDepth = Values.positive("jsonDepth", jsonDepth);
    }

    @CheckForNull
    public Integer getLayers() {
        return layers;
    }

    @DataBoundSetter
    public void setLayers(@CheckForNull Integer layers) {
        this.layers = Values.positive("layers", layers);
    }

    @CheckForNull
    public Integer getImages() {
        return images;
    }

    @DataBoundSetter
    public void setImages(@CheckForNull Integer images) {
        this.images = Values.positive("images", images);
    }

    /** Text, because forms send an empty field as 0 where a {@code Long} is wanted; see {@link ByteSize}. */
    @CheckForNull
    public String getTotalBytes() {
        return totalBytes;
    }

    @DataBoundSetter
    public void setTotalBytes(@CheckForNull String totalBytes) {
        this.totalBytes = Values.positiveSize("totalBytes", totalBytes);
    }

    @CheckForNull
    public Integer getExpansionRatio() {
        return expansionRatio;
    }

    @DataBoundSetter
    public void setExpansionRatio(@CheckForNull Integer expansionRatio) {
        this.expansionRatio = Values.positive("expansionRatio", expansionRatio);
    }

    @CheckForNull
    public Integer getIdleSeconds() {
        return idleSeconds;
    }

    @DataBoundSetter
    public void setIdleSeconds(@CheckForNull Integer idleSeconds) {
        this.idleSeconds = Values.positive("idleSeconds", idleSeconds);
    }

    /** Nothing but the name. */
    @Extension
    @Symbol("dockerArchiveLimits")
    public static final class DescriptorImpl extends Descriptor<LimitSettings> {

        /** The limits where nothing is said, for the form. */
        @NonNull
        public ArchiveLimits getDefaults() {
            return ArchiveLimits.defaults();
        }

        /** The seconds that an engine may be silent where nothing is said, for the form. */
        public long getDefaultIdleSeconds() {
            return IdleTimeout.DEFAULT.duration().toSeconds();
        }

        @Override
        @NonNull
        public String getDisplayName() {
            return Texts.LIMITS_NAME.text();
        }
    }
}
