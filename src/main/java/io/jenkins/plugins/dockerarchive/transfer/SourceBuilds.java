package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Functions;
import hudson.model.Cause;
import hudson.model.Item;
import hudson.model.Job;
import hudson.model.Queue;
import hudson.model.Run;
import hudson.model.queue.Tasks;
import hudson.security.ACL;
import hudson.security.ACLContext;
import hudson.security.AccessDeniedException3;
import hudson.security.SecurityRealm;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import io.jenkins.plugins.dockerarchive.operations.SourceChoice;
import java.util.List;
import jenkins.model.Jenkins;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;

/**
 * Finds the build that an archive is taken from, as far as the build that asks may read it. Whoever may not read
 * something learns nothing about it, not even that it exists.
 */
final class SourceBuilds {

    private final Run<?, ?> asking;

    SourceBuilds(@NonNull Run<?, ?> asking) {
        this.asking = asking;
    }

    /** The build that the parameters name; without a project and build it is the asking build itself. */
    @NonNull
    Run<?, ?> find(@NonNull SourceChoice choice) throws OperationException {
        if (choice.project() == null && choice.build() == null) {
            return asking;
        }
        Run<?, ?> found = choice.build() != null && choice.build().equals("upstream")
                ? upstream(choice.project())
                : ofProject(choice.project(), choice.build());
        if (found == null || !mayRead(found)) {
            throw new OperationException(sentence(choice));
        }
        return found;
    }

    private static String sentence(SourceChoice choice) {
        if (choice.project() == null) {
            return "No build whose archives this build may read has triggered it; start it from one, or give project.";
        }
        return "Project '" + choice.project() + "' has no build '"
                + (choice.build() == null ? "lastSuccessful" : choice.build())
                + "' whose archives this build may read.";
    }

    @CheckForNull
    private Run<?, ?> ofProject(String project, @CheckForNull String build) {
        Job<?, ?> job = job(project);
        if (job == null) {
            return null;
        }
        if (build == null || build.equals("lastSuccessful")) {
            return job.getLastSuccessfulBuild();
        }
        if (build.equals("lastCompleted")) {
            return job.getLastCompletedBuild();
        }
        long number = Long.parseLong(build);
        return number > Integer.MAX_VALUE ? null : job.getBuildByNumber((int) number);
    }

    @CheckForNull
    private Job<?, ?> job(String project) {
        try (ACLContext as = ACL.as2(authentication())) {
            return Jenkins.get().getItem(project, Whole.of(asking.getParent()), Job.class);
        } catch (AccessDeniedException3 e) {
            return null;
        }
    }

    @CheckForNull
    private Run<?, ?> upstream(@CheckForNull String project) {
        Job<?, ?> job = project == null ? null : job(project);
        if (project != null && job == null) {
            return null;
        }
        for (Cause cause : Whole.of(asking).getCauses()) {
            if (cause instanceof Cause.UpstreamCause upstream) {
                Run<?, ?> run = upstream.getUpstreamRun();
                Run<?, ?> meant = run == null || job == null ? run : buildOf(job, run);
                if (meant != null) {
                    return meant;
                }
            }
        }
        return null;
    }

    /** The build itself if it is one of the job, or the part of it that ran the job's configuration; else null. */
    @CheckForNull
    private static Run<?, ?> buildOf(Job<?, ?> job, Run<?, ?> build) {
        return build.getParent() == job ? build : Whole.part(job, build);
    }

    private boolean mayRead(Run<?, ?> build) {
        if (Whole.of(build.getParent()) == Whole.of(asking.getParent())) {
            return true;
        }
        Authentication authentication = authentication();
        return build.getParent().getACL().hasPermission2(authentication, Item.READ)
                && (!Functions.isArtifactsPermissionEnabled()
                        || build.getACL().hasPermission2(authentication, Run.ARTIFACTS));
    }

    /**
     * Whom the asking build runs as. Where no administrator has configured that, builds run as the system itself, which
     * may read everything; such a build counts as any logged-in user, or every job could be read from every other.
     */
    private Authentication authentication() {
        Authentication own =
                asking.getParent() instanceof Queue.Task task ? Tasks.getAuthenticationOf2(task) : ACL.SYSTEM2;
        return own.equals(ACL.SYSTEM2)
                ? new UsernamePasswordAuthenticationToken(
                        "authenticated", "", List.of(SecurityRealm.AUTHENTICATED_AUTHORITY2))
                : own;
    }
}
