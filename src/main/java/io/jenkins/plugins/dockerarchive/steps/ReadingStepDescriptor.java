package io.jenkins.plugins.dockerarchive.steps;

import hudson.Util;
import hudson.model.Item;
import hudson.util.FormValidation;
import io.jenkins.plugins.dockerarchive.operations.ArchiveSource;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import io.jenkins.plugins.dockerarchive.operations.SourceChoice;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jvnet.localizer.LocaleProvider;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.verb.POST;

/** Describes a step that reads an archive. */
public abstract class ReadingStepDescriptor extends ArchiveStepDescriptor {

    private static final List<String> SOURCES = List.of("file", "stash", "url", "archive", "project");

    abstract void read(Parameters parameters, ArchiveSource source) throws BadInputException;

    @Override
    final void readAll(Parameters parameters) throws BadInputException {
        read(parameters, new ArchiveSource("file", null, null, "file"));
    }

    @Override
    final Object shown(Map<String, Object> arguments) {
        for (String source : SOURCES) {
            if (arguments.get(source) != null) {
                return arguments.get(source);
            }
        }
        return null;
    }

    @POST
    public final FormValidation doCheckUrl(@AncestorInPath Item item, @QueryParameter String value) {
        return checkSource(item, Map.of("url", Util.fixNull(value)));
    }

    @POST
    public final FormValidation doCheckBuild(@AncestorInPath Item item, @QueryParameter String value) {
        return checkSource(item, Map.of("project", "project", "build", Util.fixNull(value)));
    }

    @POST
    public final FormValidation doCheckSha256(@AncestorInPath Item item, @QueryParameter String value) {
        return checkSource(item, Map.of("file", "file", "sha256", Util.fixNull(value)));
    }

    /** Exactly one source is given at last; here each field is looked at by itself. */
    private FormValidation checkSource(Item item, Map<String, String> given) {
        boolean empty = given.values().stream().anyMatch(String::isBlank);
        boolean variables = given.values().stream().anyMatch(value -> value.contains("$"));
        if (!maySee(item) || empty || variables) {
            return FormValidation.ok();
        }
        try {
            SourceChoice.from(new Parameters(getFunctionName(), new HashMap<>(given)));
            return FormValidation.ok();
        } catch (BadInputException e) {
            return FormValidation.error(e.in(LocaleProvider.getLocale()));
        }
    }
}
