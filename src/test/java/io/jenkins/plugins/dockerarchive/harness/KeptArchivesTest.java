package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hudson.model.Fingerprint;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.builds.LoadRecord;
import io.jenkins.plugins.dockerarchive.builds.RecordedImage;
import io.jenkins.plugins.dockerarchive.builds.RecordedLayer;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.RetentionDefaults;
import io.jenkins.plugins.dockerarchive.retention.RetentionRule;
import io.jenkins.plugins.dockerarchive.steps.DockerLoadStep;
import io.jenkins.plugins.dockerarchive.steps.DockerSaveStep;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import jenkins.branch.BranchSource;
import jenkins.scm.impl.SingleSCMSource;
import org.jenkinsci.plugins.docker.commons.fingerprint.DockerFingerprints;
import org.jenkinsci.plugins.workflow.cps.Snippetizer;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.SingleFileSCM;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** What real steps on real engines leave with their builds. */
@WithJenkins
class KeptArchivesTest extends TwoAgentsTest {

    @BeforeEach
    void needAnEngineOfEachStore() {
        assumeTrue(
                agents.first().store() == TestEngine.Store.GRAPH_DRIVER
                        && agents.second().store() == TestEngine.Store.CONTAINERD,
                "needs an engine of each store");
    }

    @TestFactory
    Stream<DynamicTest> onTwoAgents() {
        return Stream.of(
                withImage("recordsTellWhatWhoWhenAndWhence", this::recordsTellWhatWhoWhenAndWhence),
                withImage("pipelinesAndBranchesHaveRulesOfTheirOwn", this::pipelinesAndBranchesHaveRulesOfTheirOwn),
                // the last one, because it limits all jobs
                withImage("allJobsTogetherMakeRoomSoonAfterABuild", this::allJobsTogetherMakeRoomSoonAfterABuild));
    }

    private String imported() {
        return image.replace(":1", ":imported");
    }

