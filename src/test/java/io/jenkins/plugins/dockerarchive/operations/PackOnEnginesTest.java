package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.SmallDisk;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A layout in one file, for stores of artifacts that keep files. */
class PackOnEnginesTest extends OperationsOnEnginesTest {

    @EveryEngine
    void aPackedLayoutIsOneFileThatEveryEngineLoads(TestEngine engine) throws Exception {
        String image = image(engine, repository("app") + ":1", new TestLayer().random("data/r", 500_000, 1));
        SaveResult packed = pack(engine, Map.of("images", image, "format", "oci", "archive", true));
        Path tar = Path.of(packed.directory()).resolve(packed.file());
        assertEquals(directory.resolve("temporary").toString(), packed.directory());
        assertTrue(packed.file().endsWith(".oci.tar"), packed.file());
        assertEquals(Files.size(tar), packed.size());
        assertEquals(Checksum.of(tar), packed.sha256());
        assertTrue(entries(tar).keySet().containsAll(List.of("oci-layout", "index.json", "manifest.json")));
        assertFiles(packed, "nothing but the file, and it in no workspace");

        Files.move(tar, workspace().resolve("app.tar"));
        String saved = packed.images().get(0).references().get(0); // podman's have localhost/ before them
        for (TestEngine target : engines()) {
            load(target, "file", "app.tar", "images", saved, "sha256", packed.sha256());
            assertEquals(diffIds(engine, image), diffIds(target, saved));
        }
    }

    @EveryEngine(store = TestEngine.Store.GRAPH_DRIVER)
    void theWorkspaceHasTheLayoutWhereItIsAskedFor(TestEngine engine) throws Exception {
        String image = tiny(engine, repository("app") + ":1");
        SaveResult packed =
                pack(engine, Map.of("images", image, "format", "oci", "archive", true, "file", "out/layers"));
        assertEquals("out/layers.tar", packed.file());
        assertTrue(Files.isRegularFile(workspace().resolve("out/layers/oci-layout")));
        assertTrue(Files.notExists(workspace().resolve("out/layers.tar")));
        Files.delete(Path.of(packed.directory()).resolve(packed.file()));
        Files.delete(Path.of(packed.directory()).resolve("out"));
        load(engine, "file", "out/layers", "images", image);
    }

    @EveryEngine(store = TestEngine.Store.GRAPH_DRIVER)
    void withoutRoomForTheFileThereIsNoLayoutEither(TestEngine engine) throws Exception {
        String image = repository("big") + ":1";
        tar(
                "big.tar",
                archive(Raw.of(
                        image, new TestLayer().random("data/big", 6_000_000, 1).tar())));
        load(engine, "file", "big.tar");
        Files.delete(workspace().resolve("big.tar"));
        try (SmallDisk disk = SmallDisk.mount(directory.resolve("temporary"), "size=2m")) {
            failure(
                    () -> pack(engine, Map.of("images", image, "format", "oci", "archive", true, "file", "layers")),
                    image,
                    disk.directory().toString(),
                    "is full");
            assertFiles();
        }
    }

    private SaveResult pack(TestEngine engine, Map<String, Object> parameters)
            throws IOException, InterruptedException {
        return new SaveImages(context(engine.address()))
                .pack(SaveRequest.from(new Parameters("dockerSave", parameters)));
    }

    private void assertFiles(SaveResult packed, String what) throws Exception {
        assertTrue(files().isEmpty(), what + ": " + files());
        try (var left = Files.list(directory.resolve("temporary"))) {
            assertEquals(
                    List.of(packed.file()),
                    left.map(path -> path.getFileName().toString()).toList(),
                    what);
        }
    }
}
