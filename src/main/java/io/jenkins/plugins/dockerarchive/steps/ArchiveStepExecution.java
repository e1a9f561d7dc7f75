package io.jenkins.plugins.dockerarchive.steps;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.EnvVars;
import hudson.FilePath;
import hudson.Launcher;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.remoting.Channel;
import io.jenkins.plugins.dockerarchive.transfer.Attempt;
import io.jenkins.plugins.dockerarchive.transfer.BuildContext;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import jenkins.model.Jenkins;
import org.jenkinsci.plugins.workflow.steps.GeneralNonBlockingStepExecution;
import org.jenkinsci.plugins.workflow.steps.StepContext;

/**
 * Runs a step on a thread of its own; an abort interrupts it. When a restart of Jenkins has cut it off it starts again: all
 * four verbs end in the same state however often they are begun.
 */
final class ArchiveStepExecution extends GeneralNonBlockingStepExecution {

    private static final long serialVersionUID = 1L;

    /** As long as a Pipeline itself waits for the node of a build that goes on. */
    private static final Duration RECONNECTION = Duration.ofMinutes(5);

    private static final long LOOK_MILLIS = 100;

    /** How long the failure of a step whose agent is lost is held back. */
    private static final Duration SHUTDOWN = Duration.ofSeconds(3);

    private final ArchiveStep step;
    private Attempt attempt = Attempt.first();

    ArchiveStepExecution(@NonNull ArchiveStep step, @NonNull StepContext context) {
        super(context);
        this.step = step;
    }

    @Override
    public boolean start() {
        run(() -> perform(get(FilePath.class)));
        return false;
    }

    @Override
    public void onResume() {
        attempt = attempt.next();
        getContext().saveState();
        run(() -> {
            FilePath workspace = workspaceAgain();
            get(TaskListener.class)
                    .getLogger()
                    .println("Jenkins was restarted while this step ran: "
                            + step.getDescriptor().getFunctionName() + " starts again");
            perform(workspace);
        });
    }

    private void perform(FilePath workspace) throws Exception {
        workspace.mkdirs();
        BuildContext context = new BuildContext(
                get(Run.class), workspace, get(EnvVars.class), get(Launcher.class), get(TaskListener.class), attempt);
        try {
            getContext().onSuccess(step.perform(context, EnclosingStage.of(getContext()), UnaryOperator.identity()));
        } catch (InterruptedException e) {
            // The log shows this below the reason of the abort; where the thread was is of no use to anybody.
            InterruptedException aborted = new InterruptedException("The step was aborted.");
            aborted.setStackTrace(new StackTraceElement[0]);
            throw aborted;
        } catch (IOException | RuntimeException e) {
            if (!isCutOffByShutdown(workspace)) {
                throw e;
            }
        }
    }

    /**
     * Whether the agent is lost because Jenkins goes down: no failure then of a step that goes on afterwards. An agent may be
     * gone some moments before Jenkins says so.
     */
    private static boolean isCutOffByShutdown(FilePath workspace) {
        boolean lost = workspace.getChannel() instanceof Channel channel && channel.isClosingOrClosed();
        long end = System.nanoTime() + SHUTDOWN.toNanos();
        try {
            while (lost && !isGoingDown() && System.nanoTime() < end) {
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return isGoingDown();
    }

    private static boolean isGoingDown() {
        Jenkins jenkins = Jenkins.getInstanceOrNull();
        return jenkins == null || jenkins.isTerminating();
    }

    /** The agent may come back later than Jenkins. */
    private FilePath workspaceAgain() throws IOException, InterruptedException {
        long end = System.nanoTime() + RECONNECTION.toNanos();
        while (true) {
            try {
                FilePath workspace = getContext().get(FilePath.class);
                if (workspace != null && workspace.isDirectory()) {
                    return workspace;
                }
            } catch (IOException e) {
                if (System.nanoTime() > end) {
                    throw e;
                }
            }
            if (System.nanoTime() > end) {
                throw new IOException("The agent of this step did not come back within " + RECONNECTION.toMinutes()
                        + " minutes after the restart of Jenkins.");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    private <T> T get(Class<T> key) throws IOException, InterruptedException {
        return Objects.requireNonNull(getContext().get(key), key.getName());
    }
}
