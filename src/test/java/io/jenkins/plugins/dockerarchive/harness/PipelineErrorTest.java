package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.emptyArray;
import static org.hamcrest.Matchers.not;

import hudson.model.Result;
import hudson.slaves.DumbSlave;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import java.util.stream.Stream;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.InboundAgentExtension;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** Wrong input gets one sentence, from Pipelines on real agents; none of this needs an engine. */
@WithJenkins
class PipelineErrorTest {

    @RegisterExtension
    final InboundAgentExtension agents = new InboundAgentExtension();

    private JenkinsRule jenkins;

    @BeforeEach
    void setUp(JenkinsRule rule) throws Exception {
        jenkins = rule;
        agents.createAgent(jenkins, "agent");
    }

    /** One Jenkins and its agent for all: most of the time of each would go into starting them. */
    @TestFactory
    Stream<DynamicTest> onOneAgent() {
        return Stream.of(
                DynamicTest.dynamicTest("wrongParameters", this::wrongParameters),
                DynamicTest.dynamicTest("missingCredentials", this::missingCredentials),
                DynamicTest.dynamicTest("agentHasNothingLeft", this::agentHasNothingLeft),
                // the last one, because it configures an engine for all
                DynamicTest.dynamicTest("unreachableEngine", this::unreachableEngine));
    }

    private void wrongParameters() throws Exception {
        sentence("dockerSave ''", "dockerSave: images is empty");
        sentence("dockerSave images: []", "dockerSave: images is empty");
        sentence("dockerSave 'SHOP:1'", "SHOP:1");
        sentence("dockerSave images: 'shop:1', compression: 'rar'", "rar");
        sentence("dockerSave images: 'shop:1', keepDays: -1", "dockerSave: keepDays must be a whole number");
        sentence("dockerLoad()", "dockerLoad needs an archive");
        sentence("dockerLoad file: 'a.tar', stash: 'a'", "dockerLoad takes one archive");
        sentence("dockerLoad url: 'ftp://x/a.tar'", "ftp://x/a.tar");
        sentence("dockerLoad file: 'a.tar', sha256: '12'", "sha256 '12'");
        sentence("dockerExport ''", "dockerExport: container is missing");
        sentence("dockerImport file: 'a.tar'", "dockerImport: image is missing");
    }

    private void unreachableEngine() throws Exception {
        for (String call : new String[] {
            "dockerSave images: 'shop:1', ", "dockerLoad stash: 'none', ", "dockerExport container: 'shop', "
        }) {
            sentence(call + "dockerServer: [uri: 'tcp://127.0.0.1:1']", "127.0.0.1:1");
        }
        sentence("withEnv(['DOCKER_HOST=tcp://127.0.0.1:2']) { dockerSave 'shop:1' }", "127.0.0.1:2");
        DockerArchiveConfiguration.get().setDockerServer(new DockerServerEndpoint("tcp://127.0.0.1:3", null));
        sentence("withEnv(['DOCKER_HOST=tcp://127.0.0.1:2']) { dockerSave 'shop:1' }", "127.0.0.1:3");
    }

    private void missingCredentials() throws Exception {
        sentence(
                "dockerSave images: 'shop:1', dockerServer: [uri: 'tcp://127.0.0.1:1', credentialsId: 'none']",
                "credentials 'none'");
    }

    private void agentHasNothingLeft() throws Exception {
        WorkflowRun run =
                sentence("dockerSave images: 'shop:1', archive: true, dockerServer: [uri: 'tcp://127.0.0.1:1']", "");
        assertThat(run.getArtifacts(), empty());
        DumbSlave agent = (DumbSlave) jenkins.jenkins.getNode("agent");
        assertThat(agent.getRootPath().list("workspace/*@tmp/docker-archive*/**"), emptyArray());
    }

    private WorkflowRun sentence(String call, String part) throws Exception {
        WorkflowJob job = jenkins.createProject(WorkflowJob.class);
        job.setDefinition(new CpsFlowDefinition("node('agent') { " + call + " }", true));
        WorkflowRun run = jenkins.assertBuildStatus(Result.FAILURE, job.scheduleBuild2(0));
        String log = JenkinsRule.getLog(run);
        assertThat(log, containsString("ERROR: "));
        assertThat(log, containsString(part));
        assertThat(log, not(containsString("\tat ")));
        return run;
    }
}
