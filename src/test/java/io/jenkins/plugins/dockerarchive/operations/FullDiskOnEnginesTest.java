package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.SmallDisk;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An agent's disk that is full, read-only or not the agent's: real file systems, mounted for the test. */
class FullDiskOnEnginesTest extends OperationsOnEnginesTest {

    private static final String FULL = "is full: the archive needs more than the \\d+ bytes that were written, and \\d+"
            + " bytes are free; make room there and run it again\\.";

    private String big(TestEngine engine) throws Exception {
        String image = repository("big") + ":1";
        own(engine)
                .load(new io.jenkins.plugins.dockerarchive.testengines.TestImageArchive()
                        .image(List.of(image), run("x"), List.of(new TestLayer().random("data/big", 6_000_000, 1))));
        return image;
    }

    @EveryEngine
    @Tries(Fault.F6)
    void aSaveWithoutRoomSaysWhatIsFreeAndLeavesWhatWasThere(TestEngine engine) throws Exception {
        String image = big(engine);
        String small = tiny(engine, repository("small") + ":1");
        try (SmallDisk disk = SmallDisk.mount(workspace(), "size=2m")) {
            save(engine, "images", small, "file", "small.tar");
            long free = disk.free();
            for (String[] how : new String[][] {
                {"file", "big.tar"}, {"file", "big.tar.zst"}, {"file", "big.tar.gz"}, {"file", "big", "format", "oci"}
            }) {
                Object[] parameters = new Object[how.length + 2];
                parameters[0] = "images";
                parameters[1] = image;
                System.arraycopy(how, 0, parameters, 2, how.length);
                String said = failure(
                        () -> save(engine, parameters), image, workspace().toString());
                assertTrue(said.matches(".*the disk of " + workspace() + "\\S* " + FULL), said);
                assertFiles("small.tar");
            }
            assertTrue(disk.free() >= free, "all room is given back");
            Files.delete(workspace().resolve("small.tar"));
            save(engine, "images", small, "file", "small.tar");
            load(engine, "file", "small.tar");
        }
    }

    @Test
    @Tries(Fault.F6)
    void anExportWithoutRoomSaysWhatIsFreeAndLeavesNothing() throws Exception {
        TestEngine engine = engines().get(0);
        String image = big(engine);
        JsonNode made = JSON.readTree(engine.call(
                "POST", "/containers/create", JSON.valueToTree(java.util.Map.of("Image", image, "Cmd", List.of("x")))));
        String container = made.path("Id").asText();
        try (SmallDisk disk = SmallDisk.mount(workspace(), "size=1m")) {
            String said = failure(
                    () -> export(engine, "container", container, "file", "c.tar"),
                    workspace().toString());
            assertTrue(said.matches(".*the disk of " + disk.directory() + " " + FULL), said);
            assertFiles();
        } finally {
            engine.call("DELETE", "/containers/" + container + "?force=1", null);
        }
    }

    @Test
    @Tries(Fault.F18)
    void aReadOnlyWorkspaceIsNamed() throws Exception {
        TestEngine engine = engines().get(0);
        String image = tiny(engine, repository("app") + ":1");
        try (SmallDisk disk = SmallDisk.mount(workspace(), "size=2m")) {
            disk.remount("ro");
            for (String format : List.of("tar", "oci")) {
                String said = failure(
                        () -> save(engine, "images", image, "file", "a.tar", "format", format),
                        workspace().toString(),
                        "Read-only file system");
                assertEquals(1, said.lines().count());
            }
            assertFiles();
        }
    }

    /** Root may write everywhere, so the directory is one that even root cannot write into. */
    @Test
    @Tries(Fault.F18)
    void aDirectoryThatCannotBeWrittenIsNamed() throws Exception {
        TestEngine engine = engines().get(0);
        String image = tiny(engine, repository("app") + ":1");
        Path locked = Files.createDirectories(workspace().resolve("locked"));
        Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
        assertEquals(
                0, new ProcessBuilder("chattr", "+i", locked.toString()).start().waitFor(), "chattr");
        try {
            failure(() -> save(engine, "images", image, "file", "locked/a.tar"), locked.toString());
            failure(() -> save(engine, "images", image, "file", "locked/a", "format", "oci"), locked.toString());
        } finally {
            new ProcessBuilder("chattr", "-i", locked.toString()).start().waitFor();
        }
    }
}
