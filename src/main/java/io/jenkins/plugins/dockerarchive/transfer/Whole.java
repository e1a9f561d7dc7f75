package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.AbstractBuild;
import hudson.model.AbstractProject;
import hudson.model.ItemGroup;
import hudson.model.Job;
import hudson.model.Run;
import java.util.ArrayList;
import java.util.List;

/**
 * What people see as one job and one build. Jenkins runs each configuration of a multi-configuration job as a build of a job
 * of its own; what people have set, started and marked are the job and the build around these.
 */
public final class Whole {

    private Whole() {}

    /** The job around a configuration; any other job itself. */
    @NonNull
    public static Job<?, ?> of(@NonNull Job<?, ?> job) {
        return job instanceof AbstractProject<?, ?> project ? project.getRootProject() : job;
    }

    /** The build around that of a configuration; any other build itself, also one whose whole is deleted. */
    @NonNull
    public static Run<?, ?> of(@NonNull Run<?, ?> run) {
        AbstractBuild<?, ?> root = run instanceof AbstractBuild<?, ?> build ? build.getRootBuild() : null;
        return root == null ? run : root;
    }

    /** The builds of configurations that a build is around; none for any other build. */
    @NonNull
    @SuppressWarnings("rawtypes") // as Jenkins gives jobs
    public static List<Run<?, ?>> parts(@NonNull Run<?, ?> run) {
        List<Run<?, ?>> parts = new ArrayList<>();
        if (run.getParent() instanceof ItemGroup<?> configurations) {
            for (Job job : configurations.allItems(Job.class)) {
                Run<?, ?> part = part((Job<?, ?>) job, run);
                if (part != null) {
                    parts.add(part);
                }
            }
        }
        return parts;
    }

    /** The part of a build that is one of this configuration; null when there is none. */
    @CheckForNull
    static Run<?, ?> part(@NonNull Job<?, ?> configuration, @NonNull Run<?, ?> run) {
        if (of(configuration) != run.getParent()) {
            return null;
        }
        Run<?, ?> part = configuration.getBuildByNumber(run.getNumber());
        return part != null && of(part).getParent() == run.getParent() ? part : null;
    }
}