    private void recordsTellWhatWhoWhenAndWhence() throws Exception {
        String container = agents.first().createContainer(image, "cat", "/hello.txt");
        long before = System.currentTimeMillis();
        WorkflowRun run = jenkins.buildAndAssertSuccess(agents.job(
                "shop",
                "stage('Build') {\n"
                        + agents.on(
                                "one",
                                "dockerSave images: '" + image + "', archive: true, format: 'oci', file: 'shop',"
                                        + " keepDays: 30, keepBuilds: 5\n"
                                        + "dockerSave images: '" + image + "', stash: 'shop'\n"
                                        + "dockerExport container: '" + container + "', stash: 'rootfs'")
                        + "}\nstage('Deploy') {\n"
                        + agents.on(
                                "two",
                                "dockerLoad stash: 'shop'\n"
                                        + "dockerLoad stash: 'shop'\n"
                                        + "dockerImport stash: 'rootfs', image: '" + imported() + "'")
                        + "}"));
        long after = System.currentTimeMillis();
        String config = agents.first().inspectImage(image).path("Id").asText();

        List<ArchiveRecord> archives = run.getAction(ArchivesAction.class).getArchives();
        assertThat(archives, hasSize(3));
        for (ArchiveRecord archive : archives) {
            assertThat(archive.getStage(), is("Build"));
            assertThat(archive.getNode(), is("one"));
            assertThat(archive.getTime() >= before && archive.getTime() <= after, is(true));
            assertThat(archive.getSize(), greaterThan(0L));
            assertThat(archive.getSha256(), notNullValue());
            assertThat(archive.isExpired(), is(false));
        }
        ArchiveRecord artifact = archives.get(0);
        assertThat(artifact.getVerb(), is("dockerSave"));
        assertThat(artifact.isArtifact(), is(true));
        assertThat(artifact.getFormat(), is("oci"));
        assertThat(artifact.getKeepDays(), is(30));
        assertThat(artifact.getKeepBuilds(), is(5));
        assertThat(artifact.getImages(), is(List.of(image)));
        RecordedImage saved = artifact.getDetails().get(0);
        assertThat(saved.getId(), is(config));
        assertThat(saved.getPlatform(), containsString("linux/"));
        assertThat(saved.getCreated(), not(is("")));
        assertThat(
                saved.getLayers().stream().map(RecordedLayer::getDiffId).toList(),
                is(texts(agents.first().inspectImage(image).path("RootFS").path("Layers"))));
        assertThat("nobody had them", saved.getAddedSize(), is(saved.getSize()));
        assertThat(archives.get(1).getStash(), is("shop"));
        assertThat(archives.get(1).getFormat(), is("oci"));
        assertThat("the artifact had them", archives.get(1).getDetails().get(0).getAddedSize(), is(0L));
        assertThat(archives.get(2).getVerb(), is("dockerExport"));
        assertThat(archives.get(2).getContainer(), is(container));

        List<LoadRecord> loads = run.getAction(ArchivesAction.class).getLoads();
        assertThat(loads, hasSize(3));
        for (LoadRecord load : loads) {
            assertThat(load.getStage(), is("Deploy"));
            assertThat(load.getNode(), is("two"));
            assertThat(load.getTime() >= before && load.getTime() <= after, is(true));
        }
        assertThat(loads.get(0).getSource(), is("stash 'shop'"));
        LoadRecord.Image loaded = loads.get(0).getImages().get(0);
        assertThat(loaded.getReferences(), is(List.of(image)));
        assertThat(loaded.getLayers(), is(saved.getLayers().size()));
        assertThat(loaded.getConfigDigest(), is(config));
        assertThat("this store names images by their manifests", loaded.getId(), not(is(config)));
        LoadRecord.Image again = loads.get(1).getImages().get(0);
        assertThat(again.getLayersReused(), is(again.getLayers()));
        assertThat(loads.get(2).getVerb(), is("dockerImport"));
        assertThat(loads.get(2).getSource(), is("stash 'rootfs'"));
        assertThat(loads.get(2).getImages().get(0).getReferences(), is(List.of(imported())));

        WorkflowRun other = jenkins.buildAndAssertSuccess(
                agents.job("deploy", agents.on("two", "dockerLoad project: 'shop', archive: 'shop'")));
        assertThat(
                other.getAction(ArchivesAction.class).getLoads().get(0).getSource(),
                allOf(containsString("shop"), containsString("archive")));
        Fingerprint fingerprint = DockerFingerprints.of(config);
        assertThat(fingerprint, notNullValue());
        assertThat(fingerprint.getJobs(), hasItems("shop", "deploy"));
        assertThat(fingerprint.getRangeSet("shop").includes(run.getNumber()), is(true));

        // what becomes of the files and of the name of a build
        run.setDisplayName("Release 7");
        run.getArtifactManager().delete();
        ((WorkflowJob) run.getParent()).doReload();
        WorkflowRun reloaded = ((WorkflowJob) run.getParent()).getBuildByNumber(1);
        assertThat(reloaded.getAction(ArchivesAction.class).getArchives(), hasSize(3));
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            String page = client.getPage(reloaded, "docker-archives/").asNormalizedText();
            assertThat(page, allOf(containsString("Release 7"), containsString("Missing"), containsString("Deploy")));
            assertThat(
                    client.getPage(reloaded.getParent(), "docker-archives/").asNormalizedText(),
                    containsString("Release 7"));
            assertThat(
                    client.goTo(fingerprintUrl(
                                    page,
                                    client.getPage(reloaded, "docker-archives/")
                                            .getWebResponse()
                                            .getContentAsString()))
                            .asNormalizedText(),
                    allOf(containsString("shop"), containsString("deploy")));
        }
    }

    private static String fingerprintUrl(String page, String html) {
        int start = html.indexOf("fingerprint/");
        assertTrue(start > 0, page);
        return html.substring(start, html.indexOf('"', start));
    }

    /** What the snippet generator writes, pasted. */
    private void allJobsTogetherMakeRoomSoonAfterABuild() throws Exception {
        DockerSaveStep save = new DockerSaveStep(image);
        save.setArchive(true);
        save.setFile("shop.tar.zst");
        save.setOverwrite(true);
        WorkflowJob shop = agents.job("room", agents.on("one", Snippetizer.object2Groovy(save)));
        WorkflowRun oldest = jenkins.buildAndAssertSuccess(shop);
        long size = record(oldest).getSize();
        RetentionDefaults defaults = new RetentionDefaults();
        defaults.setTotalSize(2 * size + size / 2 + " B");
        DockerArchiveConfiguration.get().setRetention(defaults);
        WorkflowRun middle = jenkins.buildAndAssertSuccess(shop);
        WorkflowRun newest = jenkins.buildAndAssertSuccess(shop);
        await(() -> record(oldest).isExpired());
        assertThat(record(oldest).getExpiredRule(), is(RetentionRule.TOTAL_SIZE));
        assertThat(oldest.getArtifacts(), empty());
        assertThat(record(middle).isExpired(), is(false));
        assertThat(record(newest).isExpired(), is(false));
        assertThat(record(newest).getExpiredRule(), nullValue());

        DockerLoadStep load = new DockerLoadStep(null);
        load.setProject("room");
        load.setBuild(String.valueOf(middle.getNumber()));
        jenkins.buildAndAssertSuccess(agents.job("room-load", agents.on("two", Snippetizer.object2Groovy(load))));
        load.setBuild(String.valueOf(oldest.getNumber()));
        WorkflowRun late = jenkins.buildAndAssertStatus(
                hudson.model.Result.FAILURE, agents.job("late", agents.on("two", Snippetizer.object2Groovy(load))));
        assertThat(JenkinsRule.getLog(late), containsString("by the rule totalSize: "));
    }

    /** Branches and Pipelines say it in their scripts. */
    private void pipelinesAndBranchesHaveRulesOfTheirOwn() throws Exception {
        String save = agents.on(
                "one", "dockerSave images: '" + image + "', archive: true, file: 'shop.tar', overwrite: true");
        RetentionDefaults defaults = new RetentionDefaults();
        defaults.setKeepBuilds(100);
        DockerArchiveConfiguration.get().setRetention(defaults);
        WorkflowMultiBranchProject shop = jenkins.createProject(WorkflowMultiBranchProject.class, "branches");
        shop.getSourcesList()
                .add(new BranchSource(new SingleSCMSource(
                        "main",
                        new SingleFileSCM(
                                "Jenkinsfile", "properties([dockerArchiveRetention(keepBuilds: 1)])\n" + save))));
        shop.scheduleBuild2(0);
        jenkins.waitUntilNoActivity();
        WorkflowJob branch = shop.getItem("main");
        WorkflowRun older = jenkins.assertBuildStatusSuccess(branch.getLastBuild());
        assertThat(older.getNumber(), is(1));
        jenkins.buildAndAssertSuccess(branch);
        await(() -> record(older).isExpired());
        assertThat(record(older).getExpiredRule(), is(RetentionRule.BUILDS));
        assertThat(record(branch.getLastBuild()).isExpired(), is(false));

        WorkflowJob pipeline = agents.job("pipeline", "properties([dockerArchiveRetention(jobSize: '1 B')])\n" + save);
        WorkflowRun large = jenkins.buildAndAssertSuccess(pipeline);
        assertThat("the last successful one", record(large).isExpired(), is(false));
        jenkins.buildAndAssertSuccess(pipeline);
        await(() -> record(large).isExpired());
        assertThat(record(large).getExpiredRule(), is(RetentionRule.JOB_SIZE));
        assertThat(record(pipeline.getLastBuild()).isExpired(), is(false));
        shop.delete();
        pipeline.delete(); // what all jobs take together is the next one's
    }

    private static ArchiveRecord record(Run<?, ?> build) {
        return build.getAction(ArchivesAction.class).getArchives().get(0);
    }

    private static void await(Callable<Boolean> done) throws Exception {
        long end = System.nanoTime() + 60_000_000_000L;
        while (!done.call()) {
            assertTrue(System.nanoTime() < end, "not within a minute");
            Thread.sleep(50);
        }
    }

    private static List<String> texts(Iterable<? extends com.fasterxml.jackson.databind.JsonNode> nodes) {
        List<String> texts = new ArrayList<>();
        nodes.forEach(node -> texts.add(node.asText()));
        return texts;
    }
}
