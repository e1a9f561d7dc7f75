package io.jenkins.plugins.dockerarchive.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.Util;
import hudson.model.Item;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.Origin;
import io.jenkins.plugins.dockerarchive.builds.Retention;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import io.jenkins.plugins.dockerarchive.operations.SaveRequest;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.transfer.ArchiveTransfer;
import io.jenkins.plugins.dockerarchive.transfer.SavedArchive;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.verb.POST;

/** {@code dockerSave}: images with all layers and tags become an archive. */
public final class DockerSaveStep extends WritingStep {

    private static final long serialVersionUID = 1L;

    private final String images;
    private String format;
    private String platforms;
    private boolean ignoreMissing;

    /** @param images references or IDs, separated by white space or commas; a Pipeline may give a list */
    @DataBoundConstructor
    public DockerSaveStep(@CheckForNull String images) {
        this.images = Util.fixEmptyAndTrim(images);
    }

    @CheckForNull
    public String getImages() {
        return images;
    }

    /** Null for {@code tar}. */
    @CheckForNull
    public String getFormat() {
        return format;
    }

    @DataBoundSetter
    public void setFormat(@CheckForNull String format) {
        this.format = Util.fixEmptyAndTrim(format);
    }

    @CheckForNull
    public String getPlatforms() {
        return platforms;
    }

    @DataBoundSetter
    public void setPlatforms(@CheckForNull String platforms) {
        this.platforms = Util.fixEmptyAndTrim(platforms);
    }

    public boolean isIgnoreMissing() {
        return ignoreMissing;
    }

    @DataBoundSetter
    public void setIgnoreMissing(boolean ignoreMissing) {
        this.ignoreMissing = ignoreMissing;
    }

    @Override
    void addParameters(Map<String, Object> parameters) {
        parameters.put("images", images);
        super.addParameters(parameters);
        parameters.put("format", format);
        parameters.put("platforms", platforms);
        parameters.put("ignoreMissing", ignoreMissing);
    }

    @Override
    Writing read(Parameters parameters, Retention retention) throws IOException {
        return new Saving(SaveRequest.from(parameters), retention);
    }

    private record Saving(SaveRequest request, Retention retention) implements Writing {

        @Override
        public String subject() {
            return String.join(", ", request.images());
        }

        @Override
        public Destination destination() {
            return request.destination();
        }

        @Override
        public Written run(ArchiveTransfer transfer, Origin origin) throws IOException, InterruptedException {
            SavedArchive saved = transfer.save(request);
            SaveResult result = saved.result();
            ArchiveRecord archive = result.file() == null
                    ? null
                    : ArchiveRecord.of(result, saved.format(), request.destination(), retention, origin);
            return new Written(archive, result.toMap());
        }
    }

    /** Describes {@code dockerSave}. */
    @Extension
    public static final class DescriptorImpl extends WritingStepDescriptor {

        @Override
        public String getFunctionName() {
            return "dockerSave";
        }

        @Override
        @NonNull
        public String getDisplayName() {
            return Texts.SAVE_NAME.text();
        }

        @Override
        Set<String> listParameters() {
            return Set.of("images", "platforms");
        }

        @Override
        String subject() {
            return "images";
        }

        @Override
        void read(Parameters parameters) throws BadInputException {
            SaveRequest.from(parameters);
        }

        @Override
        Map<String, Object> sample() {
            return Map.of("images", "image:tag");
        }

        @POST
        public ListBoxModel doFillFormatItems(@AncestorInPath Item item) {
            return choices(item, "tar", "oci");
        }

        @POST
        public FormValidation doCheckImages(@AncestorInPath Item item, @QueryParameter String value) {
            return check(item, "images", value);
        }

        @POST
        public FormValidation doCheckPlatforms(@AncestorInPath Item item, @QueryParameter String value) {
            return check(item, "platforms", value);
        }
    }
}
