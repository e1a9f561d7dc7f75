package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;

/** A container's file system goes out and comes back as an image that runs what the container ran, on real engines. */
class ExportImportOnEnginesTest extends OperationsOnEnginesTest {

    private static final List<String> KEPT = List.of(
            "Cmd",
            "Entrypoint",
            "Env",
            "WorkingDir",
            "User",
            "ExposedPorts",
            "Labels",
            "Volumes",
            "StopSignal",
            "Healthcheck");

    private static final String GREETING = "hello \"big\" $world \\ 'it' ${x:-y} #1";

    /** A run configuration with all that is kept, in values that are hard to quote. */
    private ObjectNode config() {
        ObjectNode run = run("echo \"ran $GREETING\"; cat hello; id -u");
        run.set("Entrypoint", JSON.valueToTree(List.of("/bin/sh", "-c")));
        run.set(
                "Env",
                JSON.valueToTree(List.of(
                        "PATH=/bin", "GREETING=" + GREETING, "EMPTY=", "EQUALS=a=b=c", "UNICODE=\u00e4\u4e2d")));
        run.put("WorkingDir", "/data").put("User", "1000:1000").put("StopSignal", "SIGUSR1");
        ((ObjectNode) run.get("Labels")).put("a.b/c", "d \"e\" $f \\g").put("json", "{\"k\": [1]}");
        run.putObject("ExposedPorts").putObject("80/tcp");
        ((ObjectNode) run.get("ExposedPorts")).putObject("53/udp");
        run.putObject("Volumes").putObject("/vol ume");
        return run;
    }

    private static ObjectNode healthy(ObjectNode run) {
        ObjectNode check = run.putObject("Healthcheck");
        check.set("Test", JSON.valueToTree(List.of("CMD-SHELL", "test \"$GREETING\" || exit 1")));
        check.put("Interval", 5_000_000_000L).put("Timeout", 1_500_000_000L).put("Retries", 4);
        return run;
    }

    private String container(TestEngine engine, ObjectNode run, TestLayer... more) throws IOException {
        String reference = repository("source") + ":1";
        List<TestLayer> layers = new java.util.ArrayList<>(List.of(TestEngine.shell(), text("hello")));
        layers.addAll(List.of(more));
        own(engine).load(new TestImageArchive().image(List.of(reference), run, layers));
        return own(engine).createContainer(reference);
    }

    private static JsonNode config(TestEngine engine, String reference) throws IOException {
        return engine.inspectImage(reference).path("Config");
    }

    private String marking() {
        return "LABEL docker-archive-test=" + mark;
    }

    // the configuration

    @EveryEngine(store = {TestEngine.Store.GRAPH_DRIVER, TestEngine.Store.CONTAINERD})
    void anImportedContainerHasItsConfigurationOnEveryEngine(TestEngine from) throws Exception {
        String container = container(from, healthy(config()));
        ExportResult exported = export(from, "container", container, "file", "c.tar.zst");
        assertEquals("c.tar.zst.config.json", exported.configFile());
        JsonNode before = config(from, repository("source") + ":1");
        for (TestEngine to : engines()) {
            String image = repository("copy") + ":1";
            if (isPodman(to)) {
                failure(
                        () -> importImage(to, "file", "c.tar.zst", "image", image),
                        "HEALTHCHECK",
                        "applyConfig: false");
                assertEquals(List.of(), references(to));
                continue;
            }
            ImportResult imported = importImage(to, "file", "c.tar.zst", "image", image);
            assertEquals(image, imported.reference());
            assertEquals(id(to, image), imported.id());
            assertSameConfig(before, config(to, image), to);
            TestEngine.Run run = own(to).run(image);
            assertEquals("ran " + GREETING + "\nhello\n1000\n", run.output(), to.name());
            assertEquals(0, run.exitCode());
            remove(to, image);
        }
    }

