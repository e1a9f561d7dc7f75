package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import hudson.FilePath;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** Every parameter of dockerSave and dockerLoad does in a Pipeline what README.md says of it. */
@WithJenkins
class ImageParametersTest extends TwoAgentsTest {

    /** One Jenkins and its agents for all: most of the time of each would go into starting them. */
    @TestFactory
    Stream<DynamicTest> onTwoAgents() {
        return Stream.of(
                DynamicTest.dynamicTest("parametersOfDockerSave", this::parametersOfDockerSave),
                DynamicTest.dynamicTest("parametersOfDockerLoad", this::parametersOfDockerLoad));
    }

    private void parametersOfDockerSave() throws Exception {
        TestEngine engine = agents.first();
        String shop = agents.repository();
        String db = agents.repository() + ":2";
        engine.createImage(shop + ":latest", new TestLayer().text("hello.txt", "shop"));
        engine.createImage(shop + ":other", new TestLayer().text("hello.txt", "another tag"));
        engine.createImage(db, new TestLayer().text("hello.txt", "db"));
        String id = engine.inspectImage(db).path("Id").asText();
        // no DOCKER_HOST here: the engine is the one of the parameter
        String server = ", dockerServer: [uri: '" + engine.uri() + "']";
        WorkflowRun run = agents.success("node('one') {\n"
                + "def all = dockerSave images: '" + shop + ", " + db + "', file: 'all', compression: 'none'" + server
                + "\necho \"ALL ${all.images.collect { it.references }}\"\n"
                + "def byId = dockerSave images: ['" + id + "'], file: 'id', compression: 'gzip'" + server
                + "\necho \"ID ${byId.images[0].references}\"\n"
                + "def some = dockerSave images: ['" + shop + "', '" + shop + ":missing'], ignoreMissing: true,"
                + " file: 'all', overwrite: true, compression: 'zstd'" + server
                + "\necho \"SOME ${some.images.size()} ${some.sha256 != all.sha256}\"\n"
                + "dockerSave images: '" + shop + "', stash: 'shop', archive: true, file: 'layout', format: 'oci',"
                + " keepDays: 7, keepBuilds: 2" + server + "\n"
                + "dockerSave images: '" + db + "'" + server + "\n}");
        String log = JenkinsRule.getLog(run);
        assertThat(log, containsString("ALL [[" + shop + ":latest], [" + db + "]]"));
        assertThat(log, containsString("ID [" + db + "]"));
        assertThat(log, containsString("SOME 1 true"));
        FilePath workspace = jenkins.jenkins.getNode("one").getWorkspaceFor(run.getParent());
        assertThat(magic(workspace.child("all")), is("28b52ffd"));
        assertThat(magic(workspace.child("id")).substring(0, 4), is("1f8b"));
        assertThat(workspace.child("layout/oci-layout").exists(), is(true));
        assertThat("named after the image", workspace.list(db.replace(':', '_') + ".tar*").length, is(1));
        ArchivesAction action = run.getAction(ArchivesAction.class);
        ArchiveRecord record = action.getArchives().get(3);
        assertThat(record.getKeepDays(), is(7));
        assertThat(record.getKeepBuilds(), is(2));
        assertThat(record.getStash(), is("shop"));
        assertThat(record.isInWorkspace(), is(true));
        assertThat(
                run.getArtifacts().stream()
                        .map(Run.Artifact::getFileName)
                        .toList()
                        .contains("oci-layout"),
                is(true));

        agents.failure(
                "node('one') { dockerSave images: ['" + shop + "', '" + shop + ":missing']" + server + " }",
                shop + ":missing",
                engine.uri().toString());
        agents.failure(
                "node('one') { dockerSave images: '" + db + "', file: 'x'" + server + "\n dockerSave images: '" + db
                        + "', file: 'x'" + server + " }",
                "already");
        agents.failure(
                agents.on("one", "dockerSave images: '" + db + "', platforms: 'linux/amd64'"),
                "platforms",
                "Docker 28");
        // an engine that can choose
        agents.second().createImage(db, new TestLayer().text("hello.txt", "db"));
        agents.success(agents.on(
                "two",
                "def one = dockerSave images: '" + db + "', file: 'one', platforms: ['linux/amd64']\n"
                        + "if (one.images*.platform != ['linux/amd64']) error one.images.toString()"));
        agents.failure(
                agents.on("two", "dockerSave images: '" + db + "', file: 'arm', platforms: 'linux/arm64'"),
                "linux/arm64");
        agents.assertNothingLeft();
    }

