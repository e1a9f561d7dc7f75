package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.model.AbstractProject;
import hudson.model.FreeStyleProject;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.labels.LabelAtom;
import hudson.slaves.EnvironmentVariablesNodeProperty;
import hudson.tasks.BuildStepDescriptor;
import hudson.tasks.BuildTrigger;
import hudson.tasks.Builder;
import io.jenkins.plugins.dockerarchive.builders.DockerExportBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerImportBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerLoadBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerSaveBuilder;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.config.ArchiveRetentionProperty;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.IOException;
import java.net.URL;
import java.util.List;
import org.htmlunit.HttpMethod;
import org.htmlunit.WebRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.MockFolder;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/**
 * A job that runs the steps on each value of an axis. Jenkins builds each configuration as a job of its own inside of the
 * job; people see one.
 */
@WithJenkins
class MultiConfigurationTest extends TwoAgentsTest {

    private MockFolder folder;
    private FreeStyleProject base;
    private AxisJob job;
    private FreeStyleProject use;
    private String repository;

    /** One job archives an image, the job of many configurations takes and archives it on each agent, a third takes it. */
    @BeforeEach
    void setUp() throws Exception {
        for (String agent : List.of("one", "two")) {
            jenkins.jenkins
                    .getNode(agent)
                    .getNodeProperties()
                    .add(new EnvironmentVariablesNodeProperty(new EnvironmentVariablesNodeProperty.Entry(
                            "DOCKER_HOST", agents.engine(agent).uri().toString())));
        }
        repository = agents.repository();
        agents.first().createShellImage(repository + ":1", new TestLayer().text("hello.txt", "hello"));
        folder = jenkins.createFolder("team");

        DockerSaveBuilder first = new DockerSaveBuilder(repository + ":1");
        first.setArchive(true);
        base = freestyle("base", "one", first);
        base.getPublishersList().add(new BuildTrigger("axes", Result.SUCCESS));

        DockerLoadBuilder load = new DockerLoadBuilder(null);
        load.setProject("base");
        load.setBuild("upstream");
        load.setRename(repository + ":1=" + repository + ":of-$agent");
        DockerSaveBuilder save = new DockerSaveBuilder(repository + ":of-${agent}");
        save.setFile("out/agent=${agent},n=$BUILD_NUMBER.tar");
        save.setArchive(true);
        job = AxisJob.create(folder, "axes", "one", "two");
        job.getBuildersList().add(load);
        job.getBuildersList().add(save);
        job.getPublishersList().add(new BuildTrigger("use", Result.SUCCESS));
        ArchiveRetentionProperty retention = new ArchiveRetentionProperty();
        retention.setKeepBuilds(1);
        job.addProperty(retention);

        DockerLoadBuilder taken = new DockerLoadBuilder(null);
        taken.setProject("axes/agent=one");
        taken.setBuild("upstream");
        taken.setRename(repository + ":of-one=" + repository + ":used");
        use = freestyle("use", "two", taken);
        jenkins.jenkins.rebuildDependencyGraph();
    }

