package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.FileSystemArchive;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.image.WrongArchiveException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;

class FailureTest {

    private static String of(IOException e) throws InterruptedException {
        return Failure.of("Cannot load 'a.tar'", e).getMessage();
    }

    private static byte[] tar(String... names) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            for (String name : names) {
                tar.putArchiveEntry(new TarArchiveEntry(name));
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void aSentenceThatIsOneAlreadyStaysAsItIs() throws Exception {
        OperationException known = new OperationException("Nothing to do.");

        assertSame(known, Failure.of("Cannot load", known));
        assertSame(known, Failure.of("Cannot load", new IOException("outer", known)));
    }

    @Test
    void whatIsWrongWithAnArchiveBecomesASentence() throws Exception {
        ArchiveException e = new ArchiveException("it is cut short");

        assertEquals("Cannot load 'a.tar': it is cut short.", of(e));
        assertEquals("Cannot load 'a.tar': it is cut short.", of(new IOException("while reading", e)));
    }

    @Test
    void theOtherKindOfArchiveNamesTheRightVerb() throws Exception {
        ArchiveLimits limits = ArchiveLimits.defaults();
        byte[] rootfs = tar("bin/", "etc/", "etc/passwd");
        byte[] image = tar("blobs/sha256/", "blobs/sha256/0", "manifest.json", "oci-layout");

        WrongArchiveException fileSystem = assertThrows(
                WrongArchiveException.class, () -> ImageArchive.read(new ByteArrayInputStream(rootfs), limits));
        WrongArchiveException other = assertThrows(
                WrongArchiveException.class, () -> FileSystemArchive.read(new ByteArrayInputStream(image), limits));

        assertEquals(
                "Cannot load 'a.tar': it is the file system of a container, not an image archive; use dockerImport for"
                        + " it.",
                of(fileSystem));
        assertEquals(
                "Cannot load 'a.tar': it is an image archive, not the file system of a container; use dockerLoad for"
                        + " it.",
                of(other));
    }

    @Test
    void anInterruptStaysAnInterrupt() {
        InterruptedIOException e = new InterruptedIOException("interrupted");

        assertSame(e, assertThrows(InterruptedException.class, () -> of(e)).getCause());
        assertThrows(InterruptedException.class, () -> of(new ClosedByInterruptException()));
        assertThrows(InterruptedException.class, () -> of(new IOException("outer", e)));
    }

    @Test
    void aFullDiskSaysSo() throws Exception {
        assertEquals(
                "Cannot load 'a.tar': the disk is full; make room there and run it again (No space left on device).",
                of(new IOException("No space left on device")));
        assertEquals(
                "Cannot load 'a.tar': the disk is full; make room there and run it again (/ws/a.part: No space left on"
                        + " device).",
                of(new FileSystemException("/ws/a.part", null, "No space left on device")));
    }

    @Test
    void filesThatCannotBeUsedAreNamed() throws Exception {
        assertEquals(
                "Cannot load 'a.tar': the agent's user may not access /ws/a.tar.",
                of(new AccessDeniedException("/ws/a.tar")));
        assertEquals("Cannot load 'a.tar': /ws/a.tar does not exist.", of(new NoSuchFileException("/ws/a.tar")));
        assertEquals(
                "Cannot load 'a.tar': /ws/a.tar is there already.", of(new FileAlreadyExistsException("/ws/a.tar")));
        assertEquals(
                "Cannot load 'a.tar': /ws/a.tar: Input/output error.",
                of(new FileSystemException("/ws/a.tar", null, "Input/output error")));
    }

    @Test
    void anythingElseEndsWithOneFullStop() throws Exception {
        assertEquals("Cannot load 'a.tar': it broke.", of(new IOException("it broke")));
        assertEquals("Cannot load 'a.tar': it broke.", of(new IOException("it broke.")));
        assertEquals("Cannot load 'a.tar': IOException.", of(new IOException()));
    }
}
