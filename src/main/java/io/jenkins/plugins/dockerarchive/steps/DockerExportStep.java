package io.jenkins.plugins.dockerarchive.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.Util;
import hudson.model.Item;
import hudson.util.FormValidation;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.Origin;
import io.jenkins.plugins.dockerarchive.builds.Retention;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.ExportRequest;
import io.jenkins.plugins.dockerarchive.operations.ExportResult;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import io.jenkins.plugins.dockerarchive.transfer.ArchiveTransfer;
import java.io.IOException;
import java.util.Map;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.verb.POST;

/** {@code dockerExport}: a container's file system becomes an archive, its configuration kept beside it. */
public final class DockerExportStep extends WritingStep {

    private static final long serialVersionUID = 1L;

    private final String container;
    private boolean keepConfig = true;
    private boolean pause;

    /** @param container name or ID */
    @DataBoundConstructor
    public DockerExportStep(@CheckForNull String container) {
        this.container = Util.fixEmptyAndTrim(container);
    }

    @CheckForNull
    public String getContainer() {
        return container;
    }

    public boolean isKeepConfig() {
        return keepConfig;
    }

    @DataBoundSetter
    public void setKeepConfig(boolean keepConfig) {
        this.keepConfig = keepConfig;
    }

    public boolean isPause() {
        return pause;
    }

    @DataBoundSetter
    public void setPause(boolean pause) {
        this.pause = pause;
    }

    @Override
    void addParameters(Map<String, Object> parameters) {
        parameters.put("container", container);
        super.addParameters(parameters);
        parameters.put("keepConfig", keepConfig);
        parameters.put("pause", pause);
    }

    @Override
    Writing read(Parameters parameters, Retention retention) throws IOException {
        return new Exporting(ExportRequest.from(parameters), retention);
    }

    private record Exporting(ExportRequest request, Retention retention) implements Writing {

        @Override
        public String subject() {
            return request.container();
        }

        @Override
        public Destination destination() {
            return request.destination();
        }

        @Override
        public Written run(ArchiveTransfer transfer, Origin origin) throws IOException, InterruptedException {
            ExportResult result = transfer.export(request);
            return new Written(ArchiveRecord.of(result, request.destination(), retention, origin), result.toMap());
        }
    }

    /** Describes {@code dockerExport}. */
    @Extension
    public static final class DescriptorImpl extends WritingStepDescriptor {

        @Override
        public String getFunctionName() {
            return "dockerExport";
        }

        @Override
        @NonNull
        public String getDisplayName() {
            return Texts.EXPORT_NAME.text();
        }

        @Override
        String subject() {
            return "container";
        }

        @Override
        void read(Parameters parameters) throws BadInputException {
            ExportRequest.from(parameters);
        }

        @Override
        Map<String, Object> sample() {
            return Map.of("container", "container");
        }

        @POST
        public FormValidation doCheckContainer(@AncestorInPath Item item, @QueryParameter String value) {
            return check(item, "container", value);
        }
    }
}
