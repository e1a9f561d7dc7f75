package io.jenkins.plugins.dockerarchive.builders;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.Extension;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.steps.DockerImportStep;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;

/** {@code dockerImport} in a freestyle job. */
public final class DockerImportBuilder extends ReadingBuilder<DockerImportStep> {

    /** @param file path in the workspace, or null when the archive comes from elsewhere */
    @DataBoundConstructor
    public DockerImportBuilder(@CheckForNull String file) {
        super(new DockerImportStep(file));
    }

    @CheckForNull
    public String getImage() {
        return step().getImage();
    }

    @DataBoundSetter
    public void setImage(@CheckForNull String image) {
        step().setImage(image);
    }

    @CheckForNull
    public String getChanges() {
        return step().getChanges();
    }

    @DataBoundSetter
    public void setChanges(@CheckForNull String changes) {
        step().setChanges(changes);
    }

    @CheckForNull
    public String getMessage() {
        return step().getMessage();
    }

    @DataBoundSetter
    public void setMessage(@CheckForNull String message) {
        step().setMessage(message);
    }

    @CheckForNull
    public String getPlatform() {
        return step().getPlatform();
    }

    @DataBoundSetter
    public void setPlatform(@CheckForNull String platform) {
        step().setPlatform(platform);
    }

    public boolean isApplyConfig() {
        return step().isApplyConfig();
    }

    @DataBoundSetter
    public void setApplyConfig(boolean applyConfig) {
        step().setApplyConfig(applyConfig);
    }

    /** Describes {@code dockerImport} for freestyle jobs. */
    @Extension
    public static final class DescriptorImpl extends ArchiveBuilderDescriptor {

        public DescriptorImpl() {
            super(DockerImportStep.class, Texts.IMPORT_NAME);
        }
    }
}