    private void parametersOfDockerLoad() throws Exception {
        String shop = agents.repository() + ":1";
        String db = agents.repository() + ":2";
        TestEngine target = agents.second();
        agents.first().createShellImage(shop, new TestLayer().text("hello.txt", "from one"));
        agents.first().createShellImage(db, new TestLayer().text("hello.txt", "db"));
        target.createShellImage(shop, new TestLayer().text("hello.txt", "of two"));
        WorkflowRun source = agents.success(agents.on(
                "one",
                "def a = dockerSave images: ['" + shop + "', '" + db + "'], file: 'both.tar.gz', archive: true\n"
                        + "echo \"SHA ${a.sha256}\""));
        String sha256 =
                source.getAction(ArchivesAction.class).getArchives().get(0).getSha256();
        assertThat(JenkinsRule.getLog(source), containsString("SHA " + sha256));
        String project = "project: '" + source.getParent().getFullName() + "', ";
        String server = ", dockerServer: [uri: '" + target.uri() + "']";

        agents.failure(
                agents.on("two", "dockerLoad " + project + "build: '1', archive: 'both.tar.gz', onConflict: 'fail'"),
                shop);
        assertThat(target.hasImage(db), is(false));
        agents.failure(agents.on("two", "dockerLoad " + project + "images: '" + shop + "'"), db);
        agents.failure(agents.on("two", "dockerLoad " + project + "images: '" + shop + " " + db + " x:1'"), "x:1");
        agents.failure(agents.on("two", "dockerLoad " + project + "sha256: '" + "0".repeat(64) + "'"), sha256);
        agents.failure(agents.on("two", "dockerLoad " + project + "platforms: 'linux/arm64'"), "linux/arm64");
        assertThat(target.hasImage(db), is(false));

        WorkflowRun kept = agents.success("node('two') { def l = dockerLoad " + project
                + "build: 'lastCompleted', onConflict: 'keep', sha256: '" + sha256 + "', images: ['" + db + "', '"
                + shop + "'], platforms: ['linux/amd64']" + server + "\necho \"LOADED ${l.images*.references}\" }");
        assertThat(target.run(shop, "cat", "/hello.txt").output(), is("of two"));
        assertThat(target.run(db, "cat", "/hello.txt").output(), is("db"));
        assertThat(JenkinsRule.getLog(kept), containsString("LOADED [[" + db + "]]"));

        String renamed = agents.repository() + ":renamed";
        String address = jenkins.getURL() + source.getUrl() + "artifact/both.tar.gz";
        agents.success("node('two') { def l = dockerLoad url: '" + address + "', sha256: '" + sha256 + "', rename: ['"
                + shop + "': '" + renamed + "'], images: '" + shop + " " + db + "'" + server
                + "\nif (l.images.collectMany { it.references }.toSet() != ['" + renamed + "', '" + db
                + "'].toSet()) error l.toString() }");
        assertThat(target.run(renamed, "cat", "/hello.txt").output(), is("from one"));
        assertThat(target.run(shop, "cat", "/hello.txt").output(), is("of two"));

        WorkflowRun replaced = agents.success(agents.on(
                "two",
                "def l = dockerLoad " + project + "onConflict: 'replace'\necho \"REUSED ${l.images*.layersReused}\""));
        assertThat(target.run(shop, "cat", "/hello.txt").output(), is("from one"));
        assertThat(JenkinsRule.getLog(replaced), containsString("REUSED [2, 2]"));
        assertThat(
                replaced.getAction(ArchivesAction.class).getLoads().get(0).getImages().stream()
                        .flatMap(image -> image.getReferences().stream())
                        .toList(),
                containsInAnyOrder(shop, db));
        assertThat(JenkinsRule.getLog(replaced), not(containsString("ERROR")));
        agents.assertNothingLeft();
    }

    private static String magic(FilePath file) throws Exception {
        try (InputStream in = file.read()) {
            return HexFormat.of().formatHex(Arrays.copyOf(in.readNBytes(4), 4));
        }
    }
}
