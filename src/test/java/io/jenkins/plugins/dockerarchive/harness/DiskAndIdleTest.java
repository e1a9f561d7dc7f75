package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.lessThan;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hudson.model.Result;
import hudson.model.Run;
import hudson.model.TaskListener;
import hudson.model.listeners.RunListener;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.LimitSettings;
import io.jenkins.plugins.dockerarchive.testengines.SmallDisk;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

/** A controller whose disk is full, and an engine that says nothing. */
@WithJenkins
class DiskAndIdleTest {

    @RegisterExtension
    final InboundAgentExtension agents = new InboundAgentExtension();

    private JenkinsRule jenkins;

    @BeforeEach
    void setUp(JenkinsRule rule) throws Exception {
        jenkins = rule;
        agents.createAgent(jenkins, "one");
    }

    @AfterEach
    void unmount() throws Exception {
        for (SmallDisk disk : Mounts.mounted) {
            disk.close();
        }
        Mounts.mounted.clear();
    }

    /** Gives builds of jobs whose name begins with "small" little room for what this plugin and for what Jenkins keeps. */
    private static final class Mounts extends RunListener<Run<?, ?>> {
        static final List<SmallDisk> mounted = new ArrayList<>();

        @Override
        public void onStarted(Run<?, ?> run, TaskListener listener) {
            try {
                if (run.getParent().getName().startsWith("small")) {
                    Path build = run.getRootDir().toPath();
                    mounted.add(SmallDisk.mount(build.resolve("docker-archive"), "size=1m"));
                    mounted.add(SmallDisk.mount(build.resolve("archive"), "size=1m"));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Test
    void aFullDiskOfTheControllerIsToldAndNothingStaysAndOtherBuildsGoOn() throws Exception {
        List<TestEngine> engines = TestEngines.running();
        assumeTrue(!engines.isEmpty(), "needs an engine");
        TestEngine engine = engines.get(0);
        RunListener.all().add(new Mounts());
        try {
            String image = engine.uniqueName() + ":1";
            engine.createImage(image, new TestLayer().random("big", 5_000_000, 1));
            for (String where :
                    new String[] {"stash: 'a'", "archive: true, format: 'oci'", "archive: true, compression: 'none'"}) {
                String script = "node('one') { withEnv(['DOCKER_HOST=" + engine.uri() + "']) { dockerSave images: '"
                        + image + "', " + where + " } }";
                WorkflowRun full =
                        jenkins.buildAndAssertStatus(Result.FAILURE, job("small" + System.nanoTime(), script));
                String log = JenkinsRule.getLog(full);
                assertThat(log, containsString("bytes are free; make room there and run it again"));
                assertThat(log, containsString(full.getRootDir().toString()));
                assertThat(log, not(containsString("\tat ")));
                assertThat(
                        log,
                        containsString(
                                where.contains("none")
                                        ? " has no room for the artifact: "
                                        : " is full: a layer needs"));
                for (String directory : new String[] {"docker-archive", "archive"}) {
                    assertThat(files(new File(full.getRootDir(), directory)), empty());
                }
                jenkins.buildAndAssertSuccess(job("job" + System.nanoTime(), script));
            }
        } finally {
            for (TestEngine one : engines) {
                one.close();
            }
        }
    }

    @Test
    void anEngineThatSaysNothingEndsAStepOnAnAgentAfterTheConfiguredTime() throws Exception {
        LimitSettings limits = new LimitSettings();
        limits.setIdleSeconds(2);
        DockerArchiveConfiguration.get().setLimits(limits);
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String uri = "tcp://127.0.0.1:" + silent.getLocalPort();
            for (String step : new String[] {"dockerSave images: 'a:1'", "dockerExport container: 'a'"}) {
                long start = System.nanoTime();
                WorkflowRun run = jenkins.buildAndAssertStatus(
                        Result.FAILURE,
                        job(
                                "job" + start,
                                "parallel waits: { node('one') { withEnv(['DOCKER_HOST=" + uri + "']) { " + step
                                        + ", file: 'x' } } }, goesOn: { sleep 1; echo 'the other branch goes on' }"));
                String log = JenkinsRule.getLog(run);
                assertThat(log, containsString("The engine at " + uri));
                assertThat(
                        "no thread of the Pipeline waits with the step",
                        log.indexOf("the other branch goes on"),
                        is(lessThan(log.indexOf("neither sent nor took a byte"))));
                assertThat(log, containsString("the other branch goes on"));
                assertThat(JenkinsRule.getLog(run), containsString("neither sent nor took a byte for 2 seconds"));
                assertThat((System.nanoTime() - start) / 1_000_000_000L, is(lessThan(30L)));
            }
        }
    }

    private WorkflowJob job(String name, String script) throws Exception {
        WorkflowJob job = jenkins.createProject(WorkflowJob.class, name);
        job.setDefinition(new CpsFlowDefinition(script, true));
        return job;
    }

    private static List<Path> files(File directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory.toPath())) {
            return all.filter(Files::isRegularFile).toList();
        }
    }
}
