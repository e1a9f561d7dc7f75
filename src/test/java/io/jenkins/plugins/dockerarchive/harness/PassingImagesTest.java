package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.matchesPattern;

import hudson.model.Result;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.nio.charset.Charset;
import java.util.List;
import java.util.stream.Stream;
import org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.MockFolder;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** An image gets from one agent's engine into another's by every way that README.md names, in sandboxed Pipelines. */
@WithJenkins
class PassingImagesTest extends TwoAgentsTest {

    /** How an archive travels. */
    private enum Way {
        STASH("stash: 'shop'", "", "", "stash: 'shop'"),
        STASH_OF_TAR("stash: 'shop', file: 'out/shop.tar'", "", "", "stash: 'shop'"),
        ARTIFACT("archive: true, file: 'out/shop.tar.gz'", "", "", "archive: 'shop.tar.gz'"),
        ARTIFACT_OF_LAYERS("archive: true, format: 'oci'", "", "", "archive: '$REPOSITORY'"),
        FILE(
                "file: 'out/shop.tar.zst'",
                "stash name: 'plain', includes: 'out/**'",
                "unstash 'plain'",
                "file: 'out/shop.tar.zst', sha256: saved.sha256"),
        DIRECTORY(
                "file: 'out/shop', format: 'oci'",
                "stash name: 'plain', includes: 'out/**'",
                "unstash 'plain'",
                "file: 'out/shop'");

        private final String saved;
        private final String afterwards;
        private final String before;
        private final String loaded;

        Way(String saved, String afterwards, String before, String loaded) {
            this.saved = saved;
            this.afterwards = afterwards;
            this.before = before;
            this.loaded = loaded;
        }
    }

    /** One Jenkins and its agents for all: most of the time of each would go into starting them. */
    @TestFactory
    Stream<DynamicTest> onTwoAgents() {
        return Stream.of(
                DynamicTest.dynamicTest("everyWayInBothDirections", this::everyWayInBothDirections),
                DynamicTest.dynamicTest("branchesSaveAndLoadAtOnce", this::branchesSaveAndLoadAtOnce),
                DynamicTest.dynamicTest(
                        "namesHaveSpacesAndLettersOfAllPeoples", this::namesHaveSpacesAndLettersOfAllPeoples));
    }

    private void everyWayInBothDirections() throws Exception {
        for (List<String> direction : List.of(List.of("one", "two"), List.of("two", "one"))) {
            for (Way way : Way.values()) {
                pass(way, direction.get(0), direction.get(1));
            }
        }
        agents.assertNothingLeft();
    }

    private void pass(Way way, String from, String to) throws Exception {
        String repository = agents.repository();
        String image = repository + ":1";
        agents.engine(from).createShellImage(image, new TestLayer().text("hello.txt", way + " from " + from));
        // what the steps return is used outside of the agents, as texts, numbers, lists and maps only
        WorkflowRun run = agents.success("def saved\ndef loaded\n"
                + agents.on(
                        from,
                        "deleteDir()\nsaved = dockerSave images: ['" + image + "'], " + way.saved + "\n"
                                + way.afterwards)
                + agents.on(
                        to,
                        "deleteDir()\n" + way.before + "\nloaded = dockerLoad images: '" + image + "', "
                                + way.loaded.replace("$REPOSITORY", repository))
                + """
                def image = saved.images[0]
                echo "SAVED ${saved.keySet().join(' ')}"
                echo "IMAGE ${image.keySet().join(' ')}"
                echo "VALUES ${saved.images.size()} ${saved.size > 0} ${saved.stored > 0} ${saved.skipped == false} \
                ${saved.file} ${saved.sha256}"
                echo "OF IMAGE ${image.id} ${image.references} ${image.platform} ${image.layers}"
                def there = loaded.images[0]
                echo "LOADED ${loaded.keySet().join(' ')} ${loaded.images.size()}"
                echo "THERE ${there.keySet().join(' ')}"
                echo "OF THERE ${there.id} ${there.references} ${there.platform} ${there.layers} \
                ${there.layersReused >= 0 && there.layersReused < 2}"
                """);
        List<String> log = JenkinsRule.getLog(run).lines().toList();
        assertThat(line(log, "SAVED"), is("file size sha256 images stored skipped"));
        assertThat(line(log, "IMAGE"), is("id references platform layers"));
        assertThat(
                line(log, "VALUES"),
                matchesPattern("1 true true true \\S*shop\\S* [0-9a-f]{64}|1 true true true " + repository
                        + "\\S* [0-9a-f]{64}"));
        assertThat(line(log, "OF IMAGE"), matchesPattern("sha256:[0-9a-f]{64} \\[" + image + "\\] linux/amd64 2"));
        assertThat(line(log, "LOADED"), is("images 1"));
        assertThat(line(log, "THERE"), is("id references platform layers layersReused"));
        assertThat(line(log, "OF THERE"), matchesPattern("sha256:[0-9a-f]{64} \\[" + image + "\\] linux/amd64 2 true"));
        TestEngine target = agents.engine(to);
        assertThat(target.run(image, "cat", "/hello.txt").output(), is(way + " from " + from));
        assertThat(
                target.inspectImage(image).path("RootFS").path("Layers"),
                is(agents.engine(from).inspectImage(image).path("RootFS").path("Layers")));
        ArchivesAction action = run.getAction(ArchivesAction.class);
        assertThat(action.getArchives(), hasSize(1));
        assertThat(action.getLoads(), hasSize(1));
    }

