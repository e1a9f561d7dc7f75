package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hudson.model.Items;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.builds.Origin;
import io.jenkins.plugins.dockerarchive.builds.Retention;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.RetentionDefaults;
import io.jenkins.plugins.dockerarchive.operations.ArchiveFormat;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.htmlunit.HttpMethod;
import org.htmlunit.WebRequest;
import org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.MockFolder;
import org.jvnet.hudson.test.junit.jupiter.InboundAgentExtension;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** Where Jenkins keeps archives, and what becomes of them when their builds and jobs go elsewhere. */
@WithJenkins
class StorageTest {

    @RegisterExtension
    final InboundAgentExtension agents = new InboundAgentExtension();

    @TempDir
    private Path directory;

    private JenkinsRule jenkins;
    private List<TestEngine> engines;
    private TestEngine engine;
    /** Gets images by no other way than an archive. */
    private TestEngine other;

    private String repository;
    private String image;

    @BeforeEach
    void setUp(JenkinsRule rule) throws Exception {
        engines = TestEngines.running();
        assumeTrue(engines.size() > 1, "needs two engines");
        engine = engines.get(0);
        other = engines.get(1);
        repository = engine.uniqueName();
        image = repository + ":1";
        engine.createShellImage(image, new TestLayer().text("hello.txt", "hello " + System.nanoTime()));
        jenkins = rule;
        agents.createAgent(jenkins, "one");
    }

    @AfterEach
    void tearDown() throws Exception {
        if (engines.size() > 1) {
            forget();
        }
        for (TestEngine each : engines) {
            each.close();
        }
    }

    /** One Jenkins and its agent for all: most of the time of each would go into starting them. */
    @TestFactory
    Stream<DynamicTest> onOneAgent() {
        return Stream.of(
                DynamicTest.dynamicTest(
                        "stashesArePreservedForBuildsThatStartFromAStage",
                        this::stashesArePreservedForBuildsThatStartFromAStage),
                DynamicTest.dynamicTest(
                        "layersOutliveTheBuildsAndTheNamesOfTheirJob",
                        this::layersOutliveTheBuildsAndTheNamesOfTheirJob),
                // the last one, because it leaves the store of others to later builds
                DynamicTest.dynamicTest(
                        "storeOfOthersGetsWholeArchivesAndIsAskedByTheAgent",
                        this::storeOfOthersGetsWholeArchivesAndIsAskedByTheAgent));
    }

