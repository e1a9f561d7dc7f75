package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkspaceFileTest {

    @TempDir
    Path directory;

    private Path workspace;
    private WorkspaceFile files;

    @BeforeEach
    void makeAWorkspaceWithSomethingBesideIt() throws IOException {
        workspace = Files.createDirectory(directory.resolve("workspace"));
        files = new WorkspaceFile(workspace);
        Files.writeString(directory.resolve("secret"), "secret");
        Files.createDirectory(directory.resolve("workspace2"));
    }

    private void assertOutside(String file) {
        String message =
                assertThrows(BadInputException.class, () -> files.resolve(file)).getMessage();
        assertTrue(message.contains("is outside the workspace"), message);
        assertThrows(BadInputException.class, () -> files.existing(file));
    }

    @ParameterizedTest
    @CsvSource({
        "a.tar, a.tar",
        "x/y/a.tar, x/y/a.tar",
        "./a.tar, a.tar",
        "x/../a.tar, a.tar",
        "x//a.tar, x/a.tar",
        "..a, ..a"
    })
    void pathsInsideAreTakenAndNormalised(String file, String expected) throws IOException {
        assertEquals(workspace.resolve(expected), files.resolve(file));
    }

    @Test
    void anAbsolutePathInsideIsTaken() throws IOException {
        assertEquals(workspace.resolve("a.tar"), files.resolve(workspace + "/a.tar"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                "../secret",
                "x/../../secret",
                "/etc/passwd",
                ".",
                "",
                "x/..",
                "../workspace2/a.tar",
                "../workspace",
                "/"
            })
    void pathsOutsideAndTheWorkspaceItselfAreRefused(String file) {
        assertOutside(file);
    }

    @Test
    void linksThatLeadOutsideAreRefused() throws IOException {
        Files.createSymbolicLink(workspace.resolve("file"), directory.resolve("secret"));
        Files.createSymbolicLink(workspace.resolve("up"), directory);
        Files.createSymbolicLink(workspace.resolve("chain"), Path.of("up"));

        assertOutside("file");
        assertOutside("up/secret");
        assertOutside("up/new.tar");
        assertOutside("chain/new.tar");
        assertOutside("up/x/y/new.tar");
    }

    @Test
    void linksThatStayInsideAreTaken() throws IOException {
        Files.createDirectory(workspace.resolve("real"));
        Files.createSymbolicLink(workspace.resolve("link"), Path.of("real"));

        assertEquals(workspace.resolve("link/a.tar"), files.resolve("link/a.tar"));
    }

    @Test
    void theWorkspaceMayBeReachedThroughALink() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), workspace);
        Files.writeString(workspace.resolve("a.tar"), "x");

        assertEquals(link.resolve("a.tar"), new WorkspaceFile(link).existing("a.tar"));
        assertThrows(BadInputException.class, () -> new WorkspaceFile(link).resolve("../secret"));
    }

    @Test
    void theWorkspaceMayStillHaveToBeMade() throws IOException {
        Path absent = directory.resolve("x/absent");

        assertEquals(absent.resolve("a/b.tar"), new WorkspaceFile(absent).resolve("a/b.tar"));
        assertThrows(BadInputException.class, () -> new WorkspaceFile(absent).resolve("../../secret"));
    }

    @Test
    void whatIsNoPathIsRefusedInOneSentence() {
        String message = assertThrows(BadInputException.class, () -> files.resolve("a\u0000b"))
                .getMessage();

        assertTrue(message.contains("is not a path"), message);
        assertTrue(message.chars().noneMatch(c -> c < ' '), "one clean line");
    }

    @Test
    void aFileThatMustExistMustExist() throws IOException {
        Files.writeString(workspace.resolve("a.tar"), "x");

        assertEquals(workspace.resolve("a.tar"), files.existing("a.tar"));
        assertEquals(
                "There is no file 'b.tar' in the workspace " + workspace
                        + "; check its name and whether it was made on this node.",
                assertThrows(BadInputException.class, () -> files.existing("b.tar"))
                        .getMessage());
    }
}
