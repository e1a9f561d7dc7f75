package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hudson.FilePath;
import hudson.model.Result;
import io.jenkins.plugins.dockerarchive.testengines.AnswerFault;
import io.jenkins.plugins.dockerarchive.testengines.Relay;
import io.jenkins.plugins.dockerarchive.testengines.TcpRelay;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.InboundAgentExtension;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** A step that is stopped, by hand or by {@code timeout}, ends soon in whatever it is at, and leaves nothing anywhere. */
@WithJenkins
class AbortTest {

    private static final long MB = 1 << 20;
    /** What is promised. */
    private static final Duration SOON = Duration.ofSeconds(5);
    /** For machines with much to do; nothing is timed by it. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** Long enough for the steps to get into their phases; where it is not, the phase is an earlier one. */
    private static final int TIMEOUT_SECONDS = 10;

    @RegisterExtension
    final InboundAgentExtension agents = new InboundAgentExtension();

    private final CountDownLatch released = new CountDownLatch(1);
    private final Map<String, Phase> phases = new LinkedHashMap<>();
    private JenkinsRule jenkins;
    private List<TestEngine> engines;
    private TestEngine first;
    private TestEngine second;
    private String image;
    private String lastLayer;

    /** A step that its engine keeps where it is. */
    private record Phase(Relay relay, String script, Callable<Boolean> reached) {}

