package io.jenkins.plugins.dockerarchive.builders;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.Extension;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.steps.DockerLoadStep;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;

/** {@code dockerLoad} in a freestyle job. */
public final class DockerLoadBuilder extends ReadingBuilder<DockerLoadStep> {

    /** @param file path in the workspace, or null when the archive comes from elsewhere */
    @DataBoundConstructor
    public DockerLoadBuilder(@CheckForNull String file) {
        super(new DockerLoadStep(file));
    }

    @CheckForNull
    public String getImages() {
        return step().getImages();
    }

    @DataBoundSetter
    public void setImages(@CheckForNull String images) {
        step().setImages(images);
    }

    @CheckForNull
    public String getRename() {
        return step().getRename();
    }

    @DataBoundSetter
    public void setRename(@CheckForNull String rename) {
        step().setRename(rename);
    }

    @CheckForNull
    public String getOnConflict() {
        return step().getOnConflict();
    }

    @DataBoundSetter
    public void setOnConflict(@CheckForNull String onConflict) {
        step().setOnConflict(onConflict);
    }

    @CheckForNull
    public String getPlatforms() {
        return step().getPlatforms();
    }

    @DataBoundSetter
    public void setPlatforms(@CheckForNull String platforms) {
        step().setPlatforms(platforms);
    }

    /** Describes {@code dockerLoad} for freestyle jobs. */
    @Extension
    public static final class DescriptorImpl extends ArchiveBuilderDescriptor {

        public DescriptorImpl() {
            super(DockerLoadStep.class, Texts.LOAD_NAME);
        }
    }
}
