package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.not;

import hudson.model.FreeStyleBuild;
import hudson.model.FreeStyleProject;
import hudson.model.ParametersAction;
import hudson.model.Result;
import hudson.model.StringParameterValue;
import hudson.tasks.Builder;
import io.jenkins.plugins.dockerarchive.builders.DockerExportBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerImportBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerLoadBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerSaveBuilder;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.steps.ArchiveStep;
import io.jenkins.plugins.dockerarchive.steps.DockerImportStep;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.jenkinsci.plugins.structs.describable.DescribableModel;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** The four build steps in freestyle jobs. */
@WithJenkins
class BuilderTest {

    private JenkinsRule jenkins;

    @BeforeEach
    void setUp(JenkinsRule rule) {
        jenkins = rule;
        DockerArchiveConfiguration.get().setAllowedEngines("*"); // freestyle jobs run on the built-in node here
    }

    @Test
    void formsKeepWhatWasSaved() throws Exception {
        roundTrip(alike(DockerSaveBuilder.class, StepFormTest.fullSave()));
        roundTrip(alike(DockerLoadBuilder.class, StepFormTest.fullLoad()));
        roundTrip(alike(DockerExportBuilder.class, StepFormTest.fullExport()));
        DockerImportStep imported = StepFormTest.fullImport();
        imported.setChanges("ENV A=b");
        roundTrip(alike(DockerImportBuilder.class, imported));
    }

    /** A build step takes what its Pipeline step takes, under the same names. */
    private static <B extends Builder> B alike(Class<B> type, ArchiveStep step) throws Exception {
        return new DescribableModel<>(type).instantiate(DescribableModel.uninstantiate_(step));
    }

    private void roundTrip(Builder builder) throws Exception {
        jenkins.assertEqualDataBoundBeans(builder, jenkins.configRoundtrip(builder));
    }

    @Test
    void variablesAreExpanded() throws Exception {
        DockerLoadBuilder load = new DockerLoadBuilder(null);
        load.setUrl("ftp://${HOST}/shop.tar");
        assertThat(log(load, "HOST", "example.com"), containsString("ftp://example.com/shop.tar"));
        assertThat(log(new DockerSaveBuilder("$IMAGE:x:y"), "IMAGE", "shop"), containsString("shop:x:y"));
        assertThat(
                log(new DockerExportBuilder("a b"), "IMAGE", "shop"), containsString("dockerExport: container 'a b'"));
    }

    @Test
    void theEngineOfTheControllerIsNotForJobs() throws Exception {
        DockerArchiveConfiguration.get().setAllowedEngines(null);
        DockerSaveBuilder save = new DockerSaveBuilder("shop:1");
        assertThat(log(save, "IMAGE", "shop"), containsString("on the built-in node; run the step on an agent"));
        save.setDockerServer(new DockerServerEndpoint("unix:///var/run/docker.sock", null));
        assertThat(
                log(save, "IMAGE", "shop"), containsString("jobs may not use the engine unix:///var/run/docker.sock"));
    }

    /** Wrong input, so no engine is asked. */
    private String log(Builder builder, String name, String value) throws Exception {
        FreeStyleProject job = jenkins.createFreeStyleProject();
        job.getBuildersList().add(builder);
        FreeStyleBuild build = jenkins.assertBuildStatus(
                Result.FAILURE,
                job.scheduleBuild2(
                        0,
                        new ParametersAction(
                                java.util.List.of(new StringParameterValue(name, value)), java.util.List.of(name))));
        String log = JenkinsRule.getLog(build);
        assertThat(log, not(containsString("\tat ")));
        return log;
    }
}
