package io.jenkins.plugins.dockerarchive.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Util;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.builds.ImageFingerprints;
import io.jenkins.plugins.dockerarchive.builds.Origin;
import io.jenkins.plugins.dockerarchive.builds.RecordedImage;
import io.jenkins.plugins.dockerarchive.builds.Retention;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import io.jenkins.plugins.dockerarchive.transfer.ArchiveTransfer;
import io.jenkins.plugins.dockerarchive.transfer.BuildContext;
import java.io.IOException;
import java.util.Map;
import org.kohsuke.stapler.DataBoundSetter;

/** What the steps that write an archive have in common: where it goes and how long it is kept. */
public abstract class WritingStep extends ArchiveStep {

    private static final long serialVersionUID = 1L;

    private String file;
    private boolean archive;
    private String stash;
    private String compression;
    private boolean overwrite;
    private Integer keepDays;
    private Integer keepBuilds;

    @CheckForNull
    public final String getFile() {
        return file;
    }

    @DataBoundSetter
    public final void setFile(@CheckForNull String file) {
        this.file = Util.fixEmptyAndTrim(file);
    }

    public final boolean isArchive() {
        return archive;
    }

    @DataBoundSetter
    public final void setArchive(boolean archive) {
        this.archive = archive;
    }

    @CheckForNull
    public final String getStash() {
        return stash;
    }

    @DataBoundSetter
    public final void setStash(@CheckForNull String stash) {
        this.stash = Util.fixEmptyAndTrim(stash);
    }

    /** Null for the default of this Jenkins. */
    @CheckForNull
    public final String getCompression() {
        return compression;
    }

    @DataBoundSetter
    public final void setCompression(@CheckForNull String compression) {
        this.compression = Util.fixEmptyAndTrim(compression);
    }

    public final boolean isOverwrite() {
        return overwrite;
    }

    @DataBoundSetter
    public final void setOverwrite(boolean overwrite) {
        this.overwrite = overwrite;
    }

    @CheckForNull
    public final Integer getKeepDays() {
        return keepDays;
    }

    @DataBoundSetter
    public final void setKeepDays(@CheckForNull Integer keepDays) {
        this.keepDays = keepDays;
    }

    @CheckForNull
    public final Integer getKeepBuilds() {
        return keepBuilds;
    }

    @DataBoundSetter
    public final void setKeepBuilds(@CheckForNull Integer keepBuilds) {
        this.keepBuilds = keepBuilds;
    }

    @Override
    void addParameters(Map<String, Object> parameters) {
        parameters.put("file", file);
        parameters.put("archive", archive);
        parameters.put("stash", stash);
        parameters.put(
                "compression",
                compression == null ? DockerArchiveConfiguration.get().getCompression() : compression);
        parameters.put("overwrite", overwrite);
    }

    @Override
    final Map<String, Object> run(BuildContext context, Origin origin, ArchiveTransfer transfer, Parameters parameters)
            throws IOException, InterruptedException {
        Writing writing = read(parameters, Retention.from(parameters.verb(), keepDays, keepBuilds));
        ArchivesAction archives = ArchivesAction.of(context.run());
        String name = writing.destination().stash();
        if (name != null) {
            archives.claimStash(parameters.verb() + " of " + writing.subject(), name);
        }
        try {
            Written written = writing.run(transfer, origin);
            ArchiveRecord archive = written.archive();
            if (archive != null) {
                archives.add(archive);
                ImageFingerprints fingerprints = new ImageFingerprints(context.run(), context.listener());
                for (RecordedImage image : archive.getDetails()) {
                    fingerprints.use(
                            image.getId(),
                            image.getReferences().isEmpty()
                                    ? null
                                    : image.getReferences().get(0));
                }
            }
            return written.result();
        } finally {
            archives.releaseStash(name);
        }
    }

    /** Reads the parameters, all of them, before anything is done. */
    abstract Writing read(Parameters parameters, Retention retention) throws IOException;

    /** A step that is ready to write its archive. */
    interface Writing {

        /** What is written, as the user named it. */
        @NonNull
        String subject();

        @NonNull
        Destination destination();

        @NonNull
        Written run(ArchiveTransfer transfer, Origin origin) throws IOException, InterruptedException;
    }

    /**
     * What was written.
     *
     * @param archive to be recorded, or null when nothing was written because that was allowed
     */
    record Written(
            @CheckForNull ArchiveRecord archive, @NonNull Map<String, Object> result) {}
}
