package io.jenkins.plugins.dockerarchive.builders;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.steps.WritingStep;
import org.kohsuke.stapler.DataBoundSetter;

/**
 * What the build steps that write an archive have in common.
 *
 * @param <S> the step that has the parameters
 */
public abstract class WritingBuilder<S extends WritingStep> extends ArchiveBuilder<S> {

    WritingBuilder(@NonNull S step) {
        super(step);
    }

    @CheckForNull
    public final String getFile() {
        return step().getFile();
    }

    @DataBoundSetter
    public final void setFile(@CheckForNull String file) {
        step().setFile(file);
    }

    public final boolean isArchive() {
        return step().isArchive();
    }

    @DataBoundSetter
    public final void setArchive(boolean archive) {
        step().setArchive(archive);
    }

    @CheckForNull
    public final String getStash() {
        return step().getStash();
    }

    @DataBoundSetter
    public final void setStash(@CheckForNull String stash) {
        step().setStash(stash);
    }

    @CheckForNull
    public final String getCompression() {
        return step().getCompression();
    }

    @DataBoundSetter
    public final void setCompression(@CheckForNull String compression) {
        step().setCompression(compression);
    }

    public final boolean isOverwrite() {
        return step().isOverwrite();
    }

    @DataBoundSetter
    public final void setOverwrite(boolean overwrite) {
        step().setOverwrite(overwrite);
    }

    @CheckForNull
    public final Integer getKeepDays() {
        return step().getKeepDays();
    }

    @DataBoundSetter
    public final void setKeepDays(@CheckForNull Integer keepDays) {
        step().setKeepDays(keepDays);
    }

    @CheckForNull
    public final Integer getKeepBuilds() {
        return step().getKeepBuilds();
    }

    @DataBoundSetter
    public final void setKeepBuilds(@CheckForNull Integer keepBuilds) {
        step().setKeepBuilds(keepBuilds);
    }
}
