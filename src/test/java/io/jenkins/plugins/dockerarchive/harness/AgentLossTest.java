package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hudson.model.Run;
import hudson.model.Slave;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.testengines.Relay;
import io.jenkins.plugins.dockerarchive.testengines.TcpRelay;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
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

/** An agent that is killed while archives go through it: a Pipeline that tries again gets what it wanted, once. */
@WithJenkins
class AgentLossTest {

    private static final long MB = 1 << 20;

    @RegisterExtension
    final InboundAgentExtension agents = new InboundAgentExtension();

    private final Map<Relay, Predicate<Relay>> relays = new LinkedHashMap<>();
    private JenkinsRule jenkins;
    private List<TestEngine> engines;
    private TestEngine first;
    private TestEngine second;
    private String image;

    @BeforeEach
    void setUp(JenkinsRule rule) throws Exception {
        engines = TestEngines.runningForRelays();
        assumeTrue(engines.size() > 1, "needs two engines");
        first = engines.get(0);
        second = engines.get(1);
        image = first.uniqueName() + ":1";
        first.createShellImage(
                image,
                new TestLayer().random("one", 6 * MB, System.nanoTime()),
                new TestLayer().random("two", 6 * MB, System.nanoTime()));
        jenkins = rule;
        Slave agent = agents.createAgent(jenkins, "one");
        agent.setNumExecutors(8);
        jenkins.jenkins.setNodes(List.of(agent)); // which lets its computer know
    }

    @AfterEach
    void tearDown() throws Exception {
        for (Relay relay : relays.keySet()) {
            relay.close();
        }
        if (engines != null) {
            if (second.hasImage(image)) {
                second.call("DELETE", "/images/" + image + "?force=1", null);
            }
            for (TestEngine engine : engines) {
                engine.close();
            }
        }
    }

    @Test
    void retryOnAgentErrorsSucceeds() throws Exception {
        jenkins.buildAndAssertSuccess(job(
                "source",
                "node('one') { withEnv(['DOCKER_HOST=" + first.uri() + "']) {\n"
                        + "dockerSave images: '" + image + "', archive: true, file: 'whole.tar', compression: 'none'\n"
                        + "dockerSave images: '" + image + "', archive: true, format: 'oci', file: 'layers'\n} }"));
        List<String> branches = new ArrayList<>();
        String save = "dockerSave images: '" + image + "', ";
        String load = "dockerLoad project: 'source', archive: ";
        branches.add(branch("file", within(first, 4 * MB), save + "archive: true, file: 'a.tar', overwrite: true"));
        branches.add(branch("stash", within(first, 11 * MB), save + "stash: 's'"));
        branches.add(branch("whole", into(second, 2 * MB), load + "'whole.tar'"));
        branches.add(branch("layers", into(second, 2 * MB), load + "'layers'"));
        WorkflowJob job = job("killed", "parallel(" + String.join(",\n", branches) + ")");
        WorkflowRun run = job.scheduleBuild2(0).waitForStart();
        for (Map.Entry<Relay, Predicate<Relay>> relay : relays.entrySet()) {
            await(
                    () -> relay.getValue().test(relay.getKey()),
                    () -> "not all branches are under way: " + relay.getKey().downloaded() + " bytes down, "
                            + relay.getKey().uploaded() + " up\n" + JenkinsRule.getLog(run));
        }
        assertThat(JenkinsRule.getLog(run), run.isBuilding(), is(true));
        agents.stop(jenkins, "one");
        relays.keySet().forEach(Relay::resume);
        await(
                () -> relays.keySet().stream().allMatch(relay -> relay.openConnections() == 0),
                () -> "an engine still has a connection of the killed agent");
        agents.start(jenkins, "one");
        jenkins.assertBuildStatusSuccess(jenkins.waitForCompletion(run));

        String log = JenkinsRule.getLog(run);
        assertThat(log, log.split("Retrying", -1).length - 1, is(4));
        assertThat(
                run.getArtifacts().stream()
                        .map(Run.Artifact::getFileName)
                        .toList()
                        .toString(),
                run.getAction(ArchivesAction.class).getArchives(),
                hasSize(2));
        try (Stream<Path> files = Files.list(run.getRootDir().toPath().resolve("archive"))) {
            assertThat(files.map(file -> file.getFileName().toString()).toList(), containsInAnyOrder("a.tar"));
        }
        assertThat(second.hasImage(image), is(true));
        assertThat("stashes", stashed(run), is(false));
        assertThat(run.getAction(ArchivesAction.class).getLoads(), hasSize(2));
    }

    private static boolean stashed(WorkflowRun run) {
        return Files.exists(run.getRootDir().toPath().resolve("docker-archive/stashes"));
    }

    private String branch(String name, Relay relay, String script) {
        return "'" + name + "': { retry(count: 2, conditions: [agent()]) { node('one') { withEnv(['DOCKER_HOST="
                + relay.address().uri() + "']) { " + script + " } } } }";
    }

    private Relay within(TestEngine engine, long bytes) throws Exception {
        Relay relay = new TcpRelay(engine);
        relay.stallDownloadAfter(bytes);
        relays.put(relay, stalled -> stalled.downloaded() >= bytes);
        return relay;
    }

    private Relay into(TestEngine engine, long bytes) throws Exception {
        Relay relay = new TcpRelay(engine);
        relay.stallUploadAfter(bytes);
        relays.put(relay, stalled -> stalled.uploaded() >= bytes);
        return relay;
    }

    private WorkflowJob job(String name, String script) throws Exception {
        WorkflowJob job = jenkins.createProject(WorkflowJob.class, name);
        job.setDefinition(new CpsFlowDefinition(script, true));
        return job;
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition, Callable<String> what) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < end, System.nanoTime() < end ? "" : what.call());
            Thread.sleep(10);
        }
    }
}
