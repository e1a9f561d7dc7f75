package io.jenkins.plugins.dockerarchive.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.Util;
import hudson.model.Item;
import hudson.util.FormValidation;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.builds.LoadRecord;
import io.jenkins.plugins.dockerarchive.builds.Origin;
import io.jenkins.plugins.dockerarchive.operations.ArchiveSource;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.ImportRequest;
import io.jenkins.plugins.dockerarchive.operations.ImportResult;
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

/** {@code dockerImport}: a file system archive becomes an image, the kept configuration applied again. */
public final class DockerImportStep extends ReadingStep {

    private static final long serialVersionUID = 1L;

    private String image;
    private String changes;
    private String message;
    private String platform;
    private boolean applyConfig = true;

    /** @param file path in the workspace, or null when the archive comes from elsewhere */
    @DataBoundConstructor
    public DockerImportStep(@CheckForNull String file) {
        super(file);
    }

    @CheckForNull
    public String getImage() {
        return image;
    }

    @DataBoundSetter
    public void setImage(@CheckForNull String image) {
        this.image = Util.fixEmptyAndTrim(image);
    }

    /** Dockerfile instructions, one a line. */
    @CheckForNull
    public String getChanges() {
        return changes;
    }

    @DataBoundSetter
    public void setChanges(@CheckForNull String changes) {
        this.changes = Util.fixEmptyAndTrim(changes);
    }

    @CheckForNull
    public String getMessage() {
        return message;
    }

    @DataBoundSetter
    public void setMessage(@CheckForNull String message) {
        this.message = Util.fixEmptyAndTrim(message);
    }

    @CheckForNull
    public String getPlatform() {
        return platform;
    }

    @DataBoundSetter
    public void setPlatform(@CheckForNull String platform) {
        this.platform = Util.fixEmptyAndTrim(platform);
    }

    public boolean isApplyConfig() {
        return applyConfig;
    }

    @DataBoundSetter
    public void setApplyConfig(boolean applyConfig) {
        this.applyConfig = applyConfig;
    }

    @Override
    void addParameters(Map<String, Object> parameters) {
        super.addParameters(parameters);
        parameters.put("image", image);
        parameters.put("changes", changes);
        parameters.put("message", message);
        parameters.put("platform", platform);
        parameters.put("applyConfig", applyConfig);
    }

    @Override
    Map<String, Object> run(BuildContext context, Origin origin, ArchiveTransfer transfer, Parameters parameters)
            throws IOException, InterruptedException {
        ImportResult result = transfer.importFileSystem(parameters);
        record(context, LoadRecord.of(result, source(parameters), origin));
        return result.toMap();
    }

    /** Describes {@code dockerImport}. */
    @Extension
    public static final class DescriptorImpl extends ReadingStepDescriptor {

        @Override
        public String getFunctionName() {
            return "dockerImport";
        }

        @Override
        @NonNull
        public String getDisplayName() {
            return Texts.IMPORT_NAME.text();
        }

        @Override
        Set<String> listParameters() {
            return Set.of("changes");
        }

        @Override
        void read(Parameters parameters, ArchiveSource source) throws BadInputException {
            ImportRequest.from(parameters, source);
        }

        @Override
        Map<String, Object> sample() {
            return Map.of("image", "image:tag");
        }

        @POST
        public FormValidation doCheckImage(@AncestorInPath Item item, @QueryParameter String value) {
            return check(item, "image", value);
        }

        @POST
        public FormValidation doCheckChanges(@AncestorInPath Item item, @QueryParameter String value) {
            return check(item, "changes", value);
        }

        @POST
        public FormValidation doCheckPlatform(@AncestorInPath Item item, @QueryParameter String value) {
            return check(item, "platform", value);
        }
    }
}