    @Test
    void configurationsHaveWhatIsSetStartedAndMarkedAroundThem() throws Exception {
        for (Class<? extends Builder> type : List.of(
                DockerSaveBuilder.class,
                DockerLoadBuilder.class,
                DockerExportBuilder.class,
                DockerImportBuilder.class)) {
            assertThat(
                    BuildStepDescriptor.filter(Builder.all(), AxisJob.class),
                    hasItem(instanceOf(jenkins.jenkins.getDescriptorOrDie(type).getClass())));
        }

        // the whole chain by its triggers; relative names, variables of the axis, upstream of and upstream into the
        // whole
        chain(1);
        assertThat(
                agents.second().run(repository + ":used", "cat", "/hello.txt").output(), is("hello"));
        for (String agent : List.of("one", "two")) {
            Run<?, ?> part = job.on(agent).getBuildByNumber(1);
            assertThat(part.getAction(ArchivesAction.class).getLoads(), hasSize(1));
            assertThat(archive(part).getFile(), is(file(agent, 1)));
            assertThat(archive(part).getImages(), is(List.of(repository + ":of-" + agent)));
        }

        // what is marked is the whole build
        job.getBuildByNumber(1).keepLog(true);
        chain(2);
        Run<?, ?> kept = job.on("one").getBuildByNumber(1);
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            client.getOptions().setJavaScriptEnabled(false);
            String page = client.getPage(kept, "docker-archives/").asNormalizedText();
            assertThat(page, containsString(file("one", 1)));
            assertThat(page, containsString("Kept forever"));
            assertThat(client.getPage(job.on("two"), "docker-archives/").asNormalizedText(), containsString("#2"));
            client.getPage(job);
            client.getPage(job.getLastBuild());
            assertThat(
                    "marked, and the last successful ones",
                    client.goTo("manage/docker-archives/dryRun").asNormalizedText(),
                    not(containsString("agent=")));

            // what is set is set for the whole
            job.getBuildByNumber(1).keepLog(false);
            String due = client.goTo("manage/docker-archives/dryRun").asNormalizedText();
            assertThat(due, containsString(file("one", 1)));
            assertThat(due, containsString(file("two", 1)));
            assertThat(due, not(containsString(file("one", 2))));
            chain(3); // swept when it is over, not only after its configurations, which kept everything until then
            awaitExpired(job.on("one").getBuildByNumber(2));
            awaitExpired(job.on("two").getBuildByNumber(1));
            assertThat(archive(job.on("one").getBuildByNumber(3)).isExpired(), is(false));

            client.getPage(crumbed(client, sweep()));
            awaitMeasured(client);
        }

        // a build without a whole is one all the same
        job.getBuildByNumber(3).delete();
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            assertThat(
                    client.getPage(job.on("one").getBuildByNumber(3), "docker-archives/")
                            .asNormalizedText(),
                    containsString(file("one", 3)));
        }
        job.on("one").getBuildByNumber(3).delete();

        // who names the whole is told where its archives are
        DockerLoadBuilder wrong = new DockerLoadBuilder(null);
        wrong.setProject("axes");
        String log = JenkinsRule.getLog(jenkins.buildAndAssertStatus(Result.FAILURE, freestyle("wrong", "two", wrong)));
        assertThat(log, containsString("set project to 'team/axes/AXIS=VALUE'"));
        assertThat(log, not(containsString("\tat ")));
        agents.assertNothingLeft();
    }

    private void chain(int number) throws Exception {
        jenkins.buildAndAssertSuccess(base);
        jenkins.waitUntilNoActivity();
        for (AbstractProject<?, ?> each : List.of(job.on("one"), job.on("two"), job, use)) {
            assertThat(each.getFullName(), each.getLastBuild().getNumber(), is(number));
            jenkins.assertBuildStatusSuccess((Run<?, ?>) each.getLastBuild());
        }
    }

    private static String file(String agent, int number) {
        return "out/agent=" + agent + ",n=" + number + ".tar";
    }

    private static ArchiveRecord archive(Run<?, ?> part) {
        List<ArchiveRecord> archives = part.getAction(ArchivesAction.class).getArchives();
        assertThat(archives, hasSize(1));
        return archives.get(0);
    }

    private static void awaitExpired(Run<?, ?> part) throws Exception {
        long end = System.nanoTime() + 30_000_000_000L;
        while (!archive(part).isExpired()) {
            assertTrue(System.nanoTime() < end, part + " keeps its archive");
            Thread.sleep(20); // the sweep runs on a thread of Jenkins' own
        }
    }

    private WebRequest sweep() throws IOException {
        return new WebRequest(new URL(jenkins.getURL(), "manage/docker-archives/sweep"), HttpMethod.POST);
    }

    private static WebRequest crumbed(JenkinsRule.WebClient client, WebRequest request) throws IOException {
        client.addCrumb(request);
        return request;
    }

    private static void awaitMeasured(JenkinsRule.WebClient client) throws Exception {
        long end = System.nanoTime() + 30_000_000_000L;
        String page;
        do {
            assertTrue(System.nanoTime() < end, "nothing was measured");
            page = client.goTo("manage/docker-archives/").asNormalizedText();
        } while (!page.contains("team/axes/agent=one") || !page.contains("team/axes/agent=two"));
    }

    private FreeStyleProject freestyle(String name, String agent, Builder builder) throws IOException {
        FreeStyleProject project = folder.createProject(FreeStyleProject.class, name);
        project.setAssignedLabel(new LabelAtom(agent));
        project.getBuildersList().add(builder);
        return project;
    }
}