    @EveryEngine(store = TestEngine.Store.PODMAN)
    void podmanKeepsTheConfigurationButForTheHealthCheck(TestEngine engine) throws Exception {
        String container = container(engine, config());
        JsonNode before = config(engine, "localhost/" + repository("source") + ":1");
        export(engine, "container", container, "file", "c.tar");
        String image = repository("copy") + ":1";
        importImage(engine, "file", "c.tar", "image", image);
        JsonNode after = config(engine, image);
        for (String name : List.of("Cmd", "Entrypoint", "WorkingDir", "User", "ExposedPorts", "Labels", "Volumes")) {
            assertEquals(before.path(name), after.path(name), name);
        }
        assertTrue(texts(after.path("Env")).containsAll(texts(before.path("Env"))), after.toString());
        assertEquals("10", after.path("StopSignal").asText(), "SIGUSR1 as podman writes it");
    }

    private static void assertSameConfig(JsonNode before, JsonNode after, TestEngine engine) {
        for (String name : KEPT) {
            if (name.equals("Env")) {
                assertEquals(texts(before.path(name)), texts(after.path(name)), engine.name() + " " + name);
            } else {
                assertEquals(before.path(name), after.path(name), engine.name() + " " + name);
            }
        }
    }

    private static TreeSet<String> texts(JsonNode array) {
        TreeSet<String> texts = new TreeSet<>();
        array.forEach(item -> texts.add(item.asText()));
        return texts;
    }

    @EveryEngine
    void explicitChangesWin(TestEngine engine) throws Exception {
        export(engine, "container", container(engine, config()), "file", "c.tar");
        String image = repository("copy") + ":1";
        List<String> changes = List.of(
                "CMD [\"echo changed\"]",
                "ENV GREETING=\"other words\"",
                "USER 0",
                "WORKDIR /etc",
                "LABEL json=none",
                "STOPSIGNAL SIGHUP",
                "EXPOSE 9",
                "VOLUME /other");
        importImage(engine, "file", "c.tar", "image", image, "changes", changes);
        JsonNode config = config(engine, image);
        assertEquals("[\"echo changed\"]", config.path("Cmd").toString());
        assertEquals("[\"/bin/sh\",\"-c\"]", config.path("Entrypoint").toString(), "kept");
        assertTrue(texts(config.path("Env")).contains("GREETING=other words"), config.toString());
        assertFalse(texts(config.path("Env")).contains("GREETING=" + GREETING), config.toString());
        assertTrue(texts(config.path("Env")).contains("EQUALS=a=b=c"), config.toString());
        assertEquals("0", config.path("User").asText());
        assertEquals("/etc", config.path("WorkingDir").asText());
        assertEquals("none", config.path("Labels").path("json").asText());
        assertEquals("d \"e\" $f \\g", config.path("Labels").path("a.b/c").asText());
        assertEquals(
                isPodman(engine) ? "1" : "SIGHUP", config.path("StopSignal").asText());
        assertTrue(config.path("ExposedPorts").has("9/tcp"), config.toString());
        assertTrue(config.path("Volumes").has("/other"), config.toString());
    }

    @EveryEngine
    void anotherEntrypointReplacesTheKeptOne(TestEngine engine) throws Exception {
        export(engine, "container", container(engine, config()), "file", "c.tar");
        String image = repository("copy") + ":1";
        importImage(
                engine,
                "file",
                "c.tar",
                "image",
                image,
                "changes",
                List.of("ENTRYPOINT [\"cat\"]", "CMD [\"/data/hello\"]"));
        assertEquals("[\"cat\"]", config(engine, image).path("Entrypoint").toString());
        assertEquals("[\"/data/hello\"]", config(engine, image).path("Cmd").toString());
    }

