package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hudson.FilePath;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.InputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** A container's file system gets from one agent's engine into another's and runs there as it did. */
@WithJenkins
class PassingFileSystemsTest extends TwoAgentsTest {

    private static final String CONFIGURATION = """
            {"Entrypoint": ["cat"], "Cmd": ["/hello.txt"], "Env": ["PATH=/bin", "GREETING=good day"],
             "WorkingDir": "/srv", "User": "1000:1000", "ExposedPorts": {"8080/tcp": {}},
             "Labels": {"team": "shop floor"}, "Volumes": {"/data": {}}, "StopSignal": "SIGINT",
             "Healthcheck": {"Test": ["CMD", "cat", "/hello.txt"], "Interval": 5000000000}}
            """;

    private final ObjectMapper json = new ObjectMapper();

    /** How an archive and the configuration beside it travel. */
    private enum Way {
        STASH("stash: 'rootfs'", "", "", "stash: 'rootfs'"),
        ARTIFACT("archive: true, file: 'rootfs.tar.gz'", "", "", "archive: 'rootfs.tar.gz'"),
        FILE(
                "file: 'out/rootfs.tar'",
                "stash name: 'plain', includes: 'out/**'",
                "unstash 'plain'",
                "file: 'out/rootfs.tar', sha256: exported.sha256");

        private final String exported;
        private final String afterwards;
        private final String before;
        private final String imported;

        Way(String exported, String afterwards, String before, String imported) {
            this.exported = exported;
            this.afterwards = afterwards;
            this.before = before;
            this.imported = imported;
        }
    }

    /** One Jenkins and its agents for all: most of the time of each would go into starting them. */
    @TestFactory
    Stream<DynamicTest> onTwoAgents() {
        return Stream.of(
                DynamicTest.dynamicTest("everyWayInBothDirections", this::everyWayInBothDirections),
                DynamicTest.dynamicTest("everyParameterHasItsEffect", this::everyParameterHasItsEffect));
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
        TestEngine source = agents.engine(from);
        TestEngine target = agents.engine(to);
        String image = agents.repository() + ":1";
        String copy = agents.repository() + ":2";
        source.createImage(
                image,
                (ObjectNode) json.readTree(CONFIGURATION),
                TestEngine.shell(),
                new TestLayer().text("hello.txt", way + " from " + from));
        String container = source.createContainer(image);
        WorkflowRun run = agents.success("def exported\ndef imported\n"
                + agents.on(
                        from,
                        "deleteDir()\nexported = dockerExport container: '" + container + "', " + way.exported + "\n"
                                + way.afterwards)
                + agents.on(
                        to,
                        "deleteDir()\n" + way.before + "\nimported = dockerImport image: '" + copy + "', "
                                + way.imported)
                + """
                echo "EXPORTED ${exported.keySet().join(' ')}"
                echo "VALUES ${exported.size > 0} ${exported.stored > 0} ${exported.skipped == false} \
                ${exported.container} ${exported.sha256} ${exported.file} ${exported.configFile}"
                echo "IMPORTED ${imported.keySet().join(' ')} ${imported.id} ${imported.reference}"
                """);
        String log = JenkinsRule.getLog(run);
        assertThat(log, containsString("EXPORTED file configFile size sha256 container stored skipped\n"));
        String values = log.lines()
                .filter(line -> line.startsWith("VALUES"))
                .findFirst()
                .orElseThrow()
                .replaceAll(" +", " ");
        String file = "[\\w./-]+\\.tar(\\.\\w+)?";
        assertThat(
                values,
                matchesPattern("VALUES true true true " + container + " [0-9a-f]{64} " + file + " " + file
                        + "\\.config\\.json"));
        String id = target.inspectImage(copy).path("Id").asText();
        assertThat(log, containsString("IMPORTED id reference " + id + " " + copy + "\n"));

        assertThat(target.run(copy).output(), is(way + " from " + from));
        JsonNode before = source.inspectImage(image).path("Config");
        JsonNode after = target.inspectImage(copy).path("Config");
        json.readTree(CONFIGURATION).fieldNames().forEachRemaining(field -> {
            if (!field.equals("Healthcheck")) {
                assertThat(field, after.path(field), is(before.path(field)));
            }
        });
        assertThat(
                after.path("Healthcheck").path("Test"),
                is(before.path("Healthcheck").path("Test")));
        assertThat(
                after.path("Healthcheck").path("Interval").asLong(),
                is(before.path("Healthcheck").path("Interval").asLong()));
        ArchivesAction action = run.getAction(ArchivesAction.class);
        assertThat(action.getArchives(), hasSize(1));
        assertThat(action.getLoads(), hasSize(1));
    }

