package io.jenkins.plugins.dockerarchive.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.Util;
import hudson.model.Item;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.builds.LoadRecord;
import io.jenkins.plugins.dockerarchive.builds.Origin;
import io.jenkins.plugins.dockerarchive.operations.ArchiveSource;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.LoadRequest;
import io.jenkins.plugins.dockerarchive.operations.LoadResult;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import io.jenkins.plugins.dockerarchive.transfer.ArchiveTransfer;
import io.jenkins.plugins.dockerarchive.transfer.BuildContext;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.verb.POST;

/** {@code dockerLoad}: an archive becomes images, tags restored. */
public final class DockerLoadStep extends ReadingStep {

    private static final long serialVersionUID = 1L;

    private String images;
    private String rename;
    private String onConflict;
    private String platforms;

    /** @param file path in the workspace, or null when the archive comes from elsewhere */
    @DataBoundConstructor
    public DockerLoadStep(@CheckForNull String file) {
        super(file);
    }

    @CheckForNull
    public String getImages() {
        return images;
    }

    @DataBoundSetter
    public void setImages(@CheckForNull String images) {
        this.images = Util.fixEmptyAndTrim(images);
    }

    /** {@code old=new}, one a line. */
    @CheckForNull
    public String getRename() {
        return rename;
    }

    @DataBoundSetter
    public void setRename(@CheckForNull String rename) {
        this.rename = Util.fixEmptyAndTrim(rename);
    }

    /** Null for {@code replace}. */
    @CheckForNull
    public String getOnConflict() {
        return onConflict;
    }

    @DataBoundSetter
    public void setOnConflict(@CheckForNull String onConflict) {
        this.onConflict = Util.fixEmptyAndTrim(onConflict);
    }

    @CheckForNull
    public String getPlatforms() {
        return platforms;
    }

    @DataBoundSetter
    public void setPlatforms(@CheckForNull String platforms) {
        this.platforms = Util.fixEmptyAndTrim(platforms);
    }

    @Override
    void addParameters(Map<String, Object> parameters) {
        super.addParameters(parameters);
        parameters.put("images", images);
        parameters.put("rename", rename);
        parameters.put("onConflict", onConflict);
        parameters.put("platforms", platforms);
    }

    @Override
    Map<String, Object> run(BuildContext context, Origin origin, ArchiveTransfer transfer, Parameters parameters)
            throws IOException, InterruptedException {
        LoadResult result = transfer.load(parameters);
        record(context, LoadRecord.of(result, source(parameters), origin));
        return result.toMap();
    }

    /** Describes {@code dockerLoad}. */
    @Extension
    public static final class DescriptorImpl extends ReadingStepDescriptor {

        @Override
        public String getFunctionName() {
            return "dockerLoad";
        }

        @Override
        @NonNull
        public String getDisplayName() {
            return Texts.LOAD_NAME.text();
        }

        @Override
        Set<String> listParameters() {
            return Set.of("images", "platforms");
        }

        @Override
        void read(Parameters parameters, ArchiveSource source) throws BadInputException {
            LoadRequest.from(parameters, source);
        }

        @Override
        Map<String, Object> sample() {
            return Map.of();
        }

        @POST
        public ListBoxModel doFillOnConflictItems(@AncestorInPath Item item) {
            return choices(item, "replace", "keep", "fail");
        }

        @POST
        public FormValidation doCheckImages(@AncestorInPath Item item, @QueryParameter String value) {
            return check(item, "images", value);
        }

        @POST
        public FormValidation doCheckRename(@AncestorInPath Item item, @QueryParameter String value) {
            return check(item, "rename", value);
        }

        @POST
        public FormValidation doCheckPlatforms(@AncestorInPath Item item, @QueryParameter String value) {
            return check(item, "platforms", value);
        }
    }
}
