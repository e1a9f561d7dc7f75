package io.jenkins.plugins.dockerarchive.builders;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.AbstractProject;
import hudson.model.Descriptor;
import hudson.tasks.BuildStepDescriptor;
import hudson.tasks.Builder;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.steps.ArchiveStep;
import jenkins.model.Jenkins;

/** Describes a build step by the Pipeline step whose parameters it has. */
public abstract class ArchiveBuilderDescriptor extends BuildStepDescriptor<Builder> {

    private final Class<? extends ArchiveStep> step;
    private final Texts name;

    ArchiveBuilderDescriptor(@NonNull Class<? extends ArchiveStep> step, @NonNull Texts name) {
        this.step = step;
        this.name = name;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public final boolean isApplicable(Class<? extends AbstractProject> jobType) {
        return true;
    }

    // Jenkins asks while it sorts descriptors, so this must not look for another one.
    @Override
    @NonNull
    public final String getDisplayName() {
        return name.text();
    }

    @Override
    @CheckForNull
    public final String getHelpFile() {
        return getStepDescriptor().getHelpFile();
    }

    @Override
    @CheckForNull
    public final String getHelpFile(@NonNull String fieldName) {
        return getStepDescriptor().getHelpFile(fieldName);
    }

    /** Who checks the fields, fills their choices and has their help. */
    @NonNull
    public final Descriptor<?> getStepDescriptor() {
        return Jenkins.get().getDescriptorOrDie(step);
    }
}
