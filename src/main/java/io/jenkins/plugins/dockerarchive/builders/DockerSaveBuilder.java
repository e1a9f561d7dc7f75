package io.jenkins.plugins.dockerarchive.builders;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.Extension;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.steps.DockerSaveStep;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;

/** {@code dockerSave} in a freestyle job. */
public final class DockerSaveBuilder extends WritingBuilder<DockerSaveStep> {

    /** @param images references or IDs, separated by white space or commas */
    @DataBoundConstructor
    public DockerSaveBuilder(@CheckForNull String images) {
        super(new DockerSaveStep(images));
    }

    @CheckForNull
    public String getImages() {
        return step().getImages();
    }

    @CheckForNull
    public String getFormat() {
        return step().getFormat();
    }

    @DataBoundSetter
    public void setFormat(@CheckForNull String format) {
        step().setFormat(format);
    }

    @CheckForNull
    public String getPlatforms() {
        return step().getPlatforms();
    }

    @DataBoundSetter
    public void setPlatforms(@CheckForNull String platforms) {
        step().setPlatforms(platforms);
    }

    public boolean isIgnoreMissing() {
        return step().isIgnoreMissing();
    }

    @DataBoundSetter
    public void setIgnoreMissing(boolean ignoreMissing) {
        step().setIgnoreMissing(ignoreMissing);
    }

    /** Describes {@code dockerSave} for freestyle jobs. */
    @Extension
    public static final class DescriptorImpl extends ArchiveBuilderDescriptor {

        public DescriptorImpl() {
            super(DockerSaveStep.class, Texts.SAVE_NAME);
        }
    }
}
