package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import hudson.model.FreeStyleBuild;
import hudson.model.FreeStyleProject;
import hudson.model.ParametersAction;
import hudson.model.ParametersDefinitionProperty;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.StringParameterDefinition;
import hudson.model.StringParameterValue;
import hudson.model.labels.LabelAtom;
import hudson.tasks.BuildTrigger;
import hudson.tasks.Builder;
import io.jenkins.plugins.dockerarchive.builders.ArchiveBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerExportBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerImportBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerLoadBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerSaveBuilder;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.IOException;
import java.util.List;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.junit.jupiter.api.Test;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** A freestyle job archives on one agent, others take the archives up on another agent. */
@WithJenkins
class FreestyleChainTest extends TwoAgentsTest {

    @Test
    void downstreamJobsTakeUpWhatAnUpstreamJobArchives() throws Exception {
        String repository = agents.repository();
        String image = repository + ":1";
        agents.first().createShellImage(image, new TestLayer().text("hello.txt", "hello"));
        String container = agents.first().createContainer(image, "cat", "/hello.txt");

        DockerSaveBuilder save = new DockerSaveBuilder("${REPOSITORY}:$VERSION");
        save.setFile("out/${JOB_NAME}-$BUILD_NUMBER.tar.gz");
        save.setArchive(true);
        DockerExportBuilder export = new DockerExportBuilder("$CONTAINER");
        export.setFile("rootfs-${VERSION}.tar");
        export.setArchive(true);
        FreeStyleProject upstream = job("build", "one", save, export);
        upstream.addProperty(new ParametersDefinitionProperty(
                new StringParameterDefinition("REPOSITORY", "none"), new StringParameterDefinition("VERSION", "none")));
        upstream.getPublishersList().add(new BuildTrigger("use", Result.SUCCESS));

        DockerLoadBuilder load = new DockerLoadBuilder(null);
        load.setBuild("upstream");
        load.setArchive("build-1.tar.gz");
        load.setImages(image);
        load.setRename(image + "=" + repository + ":of-${BUILD_NUMBER}");
        DockerImportBuilder imported = new DockerImportBuilder(null);
        imported.setProject("build");
        imported.setBuild("upstream");
        imported.setArchive("rootfs-1.tar");
        imported.setImage(repository + ":$JOB_NAME");
        imported.setChanges("LABEL job=$JOB_NAME\nENV BUILD=${BUILD_NUMBER}");
        FreeStyleProject downstream = job("use", "two", load, imported);
        jenkins.jenkins.rebuildDependencyGraph();

        FreeStyleBuild built = jenkins.assertBuildStatusSuccess(upstream.scheduleBuild2(
                0,
                new ParametersAction(
                        List.of(
                                new StringParameterValue("REPOSITORY", repository),
                                new StringParameterValue("VERSION", "1"),
                                new StringParameterValue("CONTAINER", container)),
                        List.of("CONTAINER"))));
        assertThat(
                built.getArtifacts().stream().map(Run.Artifact::getFileName).toList(),
                containsInAnyOrder("build-1.tar.gz", "rootfs-1.tar", "rootfs-1.tar.config.json"));
        jenkins.waitUntilNoActivity();
        FreeStyleBuild used = jenkins.assertBuildStatusSuccess(downstream.getLastBuild());
        assertThat(
                agents.second().run(repository + ":of-1", "cat", "/hello.txt").output(), is("hello"));
        assertThat(agents.second().run(repository + ":use").output(), is("hello"));
        String config =
                agents.second().inspectImage(repository + ":use").path("Config").toString();
        assertThat(config, containsString("\"job\":\"use\""));
        assertThat(config, containsString("\"BUILD=1\""));
        assertThat(used.getAction(ArchivesAction.class).getLoads(), hasSize(2));

        DockerLoadBuilder last = new DockerLoadBuilder(null);
        last.setProject("build");
        last.setBuild("lastSuccessful");
        last.setArchive("build-1.tar.gz");
        FreeStyleBuild taken = jenkins.buildAndAssertSuccess(job("take", "two", last));
        assertThat(agents.second().run(image, "cat", "/hello.txt").output(), is("hello"));
        assertThat(
                taken.getAction(ArchivesAction.class)
                        .getLoads()
                        .get(0)
                        .getImages()
                        .get(0)
                        .getReferences(),
                contains(image));

        // by hand there is no upstream, which is one sentence and no stack trace
        String log = JenkinsRule.getLog(jenkins.buildAndAssertStatus(Result.FAILURE, downstream));
        assertThat(log, containsString("No build whose archives this build may read has triggered it"));
        assertThat(log, not(containsString("\tat ")));
        agents.assertNothingLeft();
    }

    private FreeStyleProject job(String name, String agent, Builder... builders) throws IOException {
        FreeStyleProject job = jenkins.createFreeStyleProject(name);
        job.setAssignedLabel(new LabelAtom(agent));
        DockerServerEndpoint server =
                new DockerServerEndpoint(agents.engine(agent).uri().toString(), null);
        for (Builder builder : builders) {
            ((ArchiveBuilder<?>) builder).setDockerServer(server);
            job.getBuildersList().add(builder);
        }
        return job;
    }
}
