package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.InboundAgentExtension;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** An agent beside an engine with the containerd image store, which pushes new layers to it. */
@WithJenkins
class PushedLayersTest {

    private static final String PUSHES = "The engine pushes new layers to this machine";
    private static final long MB = 1 << 20;

    @RegisterExtension
    final InboundAgentExtension agents = new InboundAgentExtension();

    private JenkinsRule jenkins;
    private TestEngine engine;
    private String repository;

    @BeforeEach
    void setUp(JenkinsRule rule) throws Exception {
        var found = TestEngines.with(TestEngine.Store.CONTAINERD);
        assumeTrue(found.isPresent(), "needs an engine with the containerd image store");
        engine = found.get();
        repository = engine.uniqueName();
        jenkins = rule;
        agents.createAgent(jenkins, "one");
    }

    @AfterEach
    void tearDown() throws Exception {
        if (engine != null) {
            engine.close();
        }
    }

    private String image(String tag, long megabytes) throws IOException {
        String image = repository + ":" + tag;
        engine.createShellImage(
                image,
                new TestLayer().random("base", 4 * MB, repository.hashCode()),
                new TestLayer().random("app", megabytes * MB, tag.hashCode()));
        return image;
    }

    private WorkflowJob job(String script) throws Exception {
        WorkflowJob job = jenkins.createProject(WorkflowJob.class);
        define(job, script);
        return job;
    }

    private void define(WorkflowJob job, String script) throws Exception {
        job.setDefinition(new CpsFlowDefinition(
                "retry(count: 2, conditions: [agent()]) { node('one') { withEnv(['DOCKER_HOST=" + engine.uri()
                        + "']) {\n" + script + "\n} } }",
                true));
    }

    @Test
    void newLayersComeByAPushUnlessAnAdministratorDoesNotWantThat() throws Exception {
        WorkflowJob job = job("dockerSave images: '" + image("1", 1) + "', archive: true, format: 'oci'");
        assertThat(JenkinsRule.getLog(jenkins.buildAndAssertSuccess(job)), containsString(PUSHES));
        String second = image("2", 1);
        define(
                job,
                "def a = dockerSave images: '" + second + "', archive: true, format: 'oci', stash: 's'\n"
                        + "assert a.stored < 2000000\n"
                        + "dockerLoad stash: 's', rename: ['" + second + "': '" + repository + ":3']");
        WorkflowRun next = jenkins.buildAndAssertSuccess(job);
        assertThat(JenkinsRule.getLog(next), containsString(PUSHES));
        assertThat(engine.run(repository + ":3", "ls", "/app").exitCode(), is(0));
        assertThat(isPushed(second), is(false));

        DockerArchiveConfiguration.get().setPushLayers(false);
        define(job, "dockerSave images: '" + image("4", 1) + "', stash: 's'");
        assertThat(JenkinsRule.getLog(jenkins.buildAndAssertSuccess(job)), not(containsString(PUSHES)));
    }

    /** What it leaves on the engine, a later save removes: here its own second try. */
    @Test
    void anAgentThatIsKilledWithinAPushLeavesNoReferenceForLong() throws Exception {
        String image = image("1", 150);
        WorkflowJob job = job("dockerSave images: '" + image + "', stash: 's'");
        WorkflowRun run = job.scheduleBuild2(0).waitForStart();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!isPushed(image)) {
            assertTrue(System.nanoTime() < end && run.isBuilding(), "no push was seen: " + run.getExternalizableId());
        }
        agents.stop(jenkins, "one");
        assertThat("the killed agent left it", isPushed(image), is(true));
        agents.start(jenkins, "one");
        jenkins.assertBuildStatusSuccess(jenkins.waitForCompletion(run));
        assertThat(JenkinsRule.getLog(run), containsString("Retrying"));
        assertThat(isPushed(image), is(false));
    }

    private boolean isPushed(String image) throws IOException {
        return engine.inspectImage(image).path("RepoTags").toString().contains("/docker-archive:push-");
    }
}