    @EveryEngine
    void theKeptConfigurationIsLeftOutWhenAskedFor(TestEngine engine) throws Exception {
        export(engine, "container", container(engine, config()), "file", "c.tar");
        String image = repository("copy") + ":1";
        importImage(engine, "file", "c.tar", "image", image, "applyConfig", "false", "changes", marking());
        JsonNode config = config(engine, image);
        assertTrue(config.path("Cmd").isEmpty(), config.toString());
        assertTrue(config.path("Entrypoint").isEmpty(), config.toString());
        assertFalse(config.toString().contains("GREETING"), config.toString());
    }

    @EveryEngine
    void noConfigurationIsKeptWhenAskedFor(TestEngine engine) throws Exception {
        String container = container(engine, config());
        ExportResult exported = export(engine, "container", container, "file", "c.tar", "keepConfig", false);
        assertNull(exported.configFile());
        assertFiles("c.tar");
        String image = repository("copy") + ":1";
        importImage(engine, "file", "c.tar", "image", image, "changes", marking());
        assertFalse(config(engine, image).toString().contains("GREETING"));
    }

    @Test
    void theConfigurationOfAnEarlierExportDoesNotStayBesideALaterOne() throws Exception {
        TestEngine engine = graph();
        export(engine, "container", container(engine, config()), "file", "c.tar");
        assertFiles("c.tar", "c.tar.config.json");
        String other = own(engine).createContainer(repository("source") + ":1", "other");
        export(engine, "container", other, "file", "c.tar", "overwrite", true, "keepConfig", false);
        assertFiles("c.tar");
        Files.writeString(workspace().resolve("d.tar.config.json"), "{}");
        failure(
                () -> export(engine, "container", other, "file", "d.tar", "keepConfig", false),
                "d.tar.config.json",
                "overwrite");
        assertFiles("c.tar", "d.tar.config.json");
    }

    @Test
    void aKeptConfigurationThatIsNoneIsRefusedBeforeTheEngineSeesAnything() throws Exception {
        TestEngine engine = graph();
        export(engine, "container", container(engine, config()), "file", "c.tar");
        remove(engine, repository("source") + ":1");
        Path kept = workspace().resolve("c.tar.config.json");
        String image = repository("copy") + ":1";
        String sound = Files.readString(kept);
        for (String tampered : List.of(
                "",
                "{",
                "[]",
                "null",
                "{\"config\":{\"Cmd\":\"x\"}}",
                "{\"config\":{\"Env\":[\"A\\nRUN x=1\"]}}",
                "{\"config\":{\"Env\":[1]}}",
                "{\"config\":{\"User\":\"x\\nRUN y\"}}",
                "{\"config\":{\"WorkingDir\":\"/x\\nRUN y\"}}",
                "{\"config\":{\"StopSignal\":\"A B\"}}",
                "{\"config\":{\"ExposedPorts\":{\"80 $x\":{}}}}",
                "{\"config\":{\"Labels\":[\"a\"]}}",
                "{\"config\":{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"x\\ny\"]}}}",
                sound.substring(0, sound.length() / 2))) {
            Files.writeString(kept, tampered);
            failure(
                    () -> importImage(engine, "file", "c.tar", "image", image, "changes", marking()),
                    "kept configuration");
            assertEquals(List.of(), references(engine), tampered);
        }
        Files.write(kept, new byte[6_000_000]);
        failure(() -> importImage(engine, "file", "c.tar", "image", image), "c.tar.config.json", "more than");
        importImage(engine, "file", "c.tar", "image", image, "applyConfig", false, "changes", marking());
    }

    // containers

    @EveryEngine(store = {TestEngine.Store.GRAPH_DRIVER, TestEngine.Store.CONTAINERD})
    void aRunningContainerRunsAgainAfterAnExportThatPausedIt(TestEngine engine) throws Exception {
        String image = image(engine, repository("source") + ":1");
        String container = own(engine).createContainer(image, "sh", "-c", "echo now >/data/made; sleep 300");
        own(engine).start(container);
        export(engine, "container", container, "file", "paused.tar", "pause", true);
        assertEquals("running", state(engine, container));
        failure(() -> export(engine, "container", container, "file", "paused.tar", "pause", true), "overwrite: true");
        assertEquals("running", state(engine, container));
    }

