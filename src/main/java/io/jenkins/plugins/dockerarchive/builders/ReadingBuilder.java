package io.jenkins.plugins.dockerarchive.builders;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.steps.ReadingStep;
import org.kohsuke.stapler.DataBoundSetter;

/**
 * What the build steps that read an archive have in common.
 *
 * @param <S> the step that has the parameters
 */
public abstract class ReadingBuilder<S extends ReadingStep> extends ArchiveBuilder<S> {

    ReadingBuilder(@NonNull S step) {
        super(step);
    }

    @CheckForNull
    public final String getFile() {
        return step().getFile();
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
    public final String getUrl() {
        return step().getUrl();
    }

    @DataBoundSetter
    public final void setUrl(@CheckForNull String url) {
        step().setUrl(url);
    }

    @CheckForNull
    public final String getProject() {
        return step().getProject();
    }

    @DataBoundSetter
    public final void setProject(@CheckForNull String project) {
        step().setProject(project);
    }

    @CheckForNull
    public final String getBuild() {
        return step().getBuild();
    }

    @DataBoundSetter
    public final void setBuild(@CheckForNull String build) {
        step().setBuild(build);
    }

    @CheckForNull
    public final String getArchive() {
        return step().getArchive();
    }

    @DataBoundSetter
    public final void setArchive(@CheckForNull String archive) {
        step().setArchive(archive);
    }

    @CheckForNull
    public final String getSha256() {
        return step().getSha256();
    }

    @DataBoundSetter
    public final void setSha256(@CheckForNull String sha256) {
        step().setSha256(sha256);
    }
}
