package io.jenkins.plugins.dockerarchive.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.EngineArchive.Wanted;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers from one machine to another, through several streams in turn. */
class BlobStreamTest {

    private static final int STREAMS = 3;

    @TempDir
    Path directory;

    private final List<ByteArrayOutputStream> stripes = new ArrayList<>();

    private Wanted file(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        Files.write(directory.resolve(name), bytes);
        return new Wanted(name, size);
    }

    private void send(List<Wanted> order) throws IOException {
        for (int i = 0; i < STREAMS; i++) {
            stripes.add(new ByteArrayOutputStream());
        }
        try (OutputInTurns out = new OutputInTurns(stripes, OutputInTurns.Reader.BY_SIZE);
                DirectoryBlobs blobs = new DirectoryBlobs(directory)) {
            BlobStream.send(blobs, order, out);
        }
    }

    private BlobStream received(List<Wanted> order) {
        List<InputStream> streams = new ArrayList<>();
        stripes.forEach(stripe -> streams.add(new ByteArrayInputStream(stripe.toByteArray())));
        return new BlobStream(new InputInTurns(streams), order);
    }

    @Test
    void blobsArriveAsTheyWereSent() throws IOException {
        int block = OutputInTurns.BLOCK;
        List<Wanted> order = List.of(
                file("small", 10), file("empty", 0), file("block", block), file("big", 7 * block + 13), file("one", 1));
        send(order);
        try (BlobStream stream = received(order)) {
            for (Wanted wanted : order) {
                byte[] bytes = stream.open(wanted.entry(), wanted.size()).readAllBytes();
                assertArrayEquals(Files.readAllBytes(directory.resolve(wanted.entry())), bytes, wanted.entry());
            }
        }
    }

    @Test
    void everyStreamCarriesItsShare() throws IOException {
        send(List.of(file("big", 30 * OutputInTurns.BLOCK)));
        for (ByteArrayOutputStream stripe : stripes) {
            assertEquals(10 * OutputInTurns.BLOCK, stripe.size());
        }
    }

    @Test
    void nothingAtAllCanBeSent() throws IOException {
        send(List.of());
        received(List.of()).close();
    }

    @Test
    void anotherBlobThanTheNextIsNotGiven() throws IOException {
        List<Wanted> order = List.of(file("a", 10), file("b", 20));
        send(order);
        BlobStream stream = received(order);
        assertThrows(ArchiveException.class, () -> stream.open("b", 20));
        BlobStream other = received(order);
        assertThrows(ArchiveException.class, () -> other.open("a", 11));
        BlobStream unread = received(order);
        unread.open("a", 10);
        assertThrows(ArchiveException.class, () -> unread.open("b", 20));
        BlobStream more = received(List.of());
        assertThrows(ArchiveException.class, () -> more.open("c", 1));
    }

    @Test
    void aStreamThatEndsTooEarlyIsAnError() throws IOException {
        send(List.of(file("a", 1000)));
        BlobStream stream = received(List.of(new Wanted("a", 2000)));
        InputStream blob = stream.open("a", 2000);
        ArchiveException failure = assertThrows(ArchiveException.class, blob::readAllBytes);
        assertTrue(failure.getMessage().contains("1000 bytes before"), failure.getMessage());
    }

    @Test
    void aBlobThatBecameShorterOrWentAwayIsNotFilledUp() throws IOException {
        file("a", 1000);
        assertThrows(ArchiveException.class, () -> send(List.of(new Wanted("a", 1001))));
        assertThrows(ArchiveException.class, () -> send(List.of(new Wanted("gone", 1))));
    }
}
