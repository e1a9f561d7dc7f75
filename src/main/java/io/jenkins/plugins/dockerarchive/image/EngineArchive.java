package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;

/**
 * The tar that goes into an engine: written anew from a verified archive, so that every engine finds one truth in it and
 * nothing but the wanted images under the wanted names. Names of files are digests, documents come first, and each layer
 * is hashed once more on its way.
 */
public final class EngineArchive {

    private static final String BLOBS = "blobs/sha256/";

    private final ArchiveLimits limits;
    private final Map<String, byte[]> documents = new LinkedHashMap<>();
    private final Map<String, Outgoing> layersByEntry = new LinkedHashMap<>();
    private final Map<Item, String> topDigests = new IdentityHashMap<>();

    /** What an engine's image store reads. */
    public enum Layout {
        /** {@code manifest.json} and plain layers: graph drivers of every version, and podman. */
        DOCKER,
        /** {@code index.json}: the containerd store, whose image IDs are the digests of manifests. */
        OCI
    }

    /**
     * An image on its way into an engine.
     *
     * @param image one platform of {@code root}; null to send all that the root has, which only {@link Layout#OCI} can
     * @param name the reference that the engine shall give it, or null for none
     */
    public record Item(
            @NonNull ArchivedRoot root,
            @CheckForNull ArchivedImage image,
            @CheckForNull Reference name) {}

    /** A layer and the bytes of it that an engine gets. */
    private record Outgoing(String name, long size, String digest, boolean decompress) {}

    public EngineArchive(@NonNull List<Item> items, @NonNull Layout layout, @NonNull ArchiveLimits limits) {
        this.limits = limits;
        if (layout == Layout.DOCKER) {
            docker(items);
        } else {
            oci(items);
        }
    }

    private void docker(List<Item> items) {
        List<Object> manifest = new ArrayList<>();
        for (Item item : items) {
            List<String> layers = new ArrayList<>();
            for (ArchivedLayer layer : item.image().layers()) {
                layers.add(send(layer, true));
            }
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put(
                    "Config", document(item.image().configDigest(), item.image().configBytes()));
            entry.put(
                    "RepoTags",
                    item.name() == null ? List.of() : List.of(item.name().qualified()));
            entry.put("Layers", layers);
            manifest.add(entry);
            topDigests.put(item, item.image().configDigest());
        }
        documents.put("manifest.json", new Json(limits).write(manifest));
    }

    private void oci(List<Item> items) {
        List<Object> manifests = new ArrayList<>();
        for (Item item : items) {
            List<ArchivedImage> images = item.image() == null ? item.root().images() : List.of(item.image());
            for (ArchivedImage image : images) {
                document(image.configDigest(), image.configBytes());
                image.layers().forEach(layer -> send(layer, OciManifest.decompress(layer)));
            }
            Blob top = item.image() == null ? item.root().index() : null;
            OciManifest manifest;
            if (top == null) {
                manifest = OciManifest.of(images.get(0), limits);
                document(manifest.digest(), manifest.bytes());
            } else {
                manifest = OciManifest.existing(top, limits);
                item.root().documents().forEach(blob -> document(blob.digest(), blob.json()));
            }
            topDigests.put(item, manifest.digest());
            manifests.add(item.name() == null ? manifest.descriptor() : manifest.descriptor(item.name()));
        }
        documents.put("index.json", new Json(limits).write(OciManifest.indexOf(manifests)));
        documents.put("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII));
    }

    private String document(String digest, byte[] bytes) {
        String name = BLOBS + Sha256.hex(digest);
        documents.put(name, bytes);
        return name;
    }

    private String send(ArchivedLayer layer, boolean plain) {
        Blob blob = layer.blob();
        boolean decompress = plain && blob.compression() != Compression.NONE;
        String digest = decompress ? blob.plainDigest() : blob.digest();
        String name = BLOBS + Sha256.hex(digest);
        layersByEntry.put(
                blob.entry(), new Outgoing(name, decompress ? blob.plainSize() : blob.size(), digest, decompress));
        return name;
    }

    /** What the engine will call this image: the config's digest or, in the containerd store, the manifest's. */
    @NonNull
    public String imageId(@NonNull Item item) {
        return topDigests.get(item);
    }

    /** Bytes of the tar, near enough for progress. */
    public long size() {
        long size = 0;
        Set<String> names = new HashSet<>();
        for (byte[] document : documents.values()) {
            size += TarGuard.BLOCK * 2L + document.length;
        }
        for (Outgoing layer : layersByEntry.values()) {
            size += names.add(layer.name) ? layer.size + TarGuard.BLOCK * 2L : 0;
        }
        return size;
    }

    /**
     * The tar, made while it is read. Reading fails with {@link ArchiveException} when the archive is no longer the one
     * that was verified.
     */
    @NonNull
    public InputStream open(@NonNull Path archive) throws IOException {
        ArchiveEntries entries = ArchiveEntries.open(archive, limits);
        return new Concatenated(new Parts(entries), entries);
    }

    /** Header, content and padding of one file after another. */
    private final class Parts implements Enumeration<InputStream> {
        private final ArchiveEntries entries;
        private final List<InputStream> ready = new ArrayList<>();
        private final Set<String> sent = new HashSet<>();
        private boolean ended;

        Parts(ArchiveEntries entries) {
            this.entries = entries;
            ready.add(bytes(TarHeaders.directory("blobs/")));
            ready.add(bytes(TarHeaders.directory(BLOBS)));
            documents.forEach((name, document) -> {
                ready.add(bytes(TarHeaders.file(name, document.length)));
                ready.add(bytes(document));
                ready.add(bytes(TarHeaders.padding(document.length)));
                sent.add(name);
            });
        }

        @Override
        public boolean hasMoreElements() {
            try {
                while (ready.isEmpty() && !ended) {
                    advance();
                }
                return !ready.isEmpty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void advance() throws IOException {
            ArchiveEntry entry = entries.next();
            if (entry == null) {
                ended = true;
                for (Outgoing layer : layersByEntry.values()) {
                    if (!sent.contains(layer.name)) {
                        throw new ArchiveException("it was changed while it was read");
                    }
                }
                ready.add(bytes(TarHeaders.end()));
                return;
            }
            Outgoing layer = layersByEntry.get(entry.name());
            if (layer == null || entry.kind() != ArchiveEntry.Kind.FILE || !sent.add(layer.name)) {
                return;
            }
            ready.add(bytes(TarHeaders.file(layer.name, layer.size)));
            InputStream content = entries.content();
            ready.add(new Verified(
                    layer.decompress ? new Decompressed(new Unclosed(content), limits) : content,
                    layer.size,
                    layer.digest));
            ready.add(bytes(TarHeaders.padding(layer.size)));
        }

        @Override
        public InputStream nextElement() {
            if (!hasMoreElements()) {
                throw new NoSuchElementException();
            }
            return ready.remove(0);
        }

        private InputStream bytes(byte[] bytes) {
            return new ByteArrayInputStream(bytes);
        }
    }
}
