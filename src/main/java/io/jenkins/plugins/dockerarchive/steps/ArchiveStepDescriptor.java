package io.jenkins.plugins.dockerarchive.steps;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.EnvVars;
import hudson.FilePath;
import hudson.Launcher;
import hudson.Util;
import hudson.model.Item;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import jenkins.model.Jenkins;
import org.jenkinsci.plugins.structs.describable.CustomDescribableModel;
import org.jenkinsci.plugins.workflow.steps.StepDescriptor;
import org.jvnet.localizer.LocaleProvider;

/** Describes a step: how it is written, shown and checked before it runs. */
public abstract class ArchiveStepDescriptor extends StepDescriptor implements CustomDescribableModel {

    ArchiveStepDescriptor() {}

    @Override
    public final Set<? extends Class<?>> getRequiredContext() {
        return Set.of(Run.class, FilePath.class, EnvVars.class, Launcher.class, TaskListener.class);
    }

    /**
     * Lets Pipelines give a list where forms have a text with several lines, and a map where they have lines with
     * {@code old=new}, and a number for a build. So every parameter is of a plain type that the documentation of this
     * Jenkins can show.
     */
    @Override
    @NonNull
    public final Map<String, Object> customInstantiate(@NonNull Map<String, Object> arguments) {
        Map<String, Object> texts = new HashMap<>(arguments);
        for (String name : listParameters()) {
            if (texts.get(name) instanceof List<?> list) {
                texts.put(name, list.stream().map(String::valueOf).collect(Collectors.joining("\n")));
            }
        }
        if (texts.get("build") instanceof Number number) {
            texts.put("build", number.toString());
        }
        if (texts.get("rename") instanceof Map<?, ?> map) {
            texts.put(
                    "rename",
                    map.entrySet().stream()
                            .map(pair -> pair.getKey() + "=" + pair.getValue())
                            .collect(Collectors.joining("\n")));
        }
        return texts;
    }

    /** What the list of steps shows behind the name of this one. */
    @Override
    @CheckForNull
    public final String argumentsToString(@NonNull Map<String, Object> arguments) {
        Object shown = shown(arguments);
        return shown == null ? null : shown instanceof List<?> list ? Util.join(list, " ") : shown.toString();
    }

    /** The argument that tells most about a step, or null. */
    @CheckForNull
    abstract Object shown(Map<String, Object> arguments);

    /** Parameters that take a list in a Pipeline. */
    Set<String> listParameters() {
        return Set.of();
    }

    /** Reads parameters as the step does when it runs. */
    abstract void readAll(Parameters parameters) throws BadInputException;

    /** Parameters without which the step cannot be read, with values that are fine. */
    abstract Map<String, Object> sample();

    /** Checks one field as the step does when it runs; a text with variables can only be checked then. */
    final FormValidation check(@CheckForNull Item item, String name, @CheckForNull String value) {
        if (!maySee(item) || (value != null && value.contains("$"))) {
            return FormValidation.ok();
        }
        Map<String, Object> parameters = new HashMap<>(sample());
        parameters.put(name, value);
        try {
            readAll(new Parameters(getFunctionName(), parameters));
            return FormValidation.ok();
        } catch (BadInputException e) {
            return FormValidation.error(e.in(LocaleProvider.getLocale()));
        }
    }

    /** A drop-down with the values of a parameter, the default first and not written into the job. */
    final ListBoxModel choices(@CheckForNull Item item, String byDefault, String... others) {
        ListBoxModel items = new ListBoxModel();
        if (maySee(item)) {
            items.add(Texts.CHOICE_DEFAULT.text(byDefault), "");
            for (String other : others) {
                items.add(other, other);
            }
        }
        return items;
    }

    /** Whether this user may configure, or at least read, what is configured here. */
    static boolean maySee(@CheckForNull Item item) {
        return item == null ? Jenkins.get().hasPermission(Jenkins.ADMINISTER) : item.hasPermission(Item.EXTENDED_READ);
    }
}
