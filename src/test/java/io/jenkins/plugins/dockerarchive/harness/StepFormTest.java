package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;

import hudson.model.FreeStyleProject;
import hudson.model.Item;
import io.jenkins.plugins.dockerarchive.steps.DockerExportStep;
import io.jenkins.plugins.dockerarchive.steps.DockerImportStep;
import io.jenkins.plugins.dockerarchive.steps.DockerLoadStep;
import io.jenkins.plugins.dockerarchive.steps.DockerSaveStep;
import java.util.List;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.jenkinsci.plugins.workflow.cps.SnippetizerTester;
import org.jenkinsci.plugins.workflow.steps.Step;
import org.jenkinsci.plugins.workflow.steps.StepConfigTester;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** What is configured in a form, or written in a Pipeline, is what comes back. */
@WithJenkins
class StepFormTest {

    private JenkinsRule jenkins;

    @BeforeEach
    void setUp(JenkinsRule rule) {
        jenkins = rule;
    }

    static DockerSaveStep fullSave() {
        DockerSaveStep step = new DockerSaveStep("shop:1 db:2");
        step.setFile("out/shop.tar");
        step.setArchive(true);
        step.setStash("shop");
        step.setFormat("oci");
        step.setCompression("gzip");
        step.setPlatforms("linux/amd64");
        step.setOverwrite(true);
        step.setIgnoreMissing(true);
        step.setKeepDays(30);
        step.setKeepBuilds(0);
        step.setDockerServer(new DockerServerEndpoint("tcp://engine:2376", null));
        return step;
    }

    static DockerLoadStep fullLoad() {
        DockerLoadStep step = new DockerLoadStep(null);
        step.setProject("team/shop");
        step.setBuild("lastSuccessful");
        step.setArchive("shop");
        step.setSha256("a".repeat(64));
        step.setImages("shop:1");
        step.setRename("shop:1=shop:2");
        step.setOnConflict("keep");
        step.setPlatforms("linux/amd64");
        return step;
    }

    static DockerExportStep fullExport() {
        DockerExportStep step = new DockerExportStep("shop-run");
        step.setFile("rootfs.tar.zst");
        step.setKeepConfig(false);
        step.setPause(true);
        step.setKeepDays(1);
        return step;
    }

    static DockerImportStep fullImport() {
        DockerImportStep step = new DockerImportStep("rootfs.tar");
        step.setImage("shop:restored");
        step.setChanges("ENV A=b\nUSER nobody");
        step.setMessage("restored");
        step.setPlatform("linux/arm64");
        step.setApplyConfig(false);
        return step;
    }

    @Test
    void formsKeepWhatWasSaved() throws Exception {
        List<Step> kept = roundTrip(fullSave(), fullLoad(), fullExport(), fullImport());
        jenkins.assertEqualDataBoundBeans(fullSave(), kept.get(0));
        jenkins.assertEqualDataBoundBeans(fullLoad(), kept.get(1));
        jenkins.assertEqualDataBoundBeans(fullExport(), kept.get(2));
        DockerImportStep imported = (DockerImportStep) kept.get(3);
        // Browsers end lines in their own way.
        assertThat(imported.getChanges().lines().toList(), contains("ENV A=b", "USER nobody"));
        imported.setChanges(fullImport().getChanges());
        jenkins.assertEqualDataBoundBeans(fullImport(), imported);
    }

    @Test
    void formsKeepDefaults() throws Exception {
        List<Step> kept = roundTrip(
                new DockerSaveStep("shop:1"),
                new DockerLoadStep("shop.tar"),
                new DockerExportStep("shop-run"),
                new DockerImportStep("rootfs.tar"));
        jenkins.assertEqualDataBoundBeans(new DockerSaveStep("shop:1"), kept.get(0));
        jenkins.assertEqualDataBoundBeans(new DockerLoadStep("shop.tar"), kept.get(1));
        jenkins.assertEqualDataBoundBeans(new DockerExportStep("shop-run"), kept.get(2));
        jenkins.assertEqualDataBoundBeans(new DockerImportStep("rootfs.tar"), kept.get(3));
    }

