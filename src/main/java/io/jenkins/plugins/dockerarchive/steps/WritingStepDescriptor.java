package io.jenkins.plugins.dockerarchive.steps;

import hudson.model.Item;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.image.CompressionChoice;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import java.util.Map;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.verb.POST;

/** Describes a step that writes an archive. */
public abstract class WritingStepDescriptor extends ArchiveStepDescriptor {

    /** The parameter that says what is written into the archive. */
    abstract String subject();

    abstract void read(Parameters parameters) throws BadInputException;

    @Override
    final void readAll(Parameters parameters) throws BadInputException {
        read(parameters);
    }

    @Override
    final Object shown(Map<String, Object> arguments) {
        return arguments.get(subject());
    }

    @POST
    public final ListBoxModel doFillCompressionItems(@AncestorInPath Item item) {
        ListBoxModel items = new ListBoxModel();
        if (maySee(item)) {
            String byDefault = DockerArchiveConfiguration.get().getCompression();
            items.add(
                    Texts.CHOICE_DEFAULT.text(byDefault == null ? CompressionChoice.AUTO.parameter() : byDefault), "");
            for (CompressionChoice choice : CompressionChoice.values()) {
                items.add(choice.parameter(), choice.parameter());
            }
        }
        return items;
    }

    @POST
    public final FormValidation doCheckFile(@AncestorInPath Item item, @QueryParameter String value) {
        return check(item, "file", value);
    }

    @POST
    public final FormValidation doCheckStash(@AncestorInPath Item item, @QueryParameter String value) {
        return check(item, "stash", value);
    }

    @POST
    public final FormValidation doCheckKeepDays(@AncestorInPath Item item, @QueryParameter String value) {
        return checkNumber(item, value);
    }

    @POST
    public final FormValidation doCheckKeepBuilds(@AncestorInPath Item item, @QueryParameter String value) {
        return checkNumber(item, value);
    }

    private static FormValidation checkNumber(Item item, String value) {
        return !maySee(item) || value == null || value.isBlank()
                ? FormValidation.ok()
                : FormValidation.validateNonNegativeInteger(value.trim());
    }
}
