package io.jenkins.plugins.dockerarchive.harness;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import hudson.model.AbstractBuild;
import hudson.model.AbstractProject.AbstractProjectDescriptor;
import hudson.model.Build;
import hudson.model.BuildListener;
import hudson.model.Cause;
import hudson.model.Descriptor;
import hudson.model.ItemGroup;
import hudson.model.Label;
import hudson.model.Node;
import hudson.model.Project;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.TopLevelItem;
import hudson.model.labels.LabelAtom;
import hudson.slaves.WorkspaceList;
import hudson.tasks.Builder;
import hudson.util.DescribableList;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import jenkins.model.DirectlyModifiableTopLevelItemGroup;

/**
 * A job with one axis, the agents, that builds as the multi-configuration jobs of the plugin matrix-project do, which this
 * Jenkins may not have: each configuration is a job inside of the job, with the builders of that and nothing else of it; its
 * builds have the numbers of the builds around them, and their axis as a variable.
 */
public final class AxisJob extends Project<AxisJob, AxisJob.Whole> implements TopLevelItem, ItemGroup<AxisJob.Part> {

    static final String AXIS = "agent";

    private final transient List<Part> parts = new ArrayList<>();
    private final transient DescriptorImpl descriptor = new DescriptorImpl();

    private AxisJob(ItemGroup<?> parent, String name) {
        super(parent, name);
    }

    static AxisJob create(DirectlyModifiableTopLevelItemGroup parent, String name, String... agents)
            throws IOException {
        AxisJob job = new AxisJob(parent, name);
        job.onCreatedFromScratch();
        for (String agent : agents) {
            Part part = new Part(job, agent);
            part.onCreatedFromScratch();
            part.save();
            job.parts.add(part);
        }
        job.save();
        return parent.add(job, name);
    }

    Part on(String agent) {
        return getItem(AXIS + "=" + agent);
    }

    @Override
    public Part getItem(String name) {
        return parts.stream()
                .filter(part -> part.getName().equals(name))
                .findFirst()
                .orElse(null);
    }

    @Override
    public Collection<Part> getItems() {
        return parts;
    }

    @Override
    public String getUrlChildPrefix() {
        return "item";
    }

    @Override
    public File getRootDirFor(Part part) {
        return new File(getRootDir(), "configurations/axis-" + AXIS + "/" + part.getAgent());
    }

    @Override
    public void onDeleted(Part part) {
        parts.remove(part);
    }

    @Override
    protected Class<Whole> getBuildClass() {
        return Whole.class;
    }

    @Override
    public DescriptorImpl getDescriptor() {
        return descriptor;
    }

    /** Not found by Jenkins, which needs none. */
    public static final class DescriptorImpl extends AbstractProjectDescriptor {

        @Override
        public TopLevelItem newInstance(ItemGroup parent, String name) {
            return new AxisJob(parent, name);
        }
    }

    /** A build of all configurations, which is over when they are. */
    public static final class Whole extends Build<AxisJob, Whole> {

        public Whole(AxisJob job) throws IOException {
            super(job);
        }

        public Whole(AxisJob job, File directory) throws IOException {
            super(job, directory);
        }

        @Override
        public void run() {
            execute(new Execution());
        }

        private final class Execution extends BuildExecution {
            @Override
            protected Result doRun(@NonNull BuildListener listener) throws Exception {
                List<Future<PartOfBuild>> running = new ArrayList<>();
                for (Part part : getParent().getItems()) {
                    running.add(part.scheduleBuild2(0, new Cause.UpstreamCause((Run<?, ?>) Whole.this)));
                }
                Result worst = Result.SUCCESS;
                for (Future<PartOfBuild> part : running) {
                    worst = worst.combine(part.get().getResult());
                }
                return worst;
            }
        }
    }

    /** One configuration. */
    public static final class Part extends Project<Part, PartOfBuild> {

        private final String agent;

        Part(AxisJob parent, String agent) {
            super(parent, AXIS + "=" + agent);
            this.agent = agent;
        }

        String getAgent() {
            return agent;
        }

        @Override
        @NonNull
        public AxisJob getParent() {
            return (AxisJob) super.getParent();
        }

        @Override
        public Label getAssignedLabel() {
            return new LabelAtom(agent);
        }

        @Override
        public List<Builder> getBuilders() {
            return getParent().getBuilders();
        }

        @Override
        public DescribableList<Builder, Descriptor<Builder>> getBuildersList() {
            return getParent().getBuildersList();
        }

        @Override
        protected Class<PartOfBuild> getBuildClass() {
            return PartOfBuild.class;
        }
    }

    /** A build of one configuration. */
    public static final class PartOfBuild extends Build<Part, PartOfBuild> {

        public PartOfBuild(Part part) throws IOException {
            super(part);
        }

        public PartOfBuild(Part part, File directory) throws IOException {
            super(part, directory);
        }

        @Override
        public AbstractBuild<?, ?> getRootBuild() {
            return getParent().getParent().getBuildByNumber(getNumber());
        }

        @Override
        public Map<String, String> getBuildVariables() {
            Map<String, String> variables = super.getBuildVariables();
            variables.put(AXIS, getParent().getAgent());
            return variables;
        }

        @Override
        public void run() {
            execute(new Execution());
        }

        private final class Execution extends BuildExecution {
            @Override
            protected WorkspaceList.Lease decideWorkspace(@NonNull Node node, WorkspaceList workspaces)
                    throws InterruptedException {
                FilePath whole = node.getWorkspaceFor(getParent().getParent());
                return workspaces.allocate(whole.child(AXIS).child(getParent().getAgent()));
            }
        }
    }
}
