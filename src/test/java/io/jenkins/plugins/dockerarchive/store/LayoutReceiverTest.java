package io.jenkins.plugins.dockerarchive.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdOutputStream;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.Compression;
import io.jenkins.plugins.dockerarchive.image.Sha256;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a hostile agent may send: nothing of it becomes an archive, and no layer goes by another's name. */
@Timeout(60)
class LayoutReceiverTest {

    private static final String OTHER = "sha256:" + "ab".repeat(32);

    @TempDir
    Path directory;

    private BuildStore store;
    private byte[] layer;

    @BeforeEach
    void makeStore() throws IOException {
        store = new BuildStore(directory.resolve("build"), TestTransfer.LIMITS);
        layer = new TestLayer().text("a", "hello").tar();
    }

    /** What the agent states of a layer. */
    private record Claim(String digest, long size, String diffId, long plainSize) {
        static Claim of(byte[] bytes) {
            return new Claim(Sha256.of(bytes), bytes.length, Sha256.of(bytes), bytes.length);
        }
    }

    private static byte[] layerFrame(byte[] bytes, Claim claim) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(out);
        data.writeByte('L');
        data.writeInt(bytes.length);
        data.write(bytes);
        data.writeInt(0);
        data.writeUTF(claim.digest());
        data.writeLong(claim.size());
        data.writeUTF(claim.diffId());
        data.writeLong(claim.plainSize());
        return out.toByteArray();
    }

    private static byte[] documentsFrame(Map<String, byte[]> documents) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(out);
        data.writeByte('D');
        data.writeInt(documents.size());
        for (Map.Entry<String, byte[]> document : documents.entrySet()) {
            data.writeUTF(document.getKey());
            data.writeInt(document.getValue().length);
            data.write(document.getValue());
        }
        data.writeByte('E');
        return out.toByteArray();
    }

    private ArchiveException refused(byte[]... frames) {
        return refused(TestTransfer.LIMITS, frames);
    }

    private ArchiveException refused(ArchiveLimits limits, byte[]... frames) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            all.writeBytes(frame);
        }
        return assertThrows(
                ArchiveException.class,
                () -> new LayoutReceiver(store, List.of(), limits)
                        .receive(new ByteArrayInputStream(all.toByteArray())));
    }

    private void assertNothingLeft() throws IOException {
        assertEquals(new TreeSet<>(), TestTransfer.files(directory.resolve("build")));
        assertEquals(List.of(), store.layouts());
    }

    private static byte[] abandonedFrame(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(out);
        data.writeByte('L');
        if (bytes.length > 0) {
            data.writeInt(bytes.length);
            data.write(bytes);
        }
        data.writeInt(-1);
        return out.toByteArray();
    }

    @Test
    void ofALayerThatTheAgentAbandonsNothingIsKeptAndTheNextOnesAre() throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(zipped)) {
            gzip.write(new TestLayer().random("b", 100_000, 1).tar());
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] begun : List.of(
                new byte[0],
                Arrays.copyOf(layer, 1),
                Arrays.copyOf(layer, 700),
                layer,
                Arrays.copyOf(zipped.toByteArray(), 9),
                Arrays.copyOf(zipped.toByteArray(), 50_000))) {
            all.write(abandonedFrame(begun));
        }
        all.write(layerFrame(layer, Claim.of(layer)));
        LayoutReceiver receiver = new LayoutReceiver(store, List.of(), TestTransfer.LIMITS);
        ArchiveException end = assertThrows(
                ArchiveException.class, () -> receiver.receive(new ByteArrayInputStream(all.toByteArray())));
        assertTrue(end.getMessage().contains("stopped before"), end.getMessage());
        assertEquals(Set.of(Sha256.of(layer)), receiver.added());
        assertEquals(layer.length, receiver.stored());
        assertNotNull(store.find(Sha256.of(layer)));
        assertEquals(
                List.of(),
                TestTransfer.files(directory.resolve("build")).stream()
                        .filter(file -> file.contains(".part"))
                        .toList());
    }

    @Test
    void anAgentMayNotAbandonLayersForEver() throws IOException {
        ArchiveLimits five = new ArchiveLimits(5, 100, 4_096, 1 << 16, 1 << 20, 64, 10, 10, 50_000_000, 1000);
        byte[] frame = abandonedFrame(new byte[0]);
        ArchiveException refused = refused(five, frame, frame, frame, frame, frame, frame);
        assertTrue(refused.getMessage().contains("more than 5 layers"), refused.getMessage());
        assertNothingLeft();
    }

    @Test
    @Tries(Fault.F11)
    void aLayerWithALieIsNotKept() throws IOException {
        Claim true_ = Claim.of(layer);
        for (Claim lie : List.of(
                new Claim(OTHER, true_.size(), true_.diffId(), true_.plainSize()),
                new Claim(true_.digest(), true_.size() + 1, true_.diffId(), true_.plainSize()),
                new Claim(true_.digest(), true_.size(), OTHER, true_.plainSize()),
                new Claim(true_.digest(), true_.size(), true_.diffId(), 7),
                new Claim("../../x", true_.size(), true_.diffId(), true_.plainSize()))) {
            ArchiveException refused = refused(layerFrame(layer, lie));
            assertTrue(refused.getMessage().contains("the agent states"), refused.getMessage());
            assertNothingLeft();
            assertNull(store.find(true_.diffId()));
            assertNull(store.find(OTHER));
        }
    }

    /** The poison would be to be taken for another layer by a later build. */
    @Test
    @Tries(Fault.F11)
    void aCompressedLayerIsKnownByWhatItDecompressesTo() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (ZstdOutputStream zstd = new ZstdOutputStream(packed)) {
            zstd.write(layer);
        }
        byte[] bytes = packed.toByteArray();
        refused(layerFrame(bytes, new Claim(Sha256.of(bytes), bytes.length, OTHER, layer.length)));
        assertNothingLeft();
        refused(layerFrame(bytes, new Claim(Sha256.of(bytes), bytes.length, Sha256.of(layer), layer.length)));
        assertEquals(
                new StoredLayer(Sha256.of(layer), layer.length, Sha256.of(bytes), bytes.length, Compression.ZSTD),
                store.find(Sha256.of(layer)).layer());
    }

    @Test
    @Tries(Fault.F5)
    void aStreamThatEndsAnywhereLeavesNoArchive() throws IOException {
        byte[] archive = TestTransfer.archive("shop:1", new TestLayer().random("a", 3000, 1));
        byte[] sent = TestTransfer.sent(archive, List.of(), directory.resolve("temporary"));
        for (int end = 0; end < sent.length; end += 97) {
            byte[] cut = java.util.Arrays.copyOf(sent, end);
            assertThrows(
                    IOException.class,
                    () -> new LayoutReceiver(store, List.of(), TestTransfer.LIMITS)
                            .receive(new ByteArrayInputStream(cut)));
            assertTrue(
                    TestTransfer.files(directory.resolve("build")).stream().noneMatch(file -> file.contains(".part")),
                    "after " + end);
        }
    }

    @Test
    void namesThatLeadElsewhereAreRefused() throws IOException {
        byte[] json = "{}".getBytes(StandardCharsets.UTF_8);
        for (String name : List.of(
                "../../evil",
                "/etc/evil",
                "blobs/sha256/../../../evil",
                "blobs/sha256/" + "0".repeat(64),
                "evil",
                "index.json/x",
                "")) {
            Map<String, byte[]> documents = new LinkedHashMap<>();
            documents.put(name, json);
            ArchiveException refused = refused(documentsFrame(documents));
            assertTrue(refused.getMessage().contains("no document"), refused.getMessage());
            assertNothingLeft();
        }
    }

    @Test
    @Tries(Fault.F11)
    void documentsThatNameALayerWhichTheBuildDoesNotHaveAreRefused() throws IOException {
        byte[] archive = TestTransfer.archive("shop:1", new TestLayer().text("a", "secret of another job"));
        StoredLayer theirs = new StoredLayer(
                Sha256.of(new TestLayer().text("a", "secret of another job").tar()),
                new TestLayer().text("a", "secret of another job").tar().length,
                OTHER,
                100,
                Compression.ZSTD);
        // an agent that says it need not send the layer, to a controller that did not say it has it
        byte[] sent = TestTransfer.sent(archive, List.of(theirs), directory.resolve("temporary"));
        ArchiveException refused = refused(sent);
        assertTrue(refused.getMessage().contains("missing"), refused.getMessage());
        assertNothingLeft();
    }

    @Test
    void hugeDocumentsAreRefusedBeforeTheyAreRead() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(out);
        data.writeByte('D');
        data.writeInt(1);
        data.writeUTF("index.json");
        data.writeInt(Integer.MAX_VALUE);
        refused(out.toByteArray());
        out.reset();
        data.writeByte('D');
        data.writeInt(Integer.MAX_VALUE);
        refused(out.toByteArray());
        out.reset();
        data.writeByte('X');
        refused(out.toByteArray());
        assertNothingLeft();
    }

    @Test
    void aLayerWithoutEndIsStoppedAtTheLimit() throws IOException {
        ArchiveLimits limits = new ArchiveLimits(100, 100, 4_096, 1 << 16, 1 << 20, 64, 10, 10, 50_000_000, 1000);
        InputStream endless = new InputStream() {
            private long at;

            @Override
            public int read() {
                // 'L', then chunks of 1 MiB without end
                if (at == 0) {
                    at++;
                    return 'L';
                }
                int inChunk = (int) ((at++ - 1) % ((1 << 20) + 4));
                return inChunk == 1 ? 1 << 4 : inChunk < 4 ? 0 : 'x';
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
                for (int i = 0; i < length; i++) {
                    buffer[offset + i] = (byte) read();
                }
                return length;
            }
        };
        ArchiveException refused = assertThrows(
                ArchiveException.class, () -> new LayoutReceiver(store, List.of(), limits).receive(endless));
        assertTrue(refused.getMessage().contains("bigger than"), refused.getMessage());
        assertNothingLeft();
    }

    @Test
    void aBombIsRefusedByItsExpansion() throws IOException {
        ArchiveLimits limits = new ArchiveLimits(100, 100, 4_096, 1 << 16, 1 << 20, 64, 10, 10, 1L << 40, 100);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (ZstdOutputStream zstd = new ZstdOutputStream(packed)) {
            zstd.write(new byte[20_000_000]);
        }
        ArchiveException refused = refused(limits, layerFrame(packed.toByteArray(), Claim.of(layer)));
        assertTrue(refused.getMessage().contains("expands"), refused.getMessage());
        assertNothingLeft();
    }
}