    private void everyParameterHasItsEffect() throws Exception {
        TestEngine engine = agents.second();
        String repository = agents.repository();
        String image = repository + ":1";
        engine.createImage(
                image,
                (ObjectNode) json.readTree(CONFIGURATION),
                TestEngine.shell(),
                new TestLayer().text("hello.txt", "hello"));
        String container = engine.createContainer(image);
        String server = "dockerServer: [uri: '" + engine.uri() + "']";

        WorkflowRun run = agents.success("node('two') {\n"
                + "def plain = dockerExport container: '" + container + "', file: 'rootfs', compression: 'none',"
                + " keepConfig: false, " + server + "\n"
                + "if (plain.configFile != null || fileExists('rootfs.config.json')) error 'kept'\n"
                + "dockerExport container: '" + container + "', file: 'rootfs', compression: 'gzip', overwrite: true,"
                + " archive: true, stash: 'rootfs', keepDays: 3, keepBuilds: 4, " + server + "\n"
                + "if (!fileExists('rootfs.config.json')) error 'not kept'\n"
                + "dockerImport stash: 'rootfs', image: '" + repository + ":changed', message: 'made for you', "
                + "changes: ['CMD [\"/bin/sh\", \"-c\"]', 'ENV GREETING=night EXTRA=1'], " + server + "\n"
                + "dockerImport archive: 'rootfs', image: '" + repository + ":bare', applyConfig: false, " + server
                + "\n}");
        ArchiveRecord kept = run.getAction(ArchivesAction.class).getArchives().get(1);
        assertThat(kept.getKeepDays(), is(3));
        assertThat(kept.getKeepBuilds(), is(4));
        assertThat(kept.getStash(), is("rootfs"));
        assertThat(
                run.getArtifacts().stream().map(Run.Artifact::getFileName).toList(),
                containsInAnyOrder("rootfs", "rootfs.config.json"));
        FilePath workspace = jenkins.jenkins.getNode("two").getWorkspaceFor(run.getParent());
        assertThat(magic(workspace.child("rootfs")), is("1f8b"));

        JsonNode changed = engine.inspectImage(repository + ":changed");
        assertThat(changed.path("Config").path("Cmd").toString(), is("[\"/bin/sh\",\"-c\"]"));
        assertThat(changed.path("Config").path("Entrypoint").toString(), is("[\"cat\"]"));
        assertThat(changed.path("Config").path("Env").toString(), containsString("GREETING=night"));
        assertThat(changed.path("Config").path("Env").toString(), containsString("EXTRA=1"));
        assertThat(changed.path("Config").path("Env").toString(), not(containsString("good day")));
        assertThat(
                engine.call("GET", "/images/" + repository + ":changed/history", null), containsString("made for you"));
        JsonNode bare = engine.inspectImage(repository + ":bare").path("Config");
        for (String field : List.of("Cmd", "Entrypoint", "Labels", "ExposedPorts", "Volumes", "Healthcheck")) {
            assertThat(field, bare.path(field).isEmpty(), is(true));
        }

        // the other kinds of source, and the platform, which old engines cannot choose
        String artifact = jenkins.getURL() + run.getUrl() + "artifact/rootfs";
        String build = "project: '" + run.getParent().getFullName() + "', build: '1', archive: 'rootfs'";
        agents.success(
                "node('two') { dockerImport url: '" + artifact + "', sha256: '" + kept.getSha256() + "', image: '"
                        + repository + ":url', platform: 'linux/arm64/v8', " + server + "\n"
                        + "dockerImport " + build + ", image: '" + repository + ":build', " + server + " }");
        assertThat(engine.inspectImage(repository + ":url").path("Architecture").asText(), is("arm64"));
        assertThat(engine.run(repository + ":build").output(), is("hello"));
        if (!agents.first().api().startsWith("1.5")) {
            agents.failure(
                    agents.on(
                            "one",
                            "dockerImport " + build + ", image: '" + repository + ":x', platform: 'linux/arm64'"),
                    "platform linux/arm64 cannot be set on " + agents.first().uri());
        }
        agents.failure(
                agents.on(
                        "two",
                        "dockerImport url: '" + artifact + "', sha256: '" + "0".repeat(64) + "', image: '" + repository
                                + ":x'"),
                "0".repeat(64));

        // a running container is frozen only where that is asked for
        String running = engine.createContainer(repository + ":bare", "sleep", "600");
        engine.start(running);
        long begin = System.currentTimeMillis() / 1000 - 1;
        agents.success(agents.on("two", "dockerExport container: '" + running + "', file: 'a.tar'"));
        assertThat(events(engine, running, begin), not(containsString("pause")));
        agents.success(agents.on("two", "dockerExport container: '" + running + "', file: 'a.tar', pause: true"));
        assertThat(events(engine, running, begin), containsString("pause,export,unpause"));
        assertThat(
                json.readTree(engine.call("GET", "/containers/" + running + "/json", null))
                        .path("State")
                        .path("Status")
                        .asText(),
                is("running"));
        agents.assertNothingLeft();
    }

    /** What happened to the container since then, in this order. */
    private String events(TestEngine engine, String container, long since) throws Exception {
        String answer = engine.call(
                "GET",
                "/events?since=" + since + "&until=" + (System.currentTimeMillis() / 1000 + 1)
                        + "&filters=%7B%22container%22%3A%5B%22" + container + "%22%5D%7D",
                null);
        StringBuilder actions = new StringBuilder();
        for (String line : answer.lines().toList()) {
            actions.append(json.readTree(line).path("Action").asText()).append(',');
        }
        assertThat(answer.length(), greaterThan(0));
        return actions.toString();
    }

    private static String magic(FilePath file) throws Exception {
        try (InputStream in = file.read()) {
            return HexFormat.of().formatHex(in.readNBytes(2));
        }
    }
}
