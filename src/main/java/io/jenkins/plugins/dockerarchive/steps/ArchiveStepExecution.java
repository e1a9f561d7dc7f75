package io.jenkins.plugins.dockerarchive.steps;

import edu.umd.cs.findbugs.annotations.NonNull;
import edu.umd.cs.findbugs.annotations.SuppressFBWarnings;
import hudson.EnvVars;
import hudson.FilePath;
import hudson.Launcher;
import hudson.model.Run;
import hudson.model.TaskListener;
import io.jenkins.plugins.dockerarchive.transfer.BuildContext;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jenkinsci.plugins.workflow.steps.StepContext;
import org.jenkinsci.plugins.workflow.steps.SynchronousNonBlockingStepExecution;

/** Runs a step on a thread of its own; an abort interrupts it. A restart of Jenkins ends it, which Jenkins tells. */
final class ArchiveStepExecution extends SynchronousNonBlockingStepExecution<Map<String, Object>> {

    private static final long serialVersionUID = 1L;

    @SuppressFBWarnings(value = "SE_TRANSIENT_FIELD_NOT_RESTORED", justification = "Only used when starting.")
    private final transient ArchiveStep step;

    ArchiveStepExecution(@NonNull ArchiveStep step, @NonNull StepContext context) {
        super(context);
        this.step = step;
    }

    @Override
    protected Map<String, Object> run() throws Exception {
        FilePath workspace = get(FilePath.class);
        workspace.mkdirs();
        BuildContext context = new BuildContext(
                get(Run.class), workspace, get(EnvVars.class), get(Launcher.class), get(TaskListener.class));
        try {
            return step.perform(context, UnaryOperator.identity());
        } catch (InterruptedException e) {
            // The log shows this below the reason of the abort; where the thread was is of no use to anybody.
            InterruptedException aborted = new InterruptedException("The step was aborted.");
            aborted.setStackTrace(new StackTraceElement[0]);
            throw aborted;
        }
    }

    private <T> T get(Class<T> key) throws Exception {
        return Objects.requireNonNull(getContext().get(key), key.getName());
    }
}
