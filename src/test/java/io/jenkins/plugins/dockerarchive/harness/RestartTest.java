package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;

import hudson.FilePath;
import io.jenkins.plugins.dockerarchive.testengines.TcpRelay;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.JenkinsSessionExtension;

/** A restart of Jenkins in the middle of a step: it goes on by itself, and says so. */
class RestartTest {

    private static final long MB = 1 << 20;

    @RegisterExtension
    final JenkinsSessionExtension sessions = new JenkinsSessionExtension();

    private TestEngine engine;
    private TcpRelay relay;
    private String image;

    @BeforeEach
    void setUp() throws Exception {
        engine = TestEngines.running().get(0);
        relay = new TcpRelay(engine);
        image = engine.uniqueName() + ":1";
        engine.createShellImage(image, new TestLayer().random("stock", 8 * MB, System.nanoTime()));
    }

    @AfterEach
    void tearDown() throws Exception {
        relay.close();
        engine.close();
    }

    @Test
    void aSaveStartsAgainAndReplacesNothingButItsOwn() throws Throwable {
        relay.stallDownloadAfter(2 * MB);
        sessions.then(jenkins -> begin(
                jenkins,
                "def a = dockerSave images: '" + image
                        + "', file: 'shop.tar', archive: true\necho \"FILE ${a.file}\""));
        relay.resume();
        sessions.then(jenkins -> {
            WorkflowRun run = end(jenkins, "dockerSave starts again");
            assertThat(JenkinsRule.getLog(run), containsString("FILE shop.tar"));
            assertThat(run.getArtifacts(), hasSize(1));
        });
    }

    @Test
    void aLoadStartsAgain() throws Throwable {
        sessions.then(jenkins -> {
            WorkflowJob job = job(
                    jenkins,
                    "save",
                    "dockerSave images: '" + image + "', archive: true",
                    engine.uri().toString());
            jenkins.buildAndAssertSuccess(job);
            engine.call("DELETE", "/images/" + image + "?force=1", null);
            relay.stallUploadAfter(2 * MB);
            begin(jenkins, "dockerLoad project: 'save'");
        });
        relay.resume();
        sessions.then(jenkins -> {
            end(jenkins, "dockerLoad starts again");
            assertThat(engine.hasImage(image), is(true));
        });
    }

    private void begin(JenkinsRule jenkins, String script) throws Exception {
        WorkflowJob job = job(jenkins, "shop", script, relay.address().uri().toString());
        WorkflowRun run = job.scheduleBuild2(0).waitForStart();
        long end = System.nanoTime() + 60_000_000_000L;
        while (relay.downloaded() + relay.uploaded() < 2 * MB && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertThat(JenkinsRule.getLog(run), run.isBuilding(), is(true));
        assertThat(relay.downloaded() + relay.uploaded() >= 2 * MB, is(true));
    }

    private static WorkflowJob job(JenkinsRule jenkins, String name, String script, String engine) throws Exception {
        if (jenkins.jenkins.getNode("remote") == null) {
            jenkins.createSlave("remote", null, null);
        }
        WorkflowJob job = jenkins.createProject(WorkflowJob.class, name);
        job.setDefinition(new CpsFlowDefinition(
                "node('remote') { withEnv(['DOCKER_HOST=" + engine + "']) {\n" + script + "\n} }", true));
        return job;
    }

    private static WorkflowRun end(JenkinsRule jenkins, String message) throws Exception {
        WorkflowJob job = jenkins.jenkins.getItemByFullName("shop", WorkflowJob.class);
        WorkflowRun run = job.getLastBuild();
        jenkins.assertBuildStatusSuccess(jenkins.waitForCompletion(run));
        assertThat(JenkinsRule.getLog(run), containsString("Jenkins was restarted while this step ran: " + message));
        FilePath workspaces = jenkins.jenkins.getNode("remote").getRootPath().child("workspace");
        assertThat(workspaces.list("*@tmp/docker-archive*/**").length, is(0));
        return run;
    }
}
