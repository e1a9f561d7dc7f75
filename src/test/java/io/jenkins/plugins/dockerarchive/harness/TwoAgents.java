package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hudson.FilePath;
import hudson.model.Result;
import hudson.model.Slave;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.InboundAgentExtension;

/** Two agents of a real Jenkins, {@code one} and {@code two}, each with a real engine of its own. */
final class TwoAgents implements AutoCloseable {

    private final JenkinsRule jenkins;
    private final List<TestEngine> engines;
    private final TestEngine first;
    private final TestEngine second;
    private int jobs;

    TwoAgents(JenkinsRule jenkins, InboundAgentExtension agents) throws Exception {
        this.jenkins = jenkins;
        engines = TestEngines.running();
        assumeTrue(engines.size() > 1, "needs two engines");
        first = engines.get(0);
        second = engines.stream()
                .filter(engine -> engine.store() == TestEngine.Store.CONTAINERD)
                .findFirst()
                .orElse(engines.get(1));
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (Future<Slave> agent : threads.invokeAll(List.<Callable<Slave>>of(
                    () -> agents.createAgent(jenkins, "one"), () -> agents.createAgent(jenkins, "two")))) {
                agent.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    /** The engine of agent {@code one}. */
    TestEngine first() {
        return first;
    }

    /** The engine of agent {@code two}. */
    TestEngine second() {
        return second;
    }

    TestEngine engine(String agent) {
        return agent.equals("one") ? first : second;
    }

    /** A repository that both engines lose again when the test is over. */
    String repository() {
        String name = first.uniqueName();
        second.adopt(name);
        return name;
    }

    /** A part of a Pipeline that runs on an agent, with its engine in the environment. */
    String on(String agent, String script) {
        return "node('" + agent + "') { withEnv(['DOCKER_HOST=" + engine(agent).uri() + "']) {\n" + script + "\n} }\n";
    }

    /** A job in the sandbox, so nothing that its Pipeline does has been approved by anybody. */
    WorkflowJob job(String name, String script) throws Exception {
        WorkflowJob job = jenkins.createProject(WorkflowJob.class, name);
        job.setDefinition(new CpsFlowDefinition(script, true));
        return job;
    }

    WorkflowRun success(String script) throws Exception {
        return jenkins.buildAndAssertSuccess(job("job" + ++jobs, script));
    }

    /** Runs what must fail with a sentence, and no stack trace, that has all these parts. */
    WorkflowRun failure(String script, String... parts) throws Exception {
        WorkflowRun run = jenkins.buildAndAssertStatus(Result.FAILURE, job("job" + ++jobs, script));
        String log = JenkinsRule.getLog(run);
        assertThat(log, containsString("ERROR: "));
        for (String part : parts) {
            assertThat(log, containsString(part));
        }
        assertThat(log, not(containsString("\tat ")));
        return run;
    }

    /** Nothing of ours lies beside the workspaces when steps are over. */
    void assertNothingLeft() throws Exception {
        assertThat(left(), empty());
    }

    /** What of ours lies beside the workspaces now. */
    List<String> left() throws Exception {
        List<String> left = new ArrayList<>();
        for (String agent : List.of("one", "two")) {
            FilePath workspaces = jenkins.jenkins.getNode(agent).getRootPath().child("workspace");
            if (workspaces.exists()) {
                for (FilePath file : workspaces.list("**/*@tmp/docker-archive*/**")) {
                    left.add(file.getRemote());
                }
            }
        }
        return left;
    }

    @Override
    public void close() throws Exception {
        for (TestEngine engine : engines) {
            engine.close();
        }
    }
}
