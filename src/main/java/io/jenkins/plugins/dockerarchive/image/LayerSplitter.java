package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.NotPushedException;
import io.jenkins.plugins.dockerarchive.engine.PushBrokenException;
import io.jenkins.plugins.dockerarchive.engine.PushEndpoint;
import java.io.Closeable;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * Takes an image archive apart in one pass: every layer is hashed, and only those that are not kept yet are compressed and
 * handed on. A layer whose name tells its digest is never written to the disk here; one that may be known and whose name
 * says nothing waits in a file until its digest tells, one at a time.
 */
public final class LayerSplitter {

    private static final int BUFFER = 128 << 10;
    private static final String BLOBS = "blobs/sha256/";

    private final LayerKeeper keeper;
    private final CompressionChoice choice;
    private final Path temporary;
    private final ArchiveLimits limits;
    private final Map<String, StoredLayer> byEntry = new HashMap<>();

    /**
     * @param choice how layers that arrive plain are compressed
     * @param temporary directory for the one layer that waits; made when it is needed
     */
    public LayerSplitter(
            @NonNull LayerKeeper keeper,
            @NonNull CompressionChoice choice,
            @NonNull Path temporary,
            @NonNull ArchiveLimits limits) {
        this.keeper = keeper;
        this.choice = choice;
        this.temporary = temporary;
        this.limits = limits;
    }

    /**
     * Takes apart the tar that an engine sends, to its very end.
     *
     * @return the layout that the archive becomes
     * @throws ArchiveException when it is not a sound image archive
     */
    @NonNull
    public LayoutContent split(@NonNull InputStream saved) throws IOException {
        try (ArchiveEntries entries = new TarEntries(saved, limits)) {
            return split(entries);
        }
    }

    /** The same for an archive on this machine: a tar, compressed or not, or a layout directory. */
    @NonNull
    public LayoutContent split(@NonNull Path archive) throws IOException {
        try (ArchiveEntries entries = ArchiveEntries.open(archive, limits)) {
            return split(entries);
        }
    }

    /**
     * The same for what an engine pushes. Layers that it need not push, because they {@linkplain #keeps are kept} already,
     * count as read when they were kept.
     *
     * @param images as they are wanted
     * @throws NotPushedException when the rest has to be had in another way; layers that came are kept
     */
    @NonNull
    public LayoutContent split(@NonNull PushEndpoint pushed, @NonNull List<PushedImage> images) throws IOException {
        try (ArchiveEntries entries = new PushedEntries(pushed, images, limits)) {
            ArchiveScan scan;
            try (Copy copy = new Copy()) {
                scan = ArchiveScan.of(entries, limits, copy);
            } catch (PushBrokenException e) {
                keeper.abandon();
                throw new NotPushedException(e);
            }
            for (String digest : pushed.unsent()) {
                StoredLayer layer = kept(digest);
                if (layer != null) {
                    Blob blob = digest.equals(layer.digest()) ? layer.blob() : layer.plainBlob();
                    scan.add(blob);
                    byEntry.put(blob.entry(), layer);
                }
            }
            return compose(ImageArchive.of(entries, scan, limits));
        }
    }

    /** Whether a layer need not be read: by the digest of its bytes, plain or as they are kept. From any thread. */
    public boolean keeps(@NonNull String digest) {
        return kept(digest) != null;
    }

    @CheckForNull
    private StoredLayer kept(String digest) {
        StoredLayer layer = keeper.byDigest(digest);
        return layer == null ? keeper.byDiffId(digest) : layer;
    }

    private LayoutContent split(ArchiveEntries entries) throws IOException {
        try (Copy copy = new Copy()) {
            return compose(ImageArchive.of(entries, ArchiveScan.of(entries, limits, copy), limits));
        }
    }

    private LayoutContent compose(ImageArchive archive) throws IOException {
        for (ArchivedImage image : archive.images()) {
            for (ArchivedLayer layer : image.layers()) {
                keepSmall(layer.blob());
            }
        }
        // The manifests as the engine has them, in any case: in a containerd store their digest is the image's ID.
        Map<String, byte[]> originals = new HashMap<>();
        for (ArchivedRoot root : archive.roots()) {
            root.documents()
                    .forEach(document -> originals.put(LayoutContent.blobName(document.digest()), document.json()));
        }
        return LayoutContent.compose(archive.roots(), blob -> byEntry.get(blob.entry()), originals, limits);
    }

    /** A layer that looked like a document is still in memory. */
    private void keepSmall(Blob blob) throws IOException {
        if (byEntry.containsKey(blob.entry())) {
            return;
        }
        if (blob.json() == null) {
            throw new ArchiveException("layer '" + EntryNames.shown(blob.entry()) + "' is no tar");
        }
        StoredLayer known = keeper.byDiffId(blob.plainDigest());
        byEntry.put(blob.entry(), known == null ? send(new java.io.ByteArrayInputStream(blob.json())) : known);
    }

    private Compression own() {
        return switch (choice) {
            case NONE -> Compression.NONE;
            case GZIP -> Compression.GZIP;
            case AUTO, ZSTD -> Compression.ZSTD;
        };
    }

    private StoredLayer send(InputStream plain) throws IOException {
        try (Outgoing out = new Outgoing(own())) {
            Sha256 sha256 = new Sha256();
            long size = 0;
            byte[] buffer = new byte[BUFFER];
            for (int read = plain.read(buffer, 0, buffer.length);
                    read >= 0;
                    read = plain.read(buffer, 0, buffer.length)) {
                sha256.update(buffer, 0, read);
                size += read;
                out.write(buffer, 0, read);
            }
            return out.finish(sha256.digest(), size);
        }
    }

