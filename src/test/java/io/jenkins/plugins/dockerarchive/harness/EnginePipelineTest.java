package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hudson.FilePath;
import hudson.model.FreeStyleBuild;
import hudson.model.FreeStyleProject;
import hudson.model.Item;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.labels.LabelAtom;
import io.jenkins.plugins.dockerarchive.builders.DockerSaveBuilder;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.File;
import java.util.List;
import jenkins.model.Jenkins;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.MockAuthorizationStrategy;
import org.jvnet.hudson.test.junit.jupiter.InboundAgentExtension;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** The main job on a real Jenkins: two agents, each with a real engine of its own. */
@WithJenkins
class EnginePipelineTest {

    @RegisterExtension
    final InboundAgentExtension agents = new InboundAgentExtension();

    private JenkinsRule jenkins;
    private List<TestEngine> engines;
    private TestEngine first;
    private TestEngine second;
    private String image;

    @BeforeEach
    void setUp(JenkinsRule rule) throws Exception {
        engines = TestEngines.running();
        assumeTrue(engines.size() > 1, "needs two engines");
        first = engines.get(0);
        second = engines.stream()
                .filter(engine -> engine.store() == TestEngine.Store.CONTAINERD)
                .findFirst()
                .orElse(engines.get(1));
        image = first.uniqueName() + ":1";
        // The other engine gets images of that name, too, and shall lose them again.
        first.createShellImage(image, new TestLayer().text("hello.txt", "hello"));
        jenkins = rule;
        agents.createAgent(jenkins, "one");
        agents.createAgent(jenkins, "two");
    }

