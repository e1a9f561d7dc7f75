package io.jenkins.plugins.dockerarchive.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.Util;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.builds.ImageFingerprints;
import io.jenkins.plugins.dockerarchive.builds.LoadRecord;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import io.jenkins.plugins.dockerarchive.operations.SourceChoice;
import io.jenkins.plugins.dockerarchive.transfer.BuildContext;
import io.jenkins.plugins.dockerarchive.transfer.Sources;
import java.io.IOException;
import java.util.Map;
import org.kohsuke.stapler.DataBoundSetter;

/** What the steps that read an archive have in common: where it comes from. */
public abstract class ReadingStep extends ArchiveStep {

    private static final long serialVersionUID = 1L;

    private String file;
    private String stash;
    private String url;
    private String project;
    private String build;
    private String archive;
    private String sha256;

    /** @param file path in the workspace, or null when the archive comes from elsewhere */
    ReadingStep(@CheckForNull String file) {
        this.file = Util.fixEmptyAndTrim(file);
    }

    @CheckForNull
    public final String getFile() {
        return file;
    }

    /**
     * Lets declarative Pipelines leave {@code file} out: they insist on a parameter that only the constructor takes. The
     * constructor is what lets {@code dockerLoad 'shop.tar'} be written without a name.
     */
    @DataBoundSetter
    public final void setFile(@CheckForNull String file) {
        this.file = Util.fixEmptyAndTrim(file);
    }

    @CheckForNull
    public final String getStash() {
        return stash;
    }

    @DataBoundSetter
    public final void setStash(@CheckForNull String stash) {
        this.stash = Util.fixEmptyAndTrim(stash);
    }

    @CheckForNull
    public final String getUrl() {
        return url;
    }

    @DataBoundSetter
    public final void setUrl(@CheckForNull String url) {
        this.url = Util.fixEmptyAndTrim(url);
    }

    @CheckForNull
    public final String getProject() {
        return project;
    }

    @DataBoundSetter
    public final void setProject(@CheckForNull String project) {
        this.project = Util.fixEmptyAndTrim(project);
    }

    @CheckForNull
    public final String getBuild() {
        return build;
    }

    @DataBoundSetter
    public final void setBuild(@CheckForNull String build) {
        this.build = Util.fixEmptyAndTrim(build);
    }

    @CheckForNull
    public final String getArchive() {
        return archive;
    }

    @DataBoundSetter
    public final void setArchive(@CheckForNull String archive) {
        this.archive = Util.fixEmptyAndTrim(archive);
    }

    @CheckForNull
    public final String getSha256() {
        return sha256;
    }

    @DataBoundSetter
    public final void setSha256(@CheckForNull String sha256) {
        this.sha256 = Util.fixEmptyAndTrim(sha256);
    }

    @Override
    void addParameters(Map<String, Object> parameters) {
        parameters.put("file", file);
        parameters.put("stash", stash);
        parameters.put("url", url);
        parameters.put("project", project);
        parameters.put("build", build);
        parameters.put("archive", archive);
        parameters.put("sha256", sha256);
    }

    static String source(Parameters parameters) throws IOException {
        return Sources.label(SourceChoice.from(parameters));
    }

    /** Keeps with the build what it loaded. */
    static void record(BuildContext context, LoadRecord load) throws IOException {
        ArchivesAction.of(context.run()).add(load);
        ImageFingerprints fingerprints = new ImageFingerprints(context.run(), context.listener());
        for (LoadRecord.Image image : load.getImages()) {
            fingerprints.use(
                    image.getConfigDigest(),
                    image.getReferences().isEmpty()
                            ? null
                            : image.getReferences().get(0));
        }
    }
}
