package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes what an engine saves as a directory in OCI image layout while it arrives. Layers that arrive compressed are kept
 * byte for byte, so that the digests of their manifests stay; plain ones are compressed. {@code manifest.json} makes it
 * loadable by {@code docker load}, too.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">OCI image layout</a>
 */
public final class ImageLayoutWriter {

    private final Path directory;
    private final Path blobs;
    private final CompressionChoice choice;
    private final ArchiveLimits limits;
    private final Map<String, StoredLayer> stored = new HashMap<>();

    /** @param directory empty and ours; it gets its real name elsewhere, when it is complete */
    public ImageLayoutWriter(@NonNull Path directory, @NonNull CompressionChoice choice, @NonNull ArchiveLimits limits)
            throws IOException {
        this.directory = directory;
        this.blobs = Files.createDirectories(directory.resolve("blobs").resolve("sha256"));
        this.choice = choice;
        this.limits = limits;
    }

    /** Copies the tar that an engine sends, to its very end. */
    public void copy(@NonNull InputStream saved) throws IOException {
        ImageArchive archive;
        try (ArchiveEntries entries = new TarEntries(saved, limits);
                Copy copy = new Copy()) {
            ArchiveScan scan = ArchiveScan.of(entries, limits, copy);
            archive = ImageArchive.of(entries, scan, limits);
        }
        LayoutContent layout =
                LayoutContent.compose(archive.roots(), blob -> stored.get(blob.entry()), Map.of(), limits);
        Set<String> used = new HashSet<>();
        layout.layers().forEach(layer -> used.add(LayoutContent.blobName(layer.digest())));
        used.addAll(layout.documents().keySet());
        removeUnused(used);
        // in their order: the index is what makes the layout one, so it is the last
        for (Map.Entry<String, byte[]> document : layout.documents().entrySet()) {
            write(directory.resolve(document.getKey()), document.getValue());
        }
        DurableFiles.sync(blobs);
        DurableFiles.sync(directory);
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        Files.write(file, bytes);
        DurableFiles.sync(file);
    }

    private void removeUnused(Set<String> used) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(blobs)) {
            files = all.toList();
        }
        for (Path file : files) {
            if (!used.contains("blobs/sha256/" + file.getFileName())) {
                Files.delete(file);
            }
        }
    }

    /** Puts every file that is no document away as a blob, one at a time. */
    private final class Copy implements ArchiveScan.Copy, Closeable {
        private ArchiveOutput blob;

        @Override
        public OutputStream file(ArchiveEntry entry, Compression compression, boolean document) throws IOException {
            blob = new ArchiveOutput(blobs, null, compression == Compression.NONE ? own() : CompressionChoice.NONE);
            return blob;
        }

        private CompressionChoice own() {
            return choice == CompressionChoice.AUTO ? CompressionChoice.ZSTD : choice;
        }

        @Override
        public void endOfFile(Blob arrived) throws IOException {
            try (ArchiveOutput done = blob) {
                done.complete();
                if (!OciManifest.knows(arrived.compression())) {
                    recompress(arrived, done.written());
                } else {
                    store(
                            arrived,
                            done,
                            arrived.compression() == Compression.NONE ? done.compression() : arrived.compression());
                }
            }
        }

        private void recompress(Blob arrived, Path written) throws IOException {
            try (InputStream plain = new Decompressed(Files.newInputStream(written), limits);
                    ArchiveOutput other = new ArchiveOutput(blobs, null, own())) {
                plain.transferTo(other);
                other.complete();
                store(arrived, other, other.compression());
            }
        }

        private void store(Blob arrived, ArchiveOutput done, Compression compression) throws IOException {
            done.commit(blobs.resolve(done.sha256()), ArchiveOutput.Replace.YES);
            stored.put(
                    arrived.entry(),
                    new StoredLayer(
                            arrived.plainDigest(),
                            arrived.plainSize(),
                            "sha256:" + done.sha256(),
                            done.size(),
                            compression));
        }

        @Override
        public void close() throws IOException {
            if (blob != null) {
                blob.close();
            }
        }

        @Override
        public void other(ArchiveEntry entry) {
            // a layout has no links and the directories it has are made already
        }
    }
}
