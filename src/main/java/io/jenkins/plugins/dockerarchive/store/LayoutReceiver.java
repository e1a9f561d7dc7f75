package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.BlockInput;
import io.jenkins.plugins.dockerarchive.image.Compression;
import io.jenkins.plugins.dockerarchive.image.Decompressed;
import io.jenkins.plugins.dockerarchive.image.DiskSpace;
import io.jenkins.plugins.dockerarchive.image.LayoutContent;
import io.jenkins.plugins.dockerarchive.image.Sha256;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UTFDataFormatException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * The receiving side of a layout. Nothing that the sender says is believed: digests and sizes are made here from the bytes,
 * layers are decompressed while they pass to see which they are, and the documents may name only layers that the build
 * has. A layer that arrived whole stays with the build, whatever becomes of the rest.
 *
 * @see LayoutSender
 */
public final class LayoutReceiver {

    private static final int BUFFER = 128 << 10;
    private static final int LONGEST_CHUNK = 16 << 20;

    private final BuildStore store;
    private final ArchiveLimits limits;
    private final Map<String, StoredLayer> layers = new LinkedHashMap<>();
    private final Set<String> added = new LinkedHashSet<>();
    private final byte[] buffer = new byte[BUFFER];
    private long stored;
    private long plainBytes;

    /** @param known layers that the documents may name without their being sent */
    public LayoutReceiver(
            @NonNull BuildStore store, @NonNull Collection<StoredLayer> known, @NonNull ArchiveLimits limits) {
        this.store = store;
        this.limits = limits;
        known.forEach(layer -> layers.put(layer.digest(), layer));
    }

    /** Diff IDs of the layers that came. */
    @NonNull
    public Set<String> added() {
        return added;
    }

    /** Bytes of the layers that came. */
    public long stored() {
        return stored;
    }

    /**
     * Receives all of a layout; its layers belong to the build then.
     *
     * @throws ArchiveException when what was sent is not what it claims to be
     */
    @NonNull
    public LayoutContent receive(@NonNull InputStream stream) throws IOException {
        store.sweep();
        DataInputStream in = new DataInputStream(stream);
        try {
            int kind = in.readUnsignedByte();
            for (int begun = 0; kind == LayoutSender.LAYER; begun++) {
                if (begun >= limits.entries()) {
                    throw new ArchiveException("the agent sends more than " + limits.entries() + " layers");
                }
                layer(in);
                kind = in.readUnsignedByte();
            }
            if (kind != LayoutSender.DOCUMENTS) {
                throw new ArchiveException("the agent sends something that is no image");
            }
            return documents(in);
        } catch (EOFException e) {
            throw new ArchiveException("the agent stopped before it had sent everything", e);
        } catch (UTFDataFormatException e) {
            throw new ArchiveException("the agent sends something that is no image", e);
        }
    }

