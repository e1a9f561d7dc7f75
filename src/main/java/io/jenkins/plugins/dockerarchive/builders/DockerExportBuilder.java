package io.jenkins.plugins.dockerarchive.builders;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import hudson.Extension;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.steps.DockerExportStep;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;

/** {@code dockerExport} in a freestyle job. */
public final class DockerExportBuilder extends WritingBuilder<DockerExportStep> {

    /** @param container name or ID */
    @DataBoundConstructor
    public DockerExportBuilder(@CheckForNull String container) {
        super(new DockerExportStep(container));
    }

    @CheckForNull
    public String getContainer() {
        return step().getContainer();
    }

    public boolean isKeepConfig() {
        return step().isKeepConfig();
    }

    @DataBoundSetter
    public void setKeepConfig(boolean keepConfig) {
        step().setKeepConfig(keepConfig);
    }

    public boolean isPause() {
        return step().isPause();
    }

    @DataBoundSetter
    public void setPause(boolean pause) {
        step().setPause(pause);
    }

    /** Describes {@code dockerExport} for freestyle jobs. */
    @Extension
    public static final class DescriptorImpl extends ArchiveBuilderDescriptor {

        public DescriptorImpl() {
            super(DockerExportStep.class, Texts.EXPORT_NAME);
        }
    }
}