    /** As {@link StepConfigTester} does, but all in one form, because each costs seconds. */
    private List<Step> roundTrip(Step... steps) throws Exception {
        FreeStyleProject job = jenkins.createFreeStyleProject();
        for (Step step : steps) {
            job.getBuildersList().add(new StepConfigTester.StepBuilder(step));
        }
        jenkins.configRoundtrip((Item) job);
        return job.getBuildersList().stream()
                .map(builder -> ((StepConfigTester.StepBuilder) builder).s)
                .toList();
    }

    @Test
    void snippetsPrintOnlyWhatDiffers() throws Exception {
        SnippetizerTester snippets = new SnippetizerTester(jenkins);
        snippets.assertRoundTrip(new DockerSaveStep("shop:1"), "dockerSave 'shop:1'");
        DockerSaveStep stashed = new DockerSaveStep("shop:1");
        stashed.setStash("shop");
        snippets.assertRoundTrip(stashed, "dockerSave images: 'shop:1', stash: 'shop'");
        snippets.assertRoundTrip(new DockerLoadStep("shop.tar"), "dockerLoad file: 'shop.tar'");
        snippets.assertParseStep(new DockerLoadStep("shop.tar"), "dockerLoad 'shop.tar'");
        DockerLoadStep taken = new DockerLoadStep(null);
        taken.setStash("shop");
        snippets.assertRoundTrip(taken, "dockerLoad stash: 'shop'");
        snippets.assertRoundTrip(new DockerExportStep("shop-run"), "dockerExport 'shop-run'");
        DockerImportStep imported = new DockerImportStep("rootfs.tar");
        imported.setImage("shop:1");
        snippets.assertRoundTrip(imported, "dockerImport file: 'rootfs.tar', image: 'shop:1'");
    }

    @Test
    void pipelinesMayGiveListsMapsAndServers() throws Exception {
        SnippetizerTester snippets = new SnippetizerTester(jenkins);
        snippets.assertParseStep(new DockerSaveStep("shop:1\ndb:2"), "dockerSave(['shop:1', 'db:2'])");
        DockerSaveStep saved = new DockerSaveStep("shop:1\ndb:2");
        saved.setPlatforms("linux/amd64\nlinux/arm64");
        saved.setDockerServer(new DockerServerEndpoint("tcp://engine:2376", "tls"));
        snippets.assertParseStep(
                saved,
                "dockerSave images: ['shop:1', 'db:2'], platforms: ['linux/amd64', 'linux/arm64'],"
                        + " dockerServer: [uri: 'tcp://engine:2376', credentialsId: 'tls']");
        DockerLoadStep loaded = new DockerLoadStep("shop.tar");
        loaded.setRename("shop:1=shop:2\ndb:2=db:3");
        snippets.assertParseStep(loaded, "dockerLoad file: 'shop.tar', rename: ['shop:1': 'shop:2', 'db:2': 'db:3']");
        DockerImportStep imported = new DockerImportStep(null);
        imported.setUrl("https://example.com/rootfs.tar");
        imported.setImage("shop:1");
        imported.setChanges("CMD [\"/bin/sh\"]\nENV A=b");
        snippets.assertParseStep(
                imported,
                "dockerImport url: 'https://example.com/rootfs.tar', image: 'shop:1',"
                        + " changes: ['CMD [\"/bin/sh\"]', 'ENV A=b']");
    }

    @Test
    void referencePagesCanBeMade() throws Exception {
        SnippetizerTester.assertDocGeneration(DockerSaveStep.class);
        SnippetizerTester.assertDocGeneration(DockerLoadStep.class);
        SnippetizerTester.assertDocGeneration(DockerExportStep.class);
        SnippetizerTester.assertDocGeneration(DockerImportStep.class);
    }
}