    @EveryEngine(store = {TestEngine.Store.GRAPH_DRIVER, TestEngine.Store.CONTAINERD})
    void whatAContainerWroteIsInItsExport(TestEngine engine) throws Exception {
        String image = image(engine, repository("source") + ":1");
        own(engine).run(image, "sh", "-c", "echo made >/data/made; ls -l /data; rm /data/hello");
        // the container of that run is the newest one
        String container =
                JSON.readTree(engine.call("GET", "/containers/json?all=1&limit=50", null)).findParents("Image").stream()
                        .filter(c -> c.path("Image").asText().equals(image))
                        .findFirst()
                        .orElseThrow()
                        .path("Id")
                        .asText();
        assertEquals("exited", state(engine, container));
        ExportResult exported = export(engine, "container", container, "file", "c.tar", "compression", "none");
        assertEquals(container, exported.container());
        assertEquals("made\n", new String(entry(workspace().resolve("c.tar"), "data/made"), StandardCharsets.UTF_8));
        String copy = repository("copy") + ":1";
        importImage(engine, "file", "c.tar", "image", copy);
        assertEquals("made\n", own(engine).run(copy, "cat", "/data/made").output());
        assertEquals(1, own(engine).run(copy, "cat", "/data/hello").exitCode(), "removed means removed");
    }

    private static String state(TestEngine engine, String container) throws IOException {
        return JSON.readTree(engine.call("GET", "/containers/" + container + "/json", null))
                .path("State")
                .path("Status")
                .asText();
    }

    @EveryEngine
    void aContainerThatIsNotThereIsNamed(TestEngine engine) throws Exception {
        String name = "no-" + mark;
        failure(
                () -> export(engine, "container", name, "file", "c.tar"),
                "no container " + name,
                engine.uri().toString());
        assertFiles();
    }

    @EveryEngine
    void theArchiveIsNamedAfterTheContainer(TestEngine engine) throws Exception {
        String container = container(engine, config());
        String name = JSON.readTree(engine.call("GET", "/containers/" + container + "/json", null))
                .path("Name")
                .asText()
                .replace("/", "");
        assertEquals(
                name + ".tar.zst",
                export(engine, "container", container.substring(0, 12)).file());
        assertEquals(
                name + ".tar.gz",
                export(engine, "container", name, "compression", "gzip").file());
        assertFiles(name + ".tar.zst", name + ".tar.zst.config.json", name + ".tar.gz", name + ".tar.gz.config.json");
        failure(() -> export(engine, "container", name, "compression", "gzip"), name + ".tar.gz", "overwrite: true");
        byte[] before = Files.readAllBytes(workspace().resolve(name + ".tar.gz"));
        export(engine, "container", name, "compression", "gzip", "overwrite", true);
        assertEquals(before.length, Files.size(workspace().resolve(name + ".tar.gz")));
    }

    @EveryEngine
    void namesAndLinksOfEveryKindSurvive(TestEngine engine) throws Exception {
        String longName = "data/" + "n".repeat(90) + "/" + "m".repeat(90) + "/\u00e4 \u4e2d.txt";
        TestLayer odd = new TestLayer()
                .text(longName, "long\n")
                .link("data/loop", "/data/../data/hello")
                .text("data/b\\s", "x");
        String container = container(engine, config(), odd);
        export(engine, "container", container, "file", "c.tar");
        String copy = repository("copy") + ":1";
        importImage(engine, "file", "c.tar", "image", copy, "changes", "USER 0");
        if (!isPodman(engine)) {
            assertEquals(
                    "long\n", own(engine).run(copy, "cat '/" + longName + "'").output());
            assertEquals("hello\n", own(engine).run(copy, "cat /data/loop").output());
            assertEquals("x", own(engine).run(copy, "cat '/data/b\\s'").output());
        }
    }

