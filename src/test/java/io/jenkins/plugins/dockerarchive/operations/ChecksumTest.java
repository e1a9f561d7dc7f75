package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChecksumTest {

    /** Of "abc", FIPS 180-2 B.1. */
    private static final String ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    @TempDir
    Path directory;

    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = Files.write(directory.resolve("abc"), "abc".getBytes(StandardCharsets.US_ASCII));
    }

    @AfterEach
    void clearInterrupt() {
        Thread.interrupted();
    }

    @Test
    void isThatOfTheWholeFile() throws IOException {
        assertEquals(ABC, Checksum.of(file));
    }

    @Test
    void isMadeWhileTheFileIsReadForSomethingElse() throws IOException {
        Checksum checksum = new Checksum(file);

        try (InputStream in = checksum.open()) {
            assertArrayEquals("abc".getBytes(StandardCharsets.US_ASCII), in.readAllBytes());
            assertEquals(ABC, checksum.finish());
        }
    }

    @Test
    void readsWhatWasLeftUnreadOrSkipped() throws IOException {
        Checksum checksum = new Checksum(file);

        try (InputStream in = checksum.open()) {
            assertEquals('a', in.read());
            assertEquals(1, in.skip(1));
            assertEquals(ABC, checksum.finish());
        }
    }

    @Test
    void anInterruptStopsIt() {
        Thread.currentThread().interrupt();

        assertThrows(InterruptedIOException.class, () -> Checksum.of(file));
        assertTrue(Thread.interrupted(), "still marked as interrupted");
    }

    @Test
    void aMissingFileHasNone() {
        assertThrows(NoSuchFileException.class, () -> Checksum.of(directory.resolve("absent")));
    }
}