    @BeforeEach
    void setUp(JenkinsRule rule) throws Exception {
        engines = TestEngines.runningForRelays();
        assumeTrue(engines.size() > 1, "needs two engines");
        first = engines.get(0);
        second = engines.stream()
                .filter(engine -> engine.store() == TestEngine.Store.CONTAINERD)
                .findFirst()
                .orElse(engines.get(1));
        image = first.uniqueName() + ":1";
        List<TestLayer> layers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            layers.add(new TestLayer().random("data" + i, 6 * MB, System.nanoTime()));
        }
        first.createShellImage(image, layers.toArray(new TestLayer[0]));
        JsonNode diffIds = first.inspectImage(image).path("RootFS").path("Layers");
        lastLayer = diffIds.get(diffIds.size() - 1).asText();
        jenkins = rule;
        agents.createAgent(jenkins, "one");
    }

    @AfterEach
    void tearDown() throws Exception {
        released.countDown();
        for (Phase phase : phases.values()) {
            phase.relay().close();
        }
        if (engines != null) {
            for (TestEngine engine : engines) {
                engine.close();
            }
        }
    }

    /** One Jenkins and its agent for all: most of the time of each would go into starting them. */
    @TestFactory
    Stream<DynamicTest> onOneAgent() {
        return Stream.of(
                DynamicTest.dynamicTest(
                        "bigFileOnItsWayIsStoppedAndLeavesNothing", this::bigFileOnItsWayIsStoppedAndLeavesNothing),
                DynamicTest.dynamicTest(
                        "everyPhaseEndsSoonAndLeavesNothing", this::everyPhaseEndsSoonAndLeavesNothing));
    }

    private void everyPhaseEndsSoonAndLeavesNothing() throws Exception {
        String container = first.createContainer(image, "cat");
        jenkins.buildAndAssertSuccess(job(
                "source",
                "withEnv(['DOCKER_HOST=" + first.uri() + "']) {\n"
                        + "dockerSave images: '" + image + "', archive: true, file: 'whole.tar', compression: 'none'\n"
                        + "dockerSave images: '" + image + "', archive: true, format: 'oci', file: 'layers'\n"
                        + "dockerExport container: '" + container
                        + "', archive: true, file: 'root.tar', compression: 'none'\n"
                        + "}"));
        String save = "dockerSave images: '" + image + "', ";
        String load = "dockerLoad project: 'source', archive: ";
        String imported = "dockerImport image: '" + image + "', project: 'source', archive: 'root.tar'";

        Relay relay = phase("connecting", first, save + "file: 'a.tar'", r -> r.uploaded() > 0);
        relay.stallDownloadAfter(0);
        silent("saving, before the first byte", first, "/images/get", save + "file: 'b.tar'");
        within("saving", first, 2 * MB, save + "archive: true, file: 'c.tar'");
        within("saving an unfinished layout", first, 2 * MB, save + "format: 'oci', file: 'd'");
        phase(
                        "sending layers to the controller",
                        first,
                        save + "stash: 'e', archive: true, format: 'oci'",
                        r -> r.downloaded() >= 16 * MB && blobs() > 0)
                .stallDownloadAfter(16 * MB);
        into("uploading a file", second, 2 * MB, load + "'whole.tar'");
        into("uploading layers", second, 2 * MB, load + "'layers'");
        silent("unpacking a file", second, "/images/load", load + "'whole.tar'");
        silent("unpacking layers", second, "/images/load", load + "'layers'");
        silent("exporting, before the first byte", first, "/export", "dockerExport container: '" + container + "'");
        within("exporting", first, 2 * MB, "dockerExport container: '" + container + "', stash: 'f', archive: true");
        into("uploading a file system", second, 2 * MB, imported);
        silent("importing", second, "/images/create", imported);

        WorkflowJob job = job("stopped", script());
        WorkflowRun run = job.scheduleBuild2(0).waitForStart();
        for (Map.Entry<String, Phase> phase : phases.entrySet()) {
            await(PATIENCE, phase.getKey() + " is not reached", phase.getValue().reached());
        }
        assertThat(JenkinsRule.getLog(run), run.isBuilding(), is(true));
        long begin = System.nanoTime();
        run.doStop();
        jenkins.assertBuildStatus(Result.ABORTED, jenkins.waitForCompletion(run));
        assertThat(JenkinsRule.getLog(run), System.nanoTime() - begin, lessThan(SOON.toNanos()));
        nothingLeft(run);

        job.setDefinition(new CpsFlowDefinition(
                "def begin = System.currentTimeMillis()\ntry { timeout(time: " + TIMEOUT_SECONDS
                        + ", unit: 'SECONDS') {\n" + script()
                        + "\n} } finally { echo \"TOOK ${System.currentTimeMillis() - begin} ms\" }",
                true));
        run = jenkins.buildAndAssertStatus(Result.ABORTED, job);
        Matcher took = Pattern.compile("TOOK ([0-9]+) ms").matcher(JenkinsRule.getLog(run));
        assertTrue(took.find(), JenkinsRule.getLog(run));
        assertThat(Long.parseLong(took.group(1)), lessThan(TIMEOUT_SECONDS * 1000L + SOON.toMillis()));
        nothingLeft(run);
    }

    /** What goes between agent and controller as a file: there is no engine in it that could be made slow. */
    private void bigFileOnItsWayIsStoppedAndLeavesNothing() throws Exception {
        String big = first.uniqueName() + ":1";
        first.createImage(big, new TestLayer().random("big", 120 * MB, System.nanoTime()));
        String environment = "withEnv(['DOCKER_HOST=" + first.uri() + "']) {\n";
        String save = environment + "dockerSave images: '" + big
                + "', archive: true, file: 'big.tar', compression: 'none'\n}";

        WorkflowJob job = job("sent", save);
        WorkflowRun run = job.scheduleBuild2(0).waitForStart();
        FilePath build = new FilePath(run.getRootDir());
        stopWhen(run, () -> size(build.child("docker-archive")) > MB);
        assertThat(JenkinsRule.getLog(run), not(containsString("Archived as artifact")));
        nothingLeft(run);

        jenkins.buildAndAssertSuccess(job("kept", save));
        job = job("fetched", environment + "dockerLoad project: 'kept'\n}");
        WorkflowRun fetching = job.scheduleBuild2(0).waitForStart();
        stopWhen(fetching, () -> size(temporary("fetched")) > MB);
        assertThat(JenkinsRule.getLog(fetching), not(containsString("Fetched artifact")));
        nothingLeft(fetching);
    }

    private void stopWhen(WorkflowRun run, Callable<Boolean> reached) throws Exception {
        await(PATIENCE, "not reached", reached);
        long begin = System.nanoTime();
        run.doStop();
        jenkins.assertBuildStatus(Result.ABORTED, jenkins.waitForCompletion(run));
        assertThat(JenkinsRule.getLog(run), System.nanoTime() - begin, lessThan(SOON.toNanos()));
    }

    // phases

    private interface Reached {
        boolean by(Relay relay) throws IOException;
    }

    private Relay phase(String name, TestEngine engine, String script, Reached reached) throws IOException {
        Relay relay = new TcpRelay(engine);
        phases.put(name, new Phase(relay, script, () -> reached.by(relay)));
        return relay;
    }

    /** The engine does what is asked and says nothing. */
    private void silent(String name, TestEngine engine, String request, String script) throws IOException {
        phase(name, engine, script, relay -> relay.faultsMade() > 0)
                .fault(request, Integer.MAX_VALUE, AnswerFault.heldBackUntil(released));
    }

    /** The engine stops in the midst of what it sends. */
    private void within(String name, TestEngine engine, long bytes, String script) throws IOException {
        phase(name, engine, script, relay -> relay.downloaded() >= bytes).stallDownloadAfter(bytes);
    }

    /** The engine stops to take what it is sent. */
    private void into(String name, TestEngine engine, long bytes, String script) throws IOException {
        phase(name, engine, script, relay -> relay.uploaded() >= bytes).stallUploadAfter(bytes);
    }

    private String script() {
        StringBuilder branches = new StringBuilder("node('one') { parallel(");
        phases.forEach((name, phase) -> branches.append("\n'")
                .append(name)
                .append("': { withEnv(['DOCKER_HOST=")
                .append(phase.relay().address().uri())
                .append("']) { ")
                .append(phase.script())
                .append(" } },"));
        branches.setLength(branches.length() - 1);
        return branches.append("\n) }").toString();
    }

    private WorkflowJob job(String name, String script) throws Exception {
        WorkflowJob job = jenkins.createProject(WorkflowJob.class, name);
        job.setDefinition(
                new CpsFlowDefinition(script.contains("node(") ? script : "node('one') { " + script + " }", true));
        return job;
    }

    // what is left

    private void nothingLeft(WorkflowRun run) throws Exception {
        // an agent that was told to stop is not waited for; its own clean-up is part of what is promised
        await(
                SOON,
                "temporary files on the agent: "
                        + files(temporary(run.getParent().getName())),
                () -> files(temporary(run.getParent().getName())).isEmpty());
        assertThat(files(workspaces().child(run.getParent().getName())), empty());
        for (Map.Entry<String, Phase> phase : phases.entrySet()) {
            Relay relay = phase.getValue().relay();
            String what = phase.getKey() + ": a connection to the engine is still open";
            if (phase.getKey().startsWith("uploading")) {
                relay.resume(); // sees the end of a client only while it reads
                await(SOON, what, () -> relay.openConnections() == 0);
                relay.stallUploadAfter(2 * MB);
            } else {
                await(SOON, what, () -> relay.openConnections() == 0);
            }
        }
        assertThat(run.getArtifacts(), empty());
        try (Stream<Path> files = Files.walk(run.getRootDir().toPath())) {
            assertThat(
                    files.filter(Files::isRegularFile)
                            .map(file ->
                                    run.getRootDir().toPath().relativize(file).toString())
                            .filter(file -> !file.matches("build\\.xml|log(-index)?|workflow.*"))
                            .toList(),
                    empty());
        }
        assertThat(second.hasImage(image), is(false));
        assertThat(staged(), empty());
    }

    /** Other tests stage images on the same engines; ours have our layer. */
    private List<String> staged() throws IOException {
        List<String> staged = new ArrayList<>();
        for (JsonNode found : new ObjectMapper().readTree(second.call("GET", "/images/json", null))) {
            String names = found.path("RepoTags").toString();
            if (names.contains("docker-archive.invalid")) {
                try {
                    String layers = second.inspectImage(found.path("Id").asText())
                            .path("RootFS")
                            .toString();
                    if (layers.contains(lastLayer)) {
                        staged.add(names);
                    }
                } catch (IOException e) {
                    continue; // another test's, gone meanwhile
                }
            }
        }
        return staged;
    }

    private FilePath workspaces() {
        return jenkins.jenkins.getNode("one").getRootPath().child("workspace");
    }

    private FilePath temporary(String job) {
        return workspaces().child(job + "@tmp");
    }

    private static List<String> files(FilePath directory) throws IOException, InterruptedException {
        List<String> files = new ArrayList<>();
        if (directory.isDirectory()) {
            for (FilePath file : directory.list()) {
                files.add(file.getName());
            }
        }
        return files;
    }

    private static long size(FilePath directory) throws IOException, InterruptedException {
        long size = 0;
        if (directory.isDirectory()) {
            for (FilePath file : directory.list("**")) {
                size += file.length();
            }
        }
        return size;
    }

    /** Layers that the build which is to be stopped has kept. */
    private int blobs() throws IOException {
        WorkflowRun run =
                jenkins.jenkins.getItemByFullName("stopped", WorkflowJob.class).getLastBuild();
        Path blobs = run.getRootDir().toPath().resolve("docker-archive/blobs/sha256");
        if (!Files.isDirectory(blobs)) {
            return 0;
        }
        try (Stream<Path> files = Files.list(blobs)) {
            return (int) files.count();
        }
    }

    private static void await(Duration time, String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + time.toNanos();
        while (true) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                // a file that is looked at while it goes
            }
            assertTrue(System.nanoTime() < end, what);
            Thread.sleep(10);
        }
    }
}