    private void layer(DataInputStream in) throws IOException {
        Path file = store.incoming();
        try {
            StoredLayer layer = layer(in, file);
            if (layer != null) {
                store.take(file, layer);
                layers.put(layer.digest(), layer);
                added.add(layer.diffId());
                stored += layer.size();
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /** Null for one of which the agent sends no more. */
    @CheckForNull
    private StoredLayer layer(DataInputStream in, Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                Passing passing = new Passing(in, channel, file.getParent())) {
            StoredLayer layer;
            try {
                layer = layer(passing);
            } catch (IOException e) {
                if (passing.abandoned) {
                    return null; // whatever its beginning looked like
                }
                throw e;
            }
            claim(in.readUTF().equals(layer.digest()), "digest");
            claim(in.readLong() == layer.size(), "size");
            claim(in.readUTF().equals(layer.diffId()), "diff ID");
            claim(in.readLong() == layer.plainSize(), "plain size");
            passing.force();
            return layer;
        }
    }

    private StoredLayer layer(Passing passing) throws IOException {
        try (Decompressed plain = new Decompressed(passing, limits)) {
            Sha256 sha256 = new Sha256();
            for (int read = plain.read(buffer, 0, buffer.length);
                    read >= 0;
                    read = plain.read(buffer, 0, buffer.length)) {
                sha256.update(buffer, 0, read);
            }
            passing.drain(buffer);
            StoredLayer layer = layer(sha256.digest(), plain, passing);
            plainBytes += layer.plainSize();
            if (plainBytes > limits.totalBytes()) {
                throw new ArchiveException("the agent sends layers of more than " + limits.totalBytes()
                        + " bytes when all are decompressed");
            }
            return layer;
        }
    }

    private static StoredLayer layer(String diffId, Decompressed plain, Passing passing) throws ArchiveException {
        Compression compression = plain.compression();
        if (compression == Compression.BZIP2 || compression == Compression.XZ) {
            throw new ArchiveException("a layer of an image layout is plain, gzip or zstd, not " + compression);
        }
        return new StoredLayer(diffId, plain.plainBytes(), passing.sha256.digest(), passing.bytes, compression);
    }

    private static void claim(boolean holds, String what) throws ArchiveException {
        if (!holds) {
            throw new ArchiveException("a layer arrived that does not have the " + what + " that the agent states");
        }
    }

    private LayoutContent documents(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > limits.entries()) {
            throw new ArchiveException("the agent sends more than " + limits.entries() + " documents");
        }
        Map<String, byte[]> documents = new LinkedHashMap<>();
        long left = 4L * limits.jsonBytes();
        for (int i = 0; i < count; i++) {
            String name = in.readUTF();
            int length = in.readInt();
            left -= length;
            if (length < 0 || length > limits.jsonBytes() || left < 0) {
                throw new ArchiveException("the agent sends documents of more than " + limits.jsonBytes() + " bytes");
            }
            documents.put(name, in.readNBytes(length));
        }
        if (in.readUnsignedByte() != LayoutSender.END) {
            throw new ArchiveException("the agent sends something that is no image");
        }
        return LayoutContent.of(documents, layers.values(), limits);
    }

    /** The bytes of one layer, which go to its file when they are read. Closing it leaves the transfer open. */
    private static final class Passing extends BlockInput {
        private final DataInputStream in;
        private final FileChannel channel;
        private final Path directory;
        private final Sha256 sha256 = new Sha256();
        private long bytes;
        private int left;
        private boolean ended;
        private boolean abandoned;

        Passing(DataInputStream in, FileChannel channel, Path directory) {
            this.in = in;
            this.channel = channel;
            this.directory = directory;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (left == 0 && !ended) {
                left = in.readInt();
                ended = left == 0;
                abandoned = left == LayoutSender.ABANDONED;
                if (abandoned) {
                    throw new EOFException("the agent sends no more of a layer");
                }
                if (left < 0 || left > LONGEST_CHUNK) {
                    throw new ArchiveException("the agent sends something that is no image");
                }
            }
            if (ended) {
                return -1;
            }
            int read = in.read(target, offset, Math.min(length, left));
            if (read < 0) {
                throw new EOFException();
            }
            sha256.update(target, offset, read);
            ByteBuffer written = ByteBuffer.wrap(target, offset, read);
            try {
                while (written.hasRemaining()) {
                    channel.write(written);
                }
            } catch (IOException e) {
                throw reason(e);
            }
            left -= read;
            bytes += read;
            return read;
        }

        void force() throws IOException {
            try {
                channel.force(true);
            } catch (IOException e) {
                throw reason(e);
            }
        }

        private IOException reason(IOException failure) {
            return DiskSpace.reason(failure, directory, bytes, "a layer");
        }

        void drain(byte[] scratch) throws IOException {
            while (read(scratch, 0, scratch.length) >= 0) {
                // what a decompressor left unread belongs to the blob all the same
            }
        }

        @Override
        public void close() {}
    }
}