    // archives that are none

    @EveryEngine
    void whatIsNoFileSystemMakesNoImage(TestEngine engine) throws Exception {
        String image = repository("copy") + ":1";
        byte[] sound =
                new TestLayer().text("etc/a", "b").random("data", 100_000, 2).tar();
        Files.write(workspace().resolve("nothing.tar"), new byte[0]);
        Files.write(workspace().resolve("empty.tar"), new byte[10240]);
        Files.write(
                workspace().resolve("garbage.tar"),
                "this is no tar".repeat(1000).getBytes(StandardCharsets.US_ASCII));
        Files.write(workspace().resolve("cut.tar"), Arrays.copyOf(sound, sound.length / 2));
        Files.write(workspace().resolve("page.html"), "<html></html>".getBytes(StandardCharsets.US_ASCII));
        tar("outside.tar", java.util.Map.of("../../x", new byte[1]));
        Files.createDirectory(workspace().resolve("directory"));
        for (String file : List.of(
                "nothing.tar", "empty.tar", "garbage.tar", "cut.tar", "page.html", "outside.tar", "directory")) {
            failure(() -> importImage(engine, "file", file, "image", image, "changes", marking()), "'" + file + "'");
            assertFalse(logged("Importing into"), file + " was sent");
        }
        assertEquals(List.of(), references(engine));
    }