    private void storeOfOthersGetsWholeArchivesAndIsAskedByTheAgent() throws Exception {
        try (RemoteStore store = new RemoteStore(directory)) {
            WorkflowJob job = job(
                    "shop",
                    "dockerSave images: '" + image
                            + "', archive: true, file: 'out/shop.tar.gz', stash: 'shop', keepDays: 0, overwrite: true\n"
                            + "def layers = dockerSave images: '" + image
                            + "', archive: true, format: 'oci', file: 'layers', stash: 'layers', overwrite: true\n"
                            + "assert layers.file == 'layers.tar' && fileExists('layers/oci-layout')\n"
                            + onOther("dockerLoad stash: 'shop', images: '" + image + "'\n"
                                    + "dockerLoad stash: 'layers', sha256: layers.sha256, images: '" + image
                                    + "', onConflict: 'fail'"));
            WorkflowRun run = jenkins.buildAndAssertSuccess(job);
            assertThat(
                    JenkinsRule.getLog(run),
                    containsString("kept by RemoteManager: the archive goes there as a whole"));
            assertThat(
                    "nothing of them on the controller",
                    files(run.getRootDir().toPath()),
                    not(containsString("docker-archive")));
            assertThat(run.getArtifactManager().root().child("out/shop.tar.gz").isFile(), is(true));
            assertThat(
                    "a layout is one file there",
                    List.copyOf(run.getArtifactManager().root().list("layers*/**,layers*", null, true)),
                    is(List.of("layers.tar")));
            assertThat("stashes go with the build", files(directory), not(containsString("stashes/shop")));
            for (String archive : List.of("out/shop.tar.gz", "layers")) {
                assertThat(JenkinsRule.getLog(loads("shop", archive)), not(containsString(RemoteStore.SECRET)));
            }

            // what the sweep cannot do it says, and what the page cannot offer it does not
            jenkins.buildAndAssertSuccess(job); // so that the first is not the last successful one
            try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
                String due = client.goTo("manage/docker-archives/dryRun").asNormalizedText();
                assertThat(due, containsString("out/shop.tar.gz"));
                assertThat(due, containsString("RemoteManager, which deletes no single artifact"));
                String page = client.getPage(job.getBuildByNumber(1), "docker-archives/")
                        .asNormalizedText();
                assertThat(page, containsString("RemoteManager, which deletes no single artifact"));
                assertThat(page, containsString("artifact/layers.tar"));
                forget();
                try (InputStream tar = client.goTo(run.getUrl() + "docker-archives/archive/1/download", null)
                        .getWebResponse()
                        .getContentAsStream()) {
                    assertThat(other.upload("/images/load?quiet=1", tar), containsString("Loaded image"));
                }
                assertThat(other.run(image, "cat", "/hello.txt").output(), containsString("hello"));
                // earlier versions kept layouts there as they are
                ArchivesAction.of(run)
                        .add(ArchiveRecord.of(
                                new SaveResult("/ws", "old", 7, "a".repeat(64), List.of(), 7, false),
                                ArchiveFormat.OCI,
                                new Destination("old", true, null, Destination.Existing.REFUSE),
                                new Retention(null, null),
                                new Origin(null, "one")));
                client.getOptions().setThrowExceptionOnFailingStatusCode(false);
                assertThat(
                        client.getPage(run, "docker-archives/archive/2/download")
                                .getWebResponse()
                                .getContentAsString(),
                        containsString("load it with dockerLoad"));
            }
            assertThat(record(run, 0).isExpired(), is(false));
            run.delete();
            assertThat(
                    "artifacts go with the build",
                    run.getArtifactManager().root().exists(),
                    is(false));
        }
    }

    private void layersOutliveTheBuildsAndTheNamesOfTheirJob() throws Exception {
        WorkflowJob job = job("shop", "dockerSave images: '" + image + "', archive: true, format: 'oci'");
        WorkflowRun first = jenkins.buildAndAssertSuccess(job);
        WorkflowRun second = jenkins.buildAndAssertSuccess(job);
        assertThat(JenkinsRule.getLog(second), containsString("made of links"));
        List<Path> shared = layers(second);
        assertThat(shared.get(0).toString(), links(shared.get(0)), greaterThan(1));
        // another job gets none of it, though it saves the very same image
        WorkflowRun other = jenkins.buildAndAssertSuccess(
                job("other", "dockerSave images: '" + image + "', archive: true, format: 'oci'"));
        assertThat(JenkinsRule.getLog(other), not(containsString("made of links")));
        for (Path layer : layers(other)) {
            for (Path ofShop : shared) {
                assertThat(layer + " and " + ofShop, Files.isSameFile(layer, ofShop), is(false));
            }
        }
        first.delete();
        loads("shop", repository);

        job.renameTo("store");
        sharesAndLoads("store");
        MockFolder folder = jenkins.createFolder("team");
        Items.move(job, folder);
        sharesAndLoads("team/store");
        WorkflowJob moved = jenkins.jenkins.getItemByFullName("team/store", WorkflowJob.class);
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            assertThat(client.getPage(moved, "docker-archives/").asNormalizedText(), containsString(repository));
            assertThat(
                    client.getPage(moved.getBuildByNumber(2), "docker-archives/")
                            .asNormalizedText(),
                    containsString(image));
        }

        // a limit of the size counts what is shared once, wherever the job is
        RetentionDefaults defaults = new RetentionDefaults();
        defaults.setKeepBuilds(1);
        DockerArchiveConfiguration.get().setRetention(defaults);
        WorkflowRun last = jenkins.buildAndAssertSuccess(moved);
        long end = System.nanoTime() + 30_000_000_000L;
        while (!record(moved.getBuildByNumber(2), 0).isExpired()) {
            assertTrue(System.nanoTime() < end, "nothing was swept");
            Thread.sleep(20);
        }
        assertThat(record(last, 0).isExpired(), is(false));
        loads("team/store", repository);
        moved.delete();
        DockerArchiveConfiguration.get().setRetention(null);
        assertThat(Files.exists(last.getRootDir().toPath()), is(false));
    }

    private void stashesArePreservedForBuildsThatStartFromAStage() throws Exception {
        WorkflowJob job = jenkins.createProject(WorkflowJob.class, "staged");
        job.setDefinition(new CpsFlowDefinition(
                "pipeline { agent { label 'one' }\n"
                        + "environment { DOCKER_HOST = '" + engine.uri() + "' }\n"
                        + "options { preserveStashes(buildCount: 2) }\n"
                        + "stages {\n"
                        + "stage('Save') { steps { dockerSave images: '" + image + "', stash: 'shop' } }\n"
                        + "stage('Load') { steps { "
                        + onOther("dockerLoad stash: 'shop', images: '" + image + "'") + " } }\n"
                        + "} }",
                true));
        WorkflowRun first = jenkins.buildAndAssertSuccess(job);
        assertThat(files(first.getRootDir().toPath()), containsString("docker-archive/stashes/shop/oci-layout"));

        forget();
        WorkflowRun loaded = restart(first, "Load");
        assertThat(JenkinsRule.getLog(loaded), not(containsString("Saved")));
        assertThat(other.run(image, "cat", "/hello.txt").output(), containsString("hello"));
        assertThat("what is stashed is linked, not copied", links(layers(loaded).get(0)), greaterThan(2));

        // from the stage that stashes: its stash takes the place of the one that came along
        WorkflowRun saved = restart(first, "Save");
        assertThat(saved.getAction(ArchivesAction.class).getArchives(), hasSize(1));

        WorkflowRun last = jenkins.buildAndAssertSuccess(job);
        assertThat(files(last.getRootDir().toPath()), containsString("docker-archive/stashes/shop/oci-layout"));
        assertThat(
                "only the newest builds preserve theirs",
                files(first.getRootDir().toPath()),
                not(containsString("stashes/shop")));
    }

    // what is asked

    private void sharesAndLoads(String name) throws Exception {
        WorkflowJob job = jenkins.jenkins.getItemByFullName(name, WorkflowJob.class);
        WorkflowRun run = jenkins.buildAndAssertSuccess(job);
        assertThat(JenkinsRule.getLog(run), containsString("made of links"));
        loads(name, repository);
    }

    private WorkflowRun loads(String project, String archive) throws Exception {
        forget();
        WorkflowRun run = jenkins.buildAndAssertSuccess(job(
                "load" + System.nanoTime(),
                onOther("dockerLoad project: '" + project + "', archive: '" + archive + "'")));
        assertThat(other.run(image, "cat", "/hello.txt").output(), containsString("hello"));
        return run;
    }

    /** By the administrator's click on a finished build. */
    private WorkflowRun restart(WorkflowRun run, String stage) throws Exception {
        WorkflowJob job = run.getParent();
        int next = job.getNextBuildNumber();
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            WebRequest request = new WebRequest(
                    new URL(jenkins.getURL(), run.getUrl() + "restart/restartPipeline?stageName=" + stage),
                    HttpMethod.POST);
            client.addCrumb(request);
            assertThat(
                    client.getPage(request).getWebResponse().getContentAsString(),
                    containsString("\"success\":\"true\""));
        }
        jenkins.waitUntilNoActivity();
        return jenkins.assertBuildStatusSuccess(job.getBuildByNumber(next));
    }

    private String onOther(String script) {
        return "withEnv(['DOCKER_HOST=" + other.uri() + "']) {\n" + script + "\n}";
    }

    private void forget() throws Exception {
        if (other.hasImage(image)) {
            other.call("DELETE", "/images/" + image + "?force=1", null);
        }
    }

    private WorkflowJob job(String name, String script) throws Exception {
        WorkflowJob job = jenkins.createProject(WorkflowJob.class, name);
        job.setDefinition(new CpsFlowDefinition(
                "node('one') { withEnv(['DOCKER_HOST=" + engine.uri() + "']) {\n" + script + "\n} }", true));
        return job;
    }

    private static ArchiveRecord record(Run<?, ?> run, int index) {
        return run.getAction(ArchivesAction.class).getArchives().get(index);
    }

    /** Paths of all files below a directory, one a line. */
    private static String files(Path directory) throws Exception {
        try (Stream<Path> walk = Files.walk(directory)) {
            return String.join(
                    "\n",
                    walk.filter(Files::isRegularFile)
                            .map(file -> directory.relativize(file).toString())
                            .toList());
        }
    }

    /** Layers of a build on the disk, largest first. */
    private static List<Path> layers(Run<?, ?> run) throws Exception {
        try (Stream<Path> walk = Files.walk(run.getRootDir().toPath())) {
            return walk.filter(file -> file.getParent().endsWith("blobs/sha256"))
                    .sorted((one, other) ->
                            Long.compare(other.toFile().length(), one.toFile().length()))
                    .toList();
        }
    }

    private static int links(Path file) throws Exception {
        return (Integer) Files.getAttribute(file, "unix:nlink");
    }
}
