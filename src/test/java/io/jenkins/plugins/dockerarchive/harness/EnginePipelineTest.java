package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import hudson.model.FreeStyleBuild;
import hudson.model.FreeStyleProject;
import hudson.model.Item;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.labels.LabelAtom;
import io.jenkins.plugins.dockerarchive.builders.DockerSaveBuilder;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.File;
import java.util.stream.Stream;
import jenkins.model.Jenkins;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.MockAuthorizationStrategy;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** The main job on a real Jenkins: two agents, each with a real engine of its own. */
@WithJenkins
class EnginePipelineTest extends TwoAgentsTest {

    @TestFactory
    Stream<DynamicTest> onTwoAgents() {
        return Stream.of(
                withImage("stashFromOneAgentToAnother", this::stashFromOneAgentToAnother),
                withImage("artifactFromOneJobToAnother", this::artifactFromOneJobToAnother),
                withImage("recordsSurviveReload", this::recordsSurviveReload),
                withImage("containerWithItsConfiguration", this::containerWithItsConfiguration),
                withImage("workspaceFile", this::workspaceFile),
                withImage("namesAreUsedOnce", this::namesAreUsedOnce),
                withImage("abortLeavesNothing", this::abortLeavesNothing),
                withImage("freestyleJob", this::freestyleJob),
                // the last one, because it lets nobody do much
                withImage("whoMayNotReadAJobDoesNotGetItsArchives", this::whoMayNotReadAJobDoesNotGetItsArchives));
    }

    private void stashFromOneAgentToAnother() throws Exception {
        WorkflowRun run = agents.success(agents.on(
                        "one",
                        "def a = dockerSave images: '" + image + "', stash: 'shop'\n"
                                + "echo \"SAVED ${a.file} ${a.size} ${a.sha256} ${a.images[0].id} ${a.skipped}\"")
                + agents.on(
                        "two",
                        "def l = dockerLoad stash: 'shop', images: '" + image + "'\n"
                                + "echo \"LOADED ${l.images[0].references}\""));
        assertThat(agents.second().run(image, "cat", "/hello.txt").output(), containsString("hello"));
        assertThat(JenkinsRule.getLog(run), containsString("Saved 1 image as stash 'shop', 2 layers"));
        assertThat(JenkinsRule.getLog(run), containsString("LOADED ["));
        assertThat(run.getArtifacts(), empty());
        assertThat(new File(run.getRootDir(), "docker-archive").exists(), is(false));
        ArchiveRecord record = run.getAction(ArchivesAction.class).getArchives().get(0);
        assertThat(record.getStash(), is("shop"));
        assertThat(record.isInWorkspace(), is(false));
        agents.assertNothingLeft();
    }

    private void artifactFromOneJobToAnother() throws Exception {
        WorkflowJob source = agents.job(
                "shop-release", agents.on("one", "dockerSave images: '" + image + "', archive: true, keepDays: 30"));
        Run<?, ?> built = jenkins.buildAndAssertSuccess(source);
        assertThat(built.getArtifacts(), hasSize(1));
        assertThat(JenkinsRule.getLog((WorkflowRun) built), containsString("Archived as artifact "));
        assertThat(built.getAction(ArchivesAction.class).getArchives().get(0).getKeepDays(), is(30));
        String repository = image.substring(0, image.indexOf(':'));
        agents.success(agents.on(
                "two", "dockerLoad project: 'shop-release', build: 'lastSuccessful', archive: '" + repository + "'"));
        assertThat(agents.second().run(image, "cat", "/hello.txt").output(), containsString("hello"));
        agents.success(agents.on("two", "dockerLoad project: 'shop-release'"));
        agents.failure(agents.on("two", "dockerLoad project: 'shop-release', archive: 'other'"), "no archive 'other'");
        agents.failure(
                agents.on("two", "dockerLoad project: 'secret'"), "Project 'secret' has no build 'lastSuccessful'");
        agents.failure(agents.on("two", "dockerLoad project: 'shop-release', build: '7'"), "has no build '7'");
        agents.assertNothingLeft();
    }