    /** A layer on its way to the keeper. */
    private final class Outgoing extends BlockOutput {
        private final Compression compression;
        private final Measured measured;
        private final CompressedOutput out;

        Outgoing(Compression compression) throws IOException {
            this.compression = compression;
            this.measured = new Measured(keeper.begin());
            this.out = CompressedOutput.fast(measured, compression);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
        }

        /** Whoever wrote it has hashed it: twice would take as long as half of the compression. */
        StoredLayer finish(String diffId, long plainSize) throws IOException {
            out.finish();
            StoredLayer layer =
                    new StoredLayer(diffId, plainSize, measured.sha256.digest(), measured.bytes, compression);
            keeper.end(layer);
            return layer;
        }

        @Override
        public void close() throws IOException {
            // frees what zstd holds outside the heap
            out.finish();
        }
    }

    /** Counts and hashes what goes to the keeper. */
    private static final class Measured extends FilterOutputStream {
        private final Sha256 sha256 = new Sha256();
        private long bytes;

        Measured(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            sha256.update(buffer, offset, length);
            bytes += length;
            out.write(buffer, offset, length);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }
    }

    /** What happens to the bytes of an entry while they pass. */
    private enum Way {
        /** Only hashed: no layer, or one that its name says is kept already. */
        PASS,
        /** Compressed and sent while it arrives. */
        COMPRESS,
        /** Sent as it is: it arrived compressed. */
        KEEP,
        /** Waits in a file for its digest. */
        WAIT
    }

    private final class Copy implements ArchiveScan.Copy, Closeable {
        private Way way;
        private StoredLayer promised;
        private Outgoing compressing;
        private OutputStream keeping;
        private Path waiting;
        private OutputStream waitingOut;

        @Override
        public OutputStream file(ArchiveEntry entry, Compression compression, boolean document) throws IOException {
            promised = null;
            way = way(entry, compression, document);
            return switch (way) {
                case PASS -> OutputStream.nullOutputStream();
                case COMPRESS -> compressing = new Outgoing(own());
                case KEEP -> keeping = keeper.begin();
                case WAIT -> {
                    Files.createDirectories(temporary);
                    DiskSpace.require(temporary, entry.size(), "layer '" + EntryNames.shown(entry.name()) + "'");
                    waiting = temporary.resolve(".docker-archive-" + UUID.randomUUID() + ".part");
                    waitingOut =
                            Files.newOutputStream(waiting, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                    yield waitingOut;
                }
            };
        }

        private Way way(ArchiveEntry entry, Compression compression, boolean document) {
            // VERSION stands beside each layer up to Docker 24
            if (document
                    || entry.size() == 0
                    || entry.name().endsWith("/VERSION")
                    || entry.name().equals("repositories")) {
                return Way.PASS;
            }
            promised = promised(entry, compression);
            if (promised != null) {
                return Way.PASS;
            }
            if (!OciManifest.knows(compression)) {
                return Way.WAIT;
            }
            if (compression != Compression.NONE) {
                return entry.name().startsWith(BLOBS) ? Way.KEEP : Way.WAIT;
            }
            boolean named = entry.name().startsWith(BLOBS);
            return !named && keeper.hasPlainSize(entry.size()) ? Way.WAIT : Way.COMPRESS;
        }

        /** Since Docker 25 a name is a digest; the scan fails where the content has another one. */
        @CheckForNull
        private StoredLayer promised(ArchiveEntry entry, Compression compression) {
            String digest = "sha256:"
                    + entry.name()
                            .substring(Math.min(BLOBS.length(), entry.name().length()));
            if (!entry.name().startsWith(BLOBS) || !Sha256.isDigest(digest)) {
                return null;
            }
            return compression == Compression.NONE ? keeper.byDiffId(digest) : keeper.byDigest(digest);
        }

        @Override
        public void endOfFile(Blob blob) throws IOException {
            StoredLayer layer =
                    switch (way) {
                        case PASS -> promised;
                        case COMPRESS -> compressed(blob);
                        case KEEP -> kept(blob);
                        case WAIT -> waited(blob);
                    };
            if (layer != null) {
                if (!layer.diffId().equals(blob.plainDigest())) {
                    throw new ArchiveException("it is not the layer that it was kept as before");
                }
                byEntry.put(blob.entry(), layer);
            }
        }

        private StoredLayer compressed(Blob blob) throws IOException {
            try (Outgoing done = compressing) {
                compressing = null;
                return done.finish(blob.plainDigest(), blob.plainSize());
            }
        }

        private StoredLayer kept(Blob blob) throws IOException {
            keeping = null;
            StoredLayer layer = LayoutContent.stored(blob);
            keeper.end(layer);
            return layer;
        }

        private StoredLayer waited(Blob blob) throws IOException {
            try {
                waitingOut.close();
                boolean asItIs = blob.compression() != Compression.NONE && OciManifest.knows(blob.compression());
                StoredLayer known = asItIs ? keeper.byDigest(blob.digest()) : keeper.byDiffId(blob.plainDigest());
                if (known != null) {
                    return known;
                }
                try (InputStream in = Files.newInputStream(waiting)) {
                    if (asItIs) {
                        in.transferTo(keeper.begin());
                        return kept(blob);
                    }
                    return send(new Decompressed(in, limits));
                }
            } finally {
                close();
            }
        }

        @Override
        public void other(ArchiveEntry entry) {
            // a layout has no links and the directories it has are made already
        }

        @Override
        public void close() throws IOException {
            if (compressing != null) {
                Outgoing broken = compressing;
                compressing = null;
                try {
                    broken.close();
                } catch (IOException e) {
                    return; // the failure that brought us here is told; this one is its echo
                }
            }
            if (waiting != null) {
                waitingOut.close();
                Files.deleteIfExists(waiting);
                waiting = null;
            }
        }
    }
}
