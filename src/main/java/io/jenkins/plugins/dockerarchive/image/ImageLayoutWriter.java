package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
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
    private final Map<String, Stored> stored = new HashMap<>();

    /** A file of the saved archive as it lies here. */
    private record Stored(String digest, long size, Compression compression) {

        Blob of(Blob arrived) {
            return new Blob(
                    "blobs/sha256/" + Sha256.hex(digest),
                    size,
                    digest,
                    compression,
                    arrived.plainDigest(),
                    arrived.plainSize(),
                    null);
        }
    }

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
        Json json = new Json(limits);
        List<Object> manifests = new ArrayList<>();
        List<Object> dockerManifest = new ArrayList<>();
        Set<String> used = new HashSet<>();
        // engines list several images in any order, another each time
        List<ArchivedRoot> roots = archive.roots().stream()
                .sorted(Comparator.comparing(
                                (ArchivedRoot root) -> root.references().toString())
                        .thenComparing(root -> root.images().get(0).configDigest()))
                .toList();
        for (ArchivedRoot root : roots) {
            List<Object> children = new ArrayList<>();
            OciManifest top = null;
            for (ArchivedImage image : root.images()) {
                ArchivedImage own = withStoredLayers(image);
                OciManifest manifest = OciManifest.of(own, limits);
                add(used, image.configDigest(), image.configBytes());
                add(used, manifest.digest(), manifest.bytes());
                own.layers().forEach(layer -> used.add(layer.blob().digest()));
                Map<String, Object> child = manifest.descriptor();
                child.put("platform", platform(image));
                children.add(child);
                top = manifest;
            }
            boolean unchanged = root.images().stream().allMatch(this::isUnchanged);
            if (root.index() != null && unchanged) {
                top = OciManifest.existing(root.index(), limits);
                for (Blob document : root.documents()) {
                    add(used, document.digest(), document.json());
                }
            } else if (root.images().size() > 1) {
                top = OciManifest.index(children, limits);
                add(used, top.digest(), top.bytes());
            }
            describe(manifests, top, root.references());
            dockerManifest.add(docker(withStoredLayers(root.images().get(0)), root.references()));
        }
        write(directory.resolve("manifest.json"), json.write(dockerManifest));
        write(
                directory.resolve("oci-layout"),
                "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII));
        removeUnused(used);
        // the index is what makes the layout one: last
        write(directory.resolve("index.json"), json.write(OciManifest.indexOf(manifests)));
        DurableFiles.sync(blobs);
        DurableFiles.sync(directory);
    }

    private void describe(List<Object> manifests, OciManifest top, List<Reference> references) {
        if (references.isEmpty()) {
            manifests.add(top.descriptor());
        }
        for (Reference reference : references) {
            manifests.add(top.descriptor(reference));
        }
    }

    private static Map<String, Object> docker(ArchivedImage image, List<Reference> references) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("Config", "blobs/sha256/" + Sha256.hex(image.configDigest()));
        entry.put("RepoTags", references.stream().map(Reference::familiar).toList());
        entry.put(
                "Layers",
                image.layers().stream()
                        .map(layer -> "blobs/sha256/" + Sha256.hex(layer.blob().digest()))
                        .toList());
        return entry;
    }

    private static Map<String, Object> platform(ArchivedImage image) {
        Map<String, Object> platform = new LinkedHashMap<>();
        platform.put("architecture", image.platform().architecture());
        platform.put("os", image.platform().os());
        if (image.platform().variant() != null) {
            platform.put("variant", image.platform().variant());
        }
        return platform;
    }

    private boolean isUnchanged(ArchivedImage image) {
        return image.layers().stream()
                .allMatch(layer -> stored.get(layer.blob().entry())
                        .digest()
                        .equals(layer.blob().digest()));
    }

    /** The image with its layers as they lie here; its own manifest counts only when all of them are the same bytes. */
    private ArchivedImage withStoredLayers(ArchivedImage image) {
        List<ArchivedLayer> layers = image.layers().stream()
                .map(layer -> new ArchivedLayer(stored.get(layer.blob().entry()).of(layer.blob())))
                .toList();
        return new ArchivedImage(
                image.configDigest(),
                image.config(),
                image.configBytes(),
                image.platform(),
                image.references(),
                layers,
                isUnchanged(image) ? image.manifest() : null);
    }

    private void add(Set<String> used, String digest, byte[] bytes) throws IOException {
        used.add(digest);
        write(blobs.resolve(Sha256.hex(digest)), bytes);
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
            if (!used.contains("sha256:" + file.getFileName())) {
                Files.delete(file);
            }
        }
    }

    /** Puts every file that is no document away as a blob, one at a time. */
    private final class Copy implements ArchiveScan.Copy, Closeable {
        private ArchiveEntry current;
        private Compression arrived;
        private ArchiveOutput blob;

        @Override
        public OutputStream file(ArchiveEntry entry, Compression compression) throws IOException {
            current = entry;
            arrived = compression;
            blob = new ArchiveOutput(blobs, null, compression == Compression.NONE ? own() : CompressionChoice.NONE);
            return blob;
        }

        private CompressionChoice own() {
            return choice == CompressionChoice.AUTO ? CompressionChoice.ZSTD : choice;
        }

        @Override
        public void endOfFile() throws IOException {
            try (ArchiveOutput done = blob) {
                done.complete();
                if (!OciManifest.knows(arrived)) {
                    recompress(done.written());
                } else {
                    store(done, arrived == Compression.NONE ? done.compression() : arrived);
                }
            }
        }

        private void recompress(Path written) throws IOException {
            try (InputStream plain = new Decompressed(Files.newInputStream(written), limits);
                    ArchiveOutput other = new ArchiveOutput(blobs, null, own())) {
                plain.transferTo(other);
                other.complete();
                store(other, other.compression());
            }
        }

        private void store(ArchiveOutput done, Compression compression) throws IOException {
            done.commit(blobs.resolve(done.sha256()), ArchiveOutput.Replace.YES);
            stored.put(current.name(), new Stored("sha256:" + done.sha256(), done.size(), compression));
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