    private void whoMayNotReadAJobDoesNotGetItsArchives() throws Exception {
        WorkflowJob open = agents.job("open", agents.on("one", "dockerSave images: '" + image + "', archive: true"));
        WorkflowJob secret =
                agents.job("secret", agents.on("one", "dockerSave images: '" + image + "', archive: true"));
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
        agents.success(agents.on("two", "dockerLoad project: 'open'"));
        agents.failure(
                agents.on("two", "dockerLoad project: 'secret'"),
                "Project 'secret' has no build 'lastSuccessful' whose archives this build may read");
        agents.assertNothingLeft();
    }

    private void recordsSurviveReload() throws Exception {
        WorkflowJob source = agents.job(
                "shop", agents.on("one", "dockerSave images: '" + image + "', archive: true, keepBuilds: 2"));
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

    private void containerWithItsConfiguration() throws Exception {
        String container = agents.first().createContainer(image, "cat", "/hello.txt");
        agents.success(agents.on(
                        "one",
                        "def e = dockerExport container: '" + container + "', stash: 'rootfs', archive: true\n"
                                + "echo \"EXPORTED ${e.file} ${e.configFile}\"")
                + agents.on(
                        "two",
                        "def i = dockerImport stash: 'rootfs', image: '" + image + "'\necho \"IMPORTED ${i.id}\""));
        assertThat(agents.second().run(image, "cat", "/hello.txt").output(), containsString("hello"));
        assertThat(
                agents.second().inspectImage(image).path("Config").path("Cmd").toString(), containsString("hello.txt"));
        agents.assertNothingLeft();
    }

    private void workspaceFile() throws Exception {
        agents.success(agents.on(
                "one",
                "dockerSave images: '" + image + "', file: 'out/shop.tar.gz'\n"
                        + "sh 'test -s out/shop.tar.gz'\n"
                        + "dockerLoad 'out/shop.tar.gz'\n"
                        + "def again = null\n"
                        + "try { dockerSave images: '" + image
                        + "', file: 'out/shop.tar.gz' } catch (e) { again = e.message }\n"
                        + "if (!again?.contains('already')) error(\"not refused: ${again}\")\n"
                        + "dockerSave images: '" + image + "', file: 'out/shop.tar.gz', overwrite: true"));
        agents.assertNothingLeft();
    }

    private void namesAreUsedOnce() throws Exception {
        agents.failure(
                agents.on(
                        "one",
                        "dockerSave images: '" + image + "', stash: 'shop'\n" + "dockerSave images: '" + image
                                + "', stash: 'shop'"),
                "stash 'shop' is used by another step");
        WorkflowRun run = agents.failure(
                agents.on(
                        "one",
                        "dockerSave images: '" + image + "', archive: true\n" + "dockerSave images: '" + image
                                + "', archive: true"),
                "has an artifact");
        assertThat(run.getArtifacts(), hasSize(1));
        agents.failure(agents.on("one", "dockerLoad stash: 'other'"), "no stash 'other'");
        agents.assertNothingLeft();
    }

    private void abortLeavesNothing() throws Exception {
        String big = agents.first().uniqueName() + ":1";
        agents.first().createImage(big, new TestLayer().compressible("big", 300L << 20, 1));
        WorkflowJob job = agents.job(
                "aborted", agents.on("one", "dockerSave images: '" + big + "', archive: true, compression: 'zstd'"));
        WorkflowRun run = job.scheduleBuild2(0).waitForStart();
        jenkins.waitForMessage("Sav", run);
        long begin = System.nanoTime();
        run.doStop();
        jenkins.assertBuildStatus(Result.ABORTED, jenkins.waitForCompletion(run));
        assertThat(run.getArtifacts(), empty());
        while (!agents.left().isEmpty() && System.nanoTime() - begin < 10_000_000_000L) {
            Thread.sleep(100);
        }
        agents.assertNothingLeft();
    }

    private void freestyleJob() throws Exception {
        FreeStyleProject project = jenkins.createFreeStyleProject();
        project.setAssignedLabel(new LabelAtom("one"));
        DockerSaveBuilder step = new DockerSaveBuilder(image);
        step.setFile("${JOB_NAME}.tar");
        step.setArchive(true);
        step.setDockerServer(new DockerServerEndpoint(agents.first().uri().toString(), null));
        project.getBuildersList().add(step);
        FreeStyleBuild build = jenkins.buildAndAssertSuccess(project);
        assertThat(
                build.getArtifacts().stream().map(Run.Artifact::getFileName).toList(),
                contains(project.getName() + ".tar"));
    }
}
