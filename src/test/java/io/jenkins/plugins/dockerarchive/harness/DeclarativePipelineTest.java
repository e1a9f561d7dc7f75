package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.config.ArchiveRetentionProperty;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.util.List;
import java.util.stream.Stream;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** The steps in declarative Pipelines. */
@WithJenkins
class DeclarativePipelineTest extends TwoAgentsTest {

    @BeforeEach
    void needDeclarativePipelines() {
        assumeTrue(
                jenkins.jenkins.getPlugin("pipeline-model-definition") != null,
                "this Jenkins has no declarative Pipelines");
    }

    /** One Jenkins and its agents for all: most of the time of each would go into starting them. */
    @TestFactory
    Stream<DynamicTest> onTwoAgents() {
        return Stream.of(
                DynamicTest.dynamicTest("stagesPassImagesAndContainers", this::stagesPassImagesAndContainers),
                DynamicTest.dynamicTest(
                        "cellsOfAMatrixHaveArchivesOfTheirOwn", this::cellsOfAMatrixHaveArchivesOfTheirOwn));
    }

    private void stagesPassImagesAndContainers() throws Exception {
        String image = agents.repository() + ":1";
        String snapshot = agents.repository() + ":snapshot";
        String renamed = agents.repository() + ":renamed";
        agents.first().createShellImage(image, new TestLayer().text("hello.txt", "hello"));
        String container = agents.first().createContainer(image, "cat", "/hello.txt");
        WorkflowRun run =
                agents.success("""
                pipeline {
                    agent none
                    options { dockerArchiveRetention(keepDays: 14, jobSize: '20 GB') }
                    stages {
                        stage('Build') {
                            agent { label 'one' }
                            environment { DOCKER_HOST = 'ENGINE-ONE' }
                            steps {
                                dockerSave images: ['IMAGE'], stash: 'shop', archive: true, keepBuilds: 5
                                dockerExport container: 'CONTAINER', stash: 'rootfs'
                                dockerSave 'IMAGE'
                                script {
                                    def again = dockerSave images: ['IMAGE'], file: 'again.tar'
                                    echo "AGAIN ${again.images[0].references} ${again.size > 0}"
                                    dockerLoad project: env.JOB_NAME, build: 1
                                }
                            }
                        }
                        stage('Use') {
                            environment { DOCKER_HOST = 'ENGINE-TWO' }
                            parallel {
                                stage('Load') {
                                    agent { label 'two' }
                                    steps { dockerLoad stash: 'shop', rename: ['IMAGE': 'RENAMED'] }
                                }
                                stage('Import') {
                                    agent { label 'two' }
                                    steps {
                                        dockerImport stash: 'rootfs', image: 'SNAPSHOT',
                                            changes: ['LABEL made=here', 'ENV A=b'],
                                            dockerServer: [uri: 'ENGINE-TWO']
                                    }
                                }
                            }
                        }
                    }
                }
                """.replace("ENGINE-ONE", agents.first().uri().toString())
                        .replace("ENGINE-TWO", agents.second().uri().toString())
                        .replace("IMAGE", image)
                        .replace("SNAPSHOT", snapshot)
                        .replace("RENAMED", renamed)
                        .replace("CONTAINER", container));
        assertThat(agents.second().run(renamed, "cat", "/hello.txt").output(), is("hello"));
        assertThat(agents.second().run(snapshot).output(), is("hello"));
        assertThat(
                agents.second()
                        .inspectImage(snapshot)
                        .path("Config")
                        .path("Labels")
                        .toString(),
                containsString("made"));
        assertThat(JenkinsRule.getLog(run), containsString("AGAIN [" + image + "] true"));
        ArchivesAction action = run.getAction(ArchivesAction.class);
        assertThat(
                action.getArchives().stream().map(ArchiveRecord::getStage).toList(),
                is(List.of("Build", "Build", "Build", "Build")));
        assertThat(
                action.getLoads().stream().map(load -> load.getStage()).toList(),
                containsInAnyOrder("Build", "Load", "Import"));
        ArchiveRetentionProperty retention = run.getParent().getProperty(ArchiveRetentionProperty.class);
        assertThat(retention, notNullValue());
        assertThat(retention.getKeepDays(), is(14));
        assertThat(retention.getJobSize(), is("20 GB"));
        agents.assertNothingLeft();
    }

    private void cellsOfAMatrixHaveArchivesOfTheirOwn() throws Exception {
        String repository = agents.repository();
        for (String agent : List.of("one", "two")) {
            agents.engine(agent)
                    .createShellImage(repository + ":" + agent, new TestLayer().text("hello.txt", "from " + agent));
        }
        WorkflowRun run =
                agents.success("""
                pipeline {
                    agent none
                    stages {
                        stage('Save') {
                            matrix {
                                axes { axis { name 'MACHINE'; values 'one', 'two' } }
                                agent { label "${MACHINE}" }
                                environment { DOCKER_HOST = "${MACHINE == 'one' ? 'ENGINE-ONE' : 'ENGINE-TWO'}" }
                                stages {
                                    stage('Archive') {
                                        steps {
                                            dockerSave images: "REPOSITORY:${MACHINE}", stash: "shop-${MACHINE}",
                                                archive: true, format: 'oci'
                                        }
                                    }
                                }
                            }
                        }
                        stage('Load') {
                            agent { label 'two' }
                            environment { DOCKER_HOST = 'ENGINE-TWO' }
                            steps {
                                dockerLoad stash: 'shop-one'
                                dockerLoad archive: 'REPOSITORY:two'
                            }
                        }
                    }
                }
                """.replace("ENGINE-ONE", agents.first().uri().toString())
                        .replace("ENGINE-TWO", agents.second().uri().toString())
                        .replace("REPOSITORY", repository));
        assertThat(agents.second().run(repository + ":one", "cat", "/hello.txt").output(), is("from one"));
        List<ArchiveRecord> archives = run.getAction(ArchivesAction.class).getArchives();
        assertThat(archives.stream().map(ArchiveRecord::getStash).toList(), containsInAnyOrder("shop-one", "shop-two"));
        assertThat(archives.stream().map(ArchiveRecord::getNode).toList(), containsInAnyOrder("one", "two"));

        // the same name in each cell: the sentence tells whose it is
        agents.failure(
                """
                pipeline {
                    agent none
                    stages {
                        stage('Save') {
                            matrix {
                                axes { axis { name 'MACHINE'; values 'one', 'two' } }
                                agent { label "${MACHINE}" }
                                environment { DOCKER_HOST = "${MACHINE == 'one' ? 'ENGINE-ONE' : 'ENGINE-TWO'}" }
                                stages {
                                    stage('Archive') {
                                        steps { dockerSave images: "REPOSITORY:${MACHINE}", stash: 'shop' }
                                    }
                                }
                            }
                        }
                    }
                }
                """.replace("ENGINE-ONE", agents.first().uri().toString())
                        .replace("ENGINE-TWO", agents.second().uri().toString())
                        .replace("REPOSITORY", repository),
                "stash 'shop' is used by another step of this build",
                "dockerSave of " + repository + ":one",
                "dockerSave of " + repository + ":two");
        assertThat(JenkinsRule.getLog(run), not(containsString("\tat ")));
        agents.assertNothingLeft();
    }
}
