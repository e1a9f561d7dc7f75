package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.blankOrNullString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import hudson.model.Descriptor;
import io.jenkins.plugins.dockerarchive.builders.DockerExportBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerImportBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerLoadBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerSaveBuilder;
import io.jenkins.plugins.dockerarchive.config.ArchiveRetentionProperty;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.LimitSettings;
import io.jenkins.plugins.dockerarchive.config.RetentionDefaults;
import io.jenkins.plugins.dockerarchive.steps.DockerExportStep;
import io.jenkins.plugins.dockerarchive.steps.DockerImportStep;
import io.jenkins.plugins.dockerarchive.steps.DockerLoadStep;
import io.jenkins.plugins.dockerarchive.steps.DockerSaveStep;
import java.util.List;
import org.jenkinsci.plugins.structs.describable.DescribableModel;
import org.jenkinsci.plugins.structs.describable.DescribableParameter;
import org.jenkinsci.plugins.workflow.steps.Step;
import org.junit.jupiter.api.Test;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** Every step and every parameter has its help, wherever people look for it. */
@WithJenkins
class HelpTest {

    private static final List<Class<? extends Step>> STEPS =
            List.of(DockerSaveStep.class, DockerLoadStep.class, DockerExportStep.class, DockerImportStep.class);

    @Test
    void referencePageHasHelp(JenkinsRule jenkins) throws Exception {
        for (Class<? extends Step> step : STEPS) {
            DescribableModel<?> model = DescribableModel.of(step);
            assertThat(step.getSimpleName(), model.getHelp(), not(blankOrNullString()));
            for (DescribableParameter parameter : model.getParameters()) {
                assertThat(
                        step.getSimpleName() + "." + parameter.getName(),
                        parameter.getHelp(),
                        not(blankOrNullString()));
            }
        }
    }

    @Test
    void formsHaveHelp(JenkinsRule jenkins) throws Exception {
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            for (Class<? extends Step> step : STEPS) {
                Descriptor<?> descriptor = jenkins.jenkins.getDescriptorOrDie(step);
                assertThat(
                        client.goTo("descriptor/" + descriptor.getId() + "/help")
                                .asNormalizedText(),
                        not(blankOrNullString()));
                for (DescribableParameter parameter : DescribableModel.of(step).getParameters()) {
                    assertThat(
                            client.goTo("descriptor/" + descriptor.getId() + "/help/" + parameter.getName())
                                    .asNormalizedText(),
                            not(blankOrNullString()));
                }
            }
            for (Class<?> settings :
                    List.of(RetentionDefaults.class, LimitSettings.class, ArchiveRetentionProperty.class)) {
                for (DescribableParameter parameter : new DescribableModel<>(settings).getParameters()) {
                    assertHelp(client, settings, parameter.getName());
                }
            }
            for (String field : List.of("dockerServer", "testFrom", "allowedEngines", "compression", "pushLayers")) {
                assertHelp(client, DockerArchiveConfiguration.class, field);
            }
        }
    }

    private static void assertHelp(JenkinsRule.WebClient client, Class<?> type, String field) throws Exception {
        assertThat(
                type.getSimpleName() + "." + field,
                client.goTo("descriptor/" + type.getName() + "/help/" + field).asNormalizedText(),
                not(blankOrNullString()));
    }

    @Test
    void buildStepsTakeTheirNamesFromTheSteps(JenkinsRule jenkins) {
        List<Class<? extends hudson.tasks.Builder>> builders = List.of(
                DockerSaveBuilder.class, DockerLoadBuilder.class, DockerExportBuilder.class, DockerImportBuilder.class);
        for (int i = 0; i < builders.size(); i++) {
            assertThat(
                    jenkins.jenkins.getDescriptorOrDie(builders.get(i)).getDisplayName(),
                    is(jenkins.jenkins.getDescriptorOrDie(STEPS.get(i)).getDisplayName()));
        }
    }
}