    @AfterEach
    void tearDown() throws Exception {
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
    void stashFromOneAgentToAnother() throws Exception {
        WorkflowRun run = success(on(
                        "one",
                        first,
                        "def a = dockerSave images: '" + image + "', stash: 'shop'\n"
                                + "echo \"SAVED ${a.file} ${a.size} ${a.sha256} ${a.images[0].id} ${a.skipped}\"")
                + on(
                        "two",
                        second,
                        "def l = dockerLoad stash: 'shop', images: '" + image + "'\n"
                                + "echo \"LOADED ${l.images[0].references}\""));
        assertThat(second.run(image, "cat", "/hello.txt").output(), containsString("hello"));
        assertThat(JenkinsRule.getLog(run), containsString("Saved 1 image as stash 'shop', 2 layers"));
        assertThat(JenkinsRule.getLog(run), containsString("LOADED ["));
        assertThat(run.getArtifacts(), empty());
        assertThat(new File(run.getRootDir(), "docker-archive").exists(), is(false));
        ArchiveRecord record = run.getAction(ArchivesAction.class).getArchives().get(0);
        assertThat(record.getStash(), is("shop"));
        assertThat(record.isInWorkspace(), is(false));
        nothingLeft();
    }

    @Test
    void artifactFromOneJobToAnother() throws Exception {
        WorkflowJob source = job(
                "shop-release", on("one", first, "dockerSave images: '" + image + "', archive: true, keepDays: 30"));
        Run<?, ?> built = jenkins.buildAndAssertSuccess(source);
        assertThat(built.getArtifacts(), hasSize(1));
        assertThat(JenkinsRule.getLog((WorkflowRun) built), containsString("Archived as artifact "));
        assertThat(built.getAction(ArchivesAction.class).getArchives().get(0).getKeepDays(), is(30));
        String repository = image.substring(0, image.indexOf(':'));
        success(on(
                "two",
                second,
                "dockerLoad project: 'shop-release', build: 'lastSuccessful', archive: '" + repository + "'"));
        assertThat(second.run(image, "cat", "/hello.txt").output(), containsString("hello"));
        success(on("two", second, "dockerLoad project: 'shop-release'"));
        failure(on("two", second, "dockerLoad project: 'shop-release', archive: 'other'"), "no archive 'other'");
        failure(on("two", second, "dockerLoad project: 'secret'"), "Project 'secret' has no build 'lastSuccessful'");
        failure(on("two", second, "dockerLoad project: 'shop-release', build: '7'"), "has no build '7'");
        nothingLeft();
    }

    @Test
    void whoMayNotReadAJobDoesNotGetItsArchives() throws Exception {
        WorkflowJob open = job("open", on("one", first, "dockerSave images: '" + image + "', archive: true"));
        WorkflowJob secret = job("secret", on("one", first, "dockerSave images: '" + image + "', archive: true"));
        jenkins.buildAndAssertSuccess(open);
        jenkins.buildAndAssertSuccess(secret);
        jenkins.jenkins.setSecurityRealm(jenkins.createDummySecurityRealm());
        jenkins.jenkins.setAuthorizationStrategy(new MockAuthorizationStrategy()
                .grant(Jenkins.READ)
                .everywhere()
                .toAuthenticated()
                .grant(Item.READ)
                .onItems(open)
                .toAuthenticated());
        // Nobody has said whom builds run as, so they run as the system: that must not open every job to every other.
        success(on("two", second, "dockerLoad project: 'open'"));
        failure(
                on("two", second, "dockerLoad project: 'secret'"),
                "Project 'secret' has no build 'lastSuccessful' whose archives this build may read");
        nothingLeft();
    }

    @Test
    void recordsSurviveReload() throws Exception {
        WorkflowJob source =
                job("shop", on("one", first, "dockerSave images: '" + image + "', archive: true, keepBuilds: 2"));
        Run<?, ?> built = jenkins.buildAndAssertSuccess(source);
        ArchiveRecord before =
                built.getAction(ArchivesAction.class).getArchives().get(0);
        source.doReload();
        ArchivesAction action = source.getBuildByNumber(1).getAction(ArchivesAction.class);
        assertThat(action.getArchives(), hasSize(1));
        ArchiveRecord after = action.getArchives().get(0);
        assertThat(after, is(not(before)));
        assertThat(after.getFile(), is(before.getFile()));
        assertThat(after.getSha256(), is(before.getSha256()));
        assertThat(after.getImages(), is(before.getImages()));
        assertThat(after.getKeepBuilds(), is(2));
        assertThat(after.getTime(), is(before.getTime()));
    }

    @Test
    void containerWithItsConfiguration() throws Exception {
        String container = first.createContainer(image, "cat", "/hello.txt");
        success(on(
                        "one",
                        first,
                        "def e = dockerExport container: '" + container + "', stash: 'rootfs', archive: true\n"
                                + "echo \"EXPORTED ${e.file} ${e.configFile}\"")
                + on(
                        "two",
                        second,
                        "def i = dockerImport stash: 'rootfs', image: '" + image + "'\necho \"IMPORTED ${i.id}\""));
        assertThat(second.run(image, "cat", "/hello.txt").output(), containsString("hello"));
        assertThat(second.inspectImage(image).path("Config").path("Cmd").toString(), containsString("hello.txt"));
        nothingLeft();
    }

    @Test
    void workspaceFile() throws Exception {
        success(on(
                "one",
                first,
                "dockerSave images: '" + image + "', file: 'out/shop.tar.gz'\n"
                        + "sh 'test -s out/shop.tar.gz'\n"
                        + "dockerLoad 'out/shop.tar.gz'\n"
                        + "def again = null\n"
                        + "try { dockerSave images: '" + image
                        + "', file: 'out/shop.tar.gz' } catch (e) { again = e.message }\n"
                        + "if (!again?.contains('already')) error(\"not refused: ${again}\")\n"
                        + "dockerSave images: '" + image + "', file: 'out/shop.tar.gz', overwrite: true"));
        nothingLeft();
    }

    @Test
    void namesAreUsedOnce() throws Exception {
        failure(
                on(
                        "one",
                        first,
                        "dockerSave images: '" + image + "', stash: 'shop'\n" + "dockerSave images: '" + image
                                + "', stash: 'shop'"),
                "stash 'shop' is used by another step");
        WorkflowRun run = failure(
                on(
                        "one",
                        first,
                        "dockerSave images: '" + image + "', archive: true\n" + "dockerSave images: '" + image
                                + "', archive: true"),
                "has an artifact");
        assertThat(run.getArtifacts(), hasSize(1));
        failure(on("one", first, "dockerLoad stash: 'other'"), "no stash 'other'");
        nothingLeft();
    }

    @Test
    void abortLeavesNothing() throws Exception {
        String big = first.uniqueName() + ":1";
        first.createImage(big, new TestLayer().compressible("big", 600L << 20, 1));
        WorkflowJob job = job(
                "aborted", on("one", first, "dockerSave images: '" + big + "', archive: true, compression: 'zstd'"));
        WorkflowRun run = job.scheduleBuild2(0).waitForStart();
        jenkins.waitForMessage("Sav", run);
        long begin = System.nanoTime();
        run.doStop();
        jenkins.assertBuildStatus(Result.ABORTED, jenkins.waitForCompletion(run));
        assertThat(run.getArtifacts(), empty());
        while (leftOver() && System.nanoTime() - begin < 10_000_000_000L) {
            Thread.sleep(100);
        }
        nothingLeft();
    }

    @Test
    void freestyleJob() throws Exception {
        FreeStyleProject project = jenkins.createFreeStyleProject();
        project.setAssignedLabel(new LabelAtom("one"));
        DockerSaveBuilder step = new DockerSaveBuilder(image);
        step.setFile("${JOB_NAME}.tar");
        step.setArchive(true);
        step.setDockerServer(new DockerServerEndpoint(first.uri().toString(), null));
        project.getBuildersList().add(step);
        FreeStyleBuild build = jenkins.buildAndAssertSuccess(project);
        assertThat(
                build.getArtifacts().stream().map(Run.Artifact::getFileName).toList(),
                contains(project.getName() + ".tar"));
    }

    private String on(String agent, TestEngine engine, String script) {
        return "node('" + agent + "') { withEnv(['DOCKER_HOST=" + engine.uri() + "']) {\n" + script + "\n} }\n";
    }

    private WorkflowJob job(String name, String script) throws Exception {
        WorkflowJob job = jenkins.createProject(WorkflowJob.class, name);
        job.setDefinition(new CpsFlowDefinition(script, true));
        return job;
    }

    private WorkflowRun success(String script) throws Exception {
        return jenkins.buildAndAssertSuccess(job("job" + System.nanoTime(), script));
    }

    private WorkflowRun failure(String script, String part) throws Exception {
        WorkflowRun run = jenkins.buildAndAssertStatus(Result.FAILURE, job("job" + System.nanoTime(), script));
        assertThat(JenkinsRule.getLog(run), containsString("ERROR: "));
        assertThat(JenkinsRule.getLog(run), containsString(part));
        assertThat(JenkinsRule.getLog(run), not(containsString("\tat ")));
        return run;
    }

    private boolean leftOver() throws Exception {
        for (String agent : new String[] {"one", "two"}) {
            FilePath workspaces = jenkins.jenkins.getNode(agent).getRootPath().child("workspace");
            if (workspaces.exists() && workspaces.list("*@tmp/docker-archive*/**").length > 0) {
                return true;
            }
        }
        return false;
    }

    private void nothingLeft() throws Exception {
        assertThat("temporary files on agents", leftOver(), is(false));
    }
}