    private static String line(List<String> log, String mark) {
        return log.stream()
                .filter(line -> line.startsWith(mark + " "))
                .map(line -> line.substring(mark.length() + 1).replaceAll(" +", " "))
                .findFirst()
                .orElse("no line " + mark);
    }

    private void branchesSaveAndLoadAtOnce() throws Exception {
        String left = agents.repository() + ":1";
        String right = agents.repository() + ":1";
        agents.first().createShellImage(left, new TestLayer().text("hello.txt", "left"));
        agents.second().createShellImage(right, new TestLayer().text("hello.txt", "right"));
        WorkflowRun run = agents.success("parallel left: { "
                + agents.on("one", "dockerSave images: '" + left + "', stash: 'left', archive: true")
                + " }, right: { "
                + agents.on("two", "dockerSave images: '" + right + "', stash: 'right', archive: true")
                + " }\nparallel left: { "
                + agents.on("one", "dockerLoad stash: 'right', images: '" + right + "'")
                + " }, right: { "
                + agents.on("two", "dockerLoad stash: 'left', images: '" + left + "'")
                + " }");
        assertThat(agents.second().run(left, "cat", "/hello.txt").output(), is("left"));
        assertThat(agents.first().run(right, "cat", "/hello.txt").output(), is("right"));
        ArchivesAction action = run.getAction(ArchivesAction.class);
        assertThat(
                action.getArchives().stream().map(ArchiveRecord::getStash).toList(),
                containsInAnyOrder("left", "right"));
        assertThat(action.getLoads(), hasSize(2));
        assertThat(run.getArtifacts(), hasSize(2));

        // One of them has to give way; whichever it is, its error names both.
        run = agents.failure(
                "parallel left: { "
                        + agents.on("one", "dockerSave images: '" + left + "', stash: 'same'")
                        + " }, right: { "
                        + agents.on("two", "dockerSave images: '" + right + "', stash: 'same'")
                        + " }",
                "stash 'same' is used by another step of this build");
        String sentence = JenkinsRule.getLog(run)
                .lines()
                .filter(line -> line.contains("stash 'same' is used"))
                .findFirst()
                .orElseThrow();
        assertThat(sentence, containsString(left));
        assertThat(sentence, containsString(right));
        assertThat(run.getAction(ArchivesAction.class).getArchives(), hasSize(1));
        agents.assertNothingLeft();
    }

    private void namesHaveSpacesAndLettersOfAllPeoples() throws Exception {
        String image = agents.repository() + ":1";
        agents.first().createShellImage(image, new TestLayer().text("hello.txt", "hello"));
        // Only where this Java can write such a file name at all: not in the C locale.
        String ship = Charset.forName(System.getProperty("sun.jnu.encoding"))
                        .newEncoder()
                        .canEncode("Ünï 船")
                ? "Ünï 船"
                : "ship";
        MockFolder folder = jenkins.createFolder("all " + ship);
        WorkflowJob job = folder.createProject(WorkflowJob.class, "to " + ship);
        job.setDefinition(new CpsFlowDefinition(
                agents.on(
                                "one",
                                "def saved = dir('sub " + ship + "') {\n"
                                        + "  dockerSave images: '" + image + "', file: 'my " + ship
                                        + "/the image.tar.gz', stash: 'stash " + ship + "', archive: true }\n"
                                        + "echo \"FILE ${saved.file}\"\n"
                                        + "if (!fileExists('sub " + ship + "/my " + ship
                                        + "/the image.tar.gz')) error('not in dir')\n"
                                        + "dockerLoad 'sub " + ship + "/my " + ship + "/the image.tar.gz'\n"
                                        + "ws(\"${pwd()} of " + ship + "\") {\n"
                                        + "  dockerSave images: '" + image
                                        + "', format: 'oci', file: 'a layout', archive: true\n"
                                        + "  dockerLoad 'a layout'\n}\n")
                        + agents.on("two", "dockerLoad stash: 'stash " + ship + "', images: '" + image + "'"),
                true));
        WorkflowRun run = jenkins.buildAndAssertSuccess(job);
        assertThat(agents.second().run(image, "cat", "/hello.txt").output(), is("hello"));
        assertThat(line(JenkinsRule.getLog(run).lines().toList(), "FILE"), is("my " + ship + "/the image.tar.gz"));
        assertThat(
                run.getArtifacts().stream()
                        .map(Run.Artifact::getFileName)
                        .toList()
                        .toString(),
                containsString("the image.tar.gz"));

        WorkflowJob asking = folder.createProject(WorkflowJob.class, "from " + ship);
        asking.setDefinition(new CpsFlowDefinition(
                agents.on(
                        "two",
                        "dockerLoad project: 'to " + ship + "', archive: 'the image.tar.gz'\n"
                                + "dockerLoad project: '/all " + ship + "/to " + ship + "', archive: 'a layout'\n"
                                + "dockerLoad project: 'no " + ship + "'"),
                true));
        run = jenkins.buildAndAssertStatus(Result.FAILURE, asking);
        assertThat(
                run.getAction(ArchivesAction.class).getLoads().stream()
                        .flatMap(load -> load.getImages().stream())
                        .flatMap(loaded -> loaded.getReferences().stream())
                        .toList(),
                contains(image, image));
        assertThat(JenkinsRule.getLog(run), containsString("Project 'no " + ship + "' has no build"));
        agents.assertNothingLeft();
    }
}