    /** The containerd store makes the image before it unpacks, and keeps what it could not unpack. */
    @EveryEngine
    void whatTheEngineCannotUnpackLeavesTheEngineAsItWas(TestEngine engine) throws Exception {
        String image = repository("copy") + ":1";
        tiny(engine, image);
        String name = (isPodman(engine) ? "localhost/" : "") + image;
        String before = id(engine, name);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            TarArchiveEntry link = new TarArchiveEntry("etc/link", TarConstants.LF_LINK);
            link.setLinkName("etc/is-not-there");
            tar.putArchiveEntry(link);
            tar.closeArchiveEntry();
        }
        Files.write(workspace().resolve("bad.tar"), bytes.toByteArray());
        failure(
                () -> importImage(engine, "file", "bad.tar", "image", name, "changes", marking()),
                "bad.tar",
                engine.uri().toString());
        assertEquals(before, id(engine, name));
        assertEquals(List.of(image), references(engine));
    }

    @EveryEngine
    void anImportMovesAReferenceInUse(TestEngine engine) throws Exception {
        String image = "localhost/" + repository("copy") + ":1";
        tiny(engine, image);
        String before = id(engine, image);
        Files.write(
                workspace().resolve("fs.tar"),
                new TestLayer().text("etc/a", "b").tar());
        ImportResult imported = importImage(engine, "file", "fs.tar", "image", image, "changes", marking());
        assertEquals(imported.id(), id(engine, image));
        assertTrue(logged("Replacing " + image + ", which was " + before), log.toString());
    }

    @EveryEngine
    void theMessageIsKept(TestEngine engine) throws Exception {
        String image = repository("copy") + ":1";
        Files.write(
                workspace().resolve("fs.tar"),
                new TestLayer().text("etc/a", "b").tar());
        importImage(engine, "file", "fs.tar", "image", image, "changes", marking(), "message", "a & b \u00e4 \"c\"");
        assertTrue(engine.call("GET", "/images/" + image + "/history", null).contains("a & b \u00e4 \\\"c\\\"")
                || engine.inspectImage(image).path("Comment").asText().equals("a & b \u00e4 \"c\""));
    }

    @EveryEngine
    void thePlatformIsSetOrRefused(TestEngine engine) throws Exception {
        String image = repository("copy") + ":1";
        Files.write(
                workspace().resolve("fs.tar"),
                new TestLayer().text("etc/a", "b").tar());
        importImage(engine, "file", "fs.tar", "image", image, "platform", "linux/amd64", "changes", marking());
        assertEquals("amd64", engine.inspectImage(image).path("Architecture").asText());
        remove(engine, image);
        if (minor(engine) < 42 && !isPodman(engine)) {
            failure(
                    () -> importImage(
                            engine, "file", "fs.tar", "image", image, "platform", "linux/arm64", "changes", marking()),
                    "platform linux/arm64",
                    "needs Docker 23");
            assertEquals(List.of(), references(engine));
        } else {
            importImage(engine, "file", "fs.tar", "image", image, "platform", "linux/arm64", "changes", marking());
            assertEquals(
                    "arm64", engine.inspectImage(image).path("Architecture").asText());
        }
    }

    // the wrong verb

    @EveryEngine
    void anImageArchiveGivenToImportIsSentToLoad(TestEngine engine) throws Exception {
        String reference = tiny(engine, repository("a") + ":1");
        save(engine, "images", reference, "file", "ours.tar.zst");
        save(engine, "images", reference, "file", "ours.oci", "format", "oci");
        plainSave(engine, workspace().resolve("plain.tar"), (isPodman(engine) ? "localhost/" : "") + reference);
        plainlyCompressed("plain.tar");
        for (String file : List.of("ours.tar.zst", "ours.oci", "plain.tar", "plain.tar.gz", "plain.tar.xz")) {
            String said = failure(
                    () -> importImage(engine, "file", file, "image", repository("b")), "'" + file + "'", "dockerLoad");
            assertTrue(said.contains("image archive"), said);
        }
        assertEquals(List.of(reference), references(engine));
    }

    @EveryEngine
    void aFileSystemGivenToLoadIsSentToImport(TestEngine engine) throws Exception {
        String container = container(engine, config());
        export(engine, "container", container, "file", "ours.tar.zst");
        plainExport(engine, workspace().resolve("plain.tar"), container);
        plainlyCompressed("plain.tar");
        for (String file : List.of("ours.tar.zst", "plain.tar", "plain.tar.gz", "plain.tar.xz")) {
            String said = failure(() -> load(engine, "file", file), "'" + file + "'", "dockerImport");
            assertTrue(said.contains("file system"), said);
        }
    }

    /** Whatever lies in a container's file system: what is no image archive is not called a broken one. */
    @Test
    void aFileSystemOfAnyContentIsSentToImport() throws Exception {
        TestEngine engine = engines().get(0);
        TestLayer brokenArchive =
                root().file("srv/x.tar.gz", new byte[] {0x1f, (byte) 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8}, 0644);
        TestLayer backslash = root().text("usr/lib/dev-disk-by\\x2duuid.mount", "x");
        TestLayer twice = root().text("srv/x", "1").text("srv/x", "2");
        TestLayer manyFiles = root();
        for (int i = 0; i < 60_000; i++) {
            manyFiles.text("srv/" + i, "");
        }
        TestLayer muchJson = root();
        byte[] json = ("{\"a\":\"" + "x".repeat(3_900_000) + "\"}").getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 6; i++) {
            muchJson.file("srv/" + i + ".json", json, 0644);
        }
        TestLayer ownManifest = root().text("srv/manifest.json", "[]");
        int i = 0;
        for (TestLayer layer : List.of(brokenArchive, backslash, twice, manyFiles, muchJson, ownManifest)) {
            String file = "fs" + i++ + ".tar";
            Files.write(workspace().resolve(file), layer.tar());
            failure(() -> load(engine, "file", file), "'" + file + "'", "dockerImport");
        }
    }

    private static TestLayer root() {
        return new TestLayer().text("bin/sh", "x").text("etc/passwd", "x");
    }

    private void plainlyCompressed(String file) throws Exception {
        for (String tool : List.of("gzip", "xz")) {
            Process process = new ProcessBuilder(
                            tool, "-1k", workspace().resolve(file).toString())
                    .inheritIO()
                    .start();
            assertEquals(0, process.waitFor());
        }
    }
}
