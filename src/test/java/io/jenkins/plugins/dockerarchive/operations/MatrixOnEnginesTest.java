package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What one engine saved is the same image on every other, by our load and by other people's tools. */
class MatrixOnEnginesTest extends OperationsOnEnginesTest {

    @EveryEngine
    void aSavedTarIsTheSameImageOnEveryOtherEngine(TestEngine from) throws Exception {
        String reference = image(from, repository("app") + ":1", new TestLayer().random("data/more", 200_000, 7));
        SaveResult saved = save(from, "images", reference, "file", "app.tar.zst");
        assertEquals("app.tar.zst", saved.file());
        isTheSameEverywhere(from, reference, saved);
    }

    @EveryEngine
    void aSavedLayoutIsTheSameImageOnEveryOtherEngine(TestEngine from) throws Exception {
        String reference = image(from, repository("app") + ":1", new TestLayer().random("data/more", 200_000, 7));
        SaveResult saved = save(from, "images", reference, "format", "oci", "file", "app.oci");
        assertTrue(Files.isRegularFile(workspace().resolve("app.oci/oci-layout")));
        isTheSameEverywhere(from, reference, saved);
    }

    private void isTheSameEverywhere(TestEngine from, String reference, SaveResult saved) throws Exception {
        List<String> diffIds = diffIds(from, reference);
        String config = configDigest(from, reference);
        assertEquals(3, diffIds.size());
        assertEquals(config, saved.images().get(0).id());
        assertEquals(
                diffIds,
                saved.images().get(0).layers().stream()
                        .map(SaveResult.SavedLayer::diffId)
                        .toList());
        remove(from, reference);
        String name = (isPodman(from) ? "localhost/" : "") + reference;
        for (TestEngine to : engines()) {
            LoadResult loaded = load(to, "file", saved.file(), "images", name);
            assertEquals(List.of(name), loaded.images().get(0).references(), to.name());
            assertEquals(id(to, name), loaded.images().get(0).id(), to.name());
            assertEquals(config, loaded.images().get(0).configDigest(), to.name());
            assertEquals(diffIds, diffIds(to, name), to.name());
            assertEquals(config, configDigest(to, name), to.name());
            assertEquals(List.of(reference), references(to), to.name() + " has nothing else of it");
            assertRuns(to, name);
        }
    }

    @EveryEngine(store = {TestEngine.Store.GRAPH_DRIVER, TestEngine.Store.CONTAINERD})
    void theDockerCommandLineOfEveryEngineLoadsASavedTar(TestEngine from) throws Exception {
        String reference = image(from, repository("app") + ":1");
        List<String> diffIds = diffIds(from, reference);
        save(from, "images", reference, "file", "app.tar.zst");
        String given = give("app.tar.zst");
        remove(from, reference);
        for (TestEngine to : engines()) {
            String said = shell(to, "zstd -dc " + given + " | docker load");
            assertTrue(said.contains("Loaded image: "), to.name() + " said " + said);
            assertLoaded(to, reference, diffIds);
        }
    }

    @EveryEngine(store = {TestEngine.Store.GRAPH_DRIVER, TestEngine.Store.CONTAINERD})
    void theDockerCommandLineLoadsALayoutAsATar(TestEngine from) throws Exception {
        String reference = image(from, repository("app") + ":1");
        List<String> diffIds = diffIds(from, reference);
        save(from, "images", reference, "format", "oci", "file", "app.oci", "compression", "gzip");
        Path tar = exchange("layout.tar");
        Process packing = new ProcessBuilder(
                        "tar",
                        "-cf",
                        tar.toString(),
                        "-C",
                        workspace().resolve("app.oci").toString(),
                        ".")
                .inheritIO()
                .start();
        assertEquals(0, packing.waitFor());
        remove(from, reference);
        for (TestEngine to : engines()) {
            String said = shell(to, "docker load -i " + exchanged(tar));
            assertTrue(said.contains("Loaded image: "), to.name() + " said " + said);
            assertLoaded(to, reference, diffIds);
        }
    }

    @EveryEngine(store = {TestEngine.Store.GRAPH_DRIVER, TestEngine.Store.CONTAINERD})
    void skopeoReadsBoth(TestEngine from) throws Exception {
        String reference = image(from, repository("app") + ":1");
        String config = configDigest(from, reference);
        save(from, "images", reference, "file", "app.tar", "compression", "none");
        save(from, "images", reference, "format", "oci", "file", "app.oci");
        Path layout = exchange("app.oci.tar");
        Process packing = new ProcessBuilder(
                        "tar",
                        "-cf",
                        layout.toString(),
                        "-C",
                        workspace().resolve("app.oci").toString(),
                        ".")
                .inheritIO()
                .start();
        assertEquals(0, packing.waitFor());
        TestEngine tools = engines().get(0);
        String inspected = shell(
                tools,
                "skopeo inspect --raw --config docker-archive:" + give("app.tar") + ":" + reference + " | sha256sum;"
                        + " mkdir /tmp/" + mark + "; cd /tmp/" + mark + "; tar xf " + exchanged(layout) + ";"
                        + " skopeo inspect --raw --config oci:. | sha256sum;"
                        + " skopeo copy -q oci:. oci-archive:copied.tar >&2; test -s copied.tar; rm -rf /tmp/" + mark);
        List<String> digests =
                inspected.lines().map(line -> "sha256:" + line.split(" ")[0]).toList();
        assertEquals(List.of(config, config), digests);
    }

    private void assertLoaded(TestEngine engine, String reference, List<String> diffIds) throws Exception {
        assertEquals(List.of(reference), references(engine), engine.name());
        String name = marked(engine).get(0).path("RepoTags").path(0).asText(); // podman puts a registry before it
        assertEquals(diffIds, diffIds(engine, name), engine.name());
        assertRuns(engine, name);
    }

    private static void assertRuns(TestEngine engine, String reference) throws Exception {
        if (isPodman(engine)) {
            return; // its containers do not start on every machine: docs of the test engines
        }
        TestEngine.Run run = engine.run(reference, "cat", "/data/hello");
        assertEquals("hello\n", run.output(), engine.name());
        assertEquals(0, run.exitCode(), engine.name());
    }
}
