package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * The tar that goes into an engine: written anew from a verified archive, so that every engine finds one truth in it and
 * nothing but the wanted images under the wanted names. Names of files are digests, documents come first, and each layer
 * is hashed on its way.
 */
public final class EngineArchive {

    private static final String BLOBS = "blobs/sha256/";

    private final ArchiveLimits limits;
    private final ToIntFunction<ArchivedImage> there;
    private final Map<String, byte[]> documents = new LinkedHashMap<>();
    private final Map<String, Outgoing> layersByEntry = new LinkedHashMap<>();
    private final Map<Item, String> topDigests = new IdentityHashMap<>();

    /** What an engine's image store reads. */
    public enum Layout {
        /** {@code manifest.json} and plain layers: graph drivers of every version, and podman. */
        DOCKER,
        /** {@code index.json}: the containerd store, whose image IDs are the digests of manifests. */
        OCI,
        /** {@code index.json} and plain layers: podman, where a layer that it has may be left out of this one only. */
        PLAIN_OCI
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
    private record Outgoing(Blob blob, String what, String name, long size, String digest, boolean decompress) {}

    /**
     * A layer whose bytes must be read.
     *
     * @param entry its name in the archive
     * @param size bytes as they lie there
     */
    public record Wanted(@NonNull String entry, long size) implements Serializable {}

    /** An archive with all layers. */
    public EngineArchive(@NonNull List<Item> items, @NonNull Layout layout, @NonNull ArchiveLimits limits) {
        this(items, layout, limits, image -> 0);
    }

    /**
     * An archive that names all layers and leaves out the files of those that the engine has. It is never kept anywhere:
     * it exists on its way into that engine.
     *
     * @param there how many layers of an image the engine has, from the lowest on
     */
    public EngineArchive(
            @NonNull List<Item> items,
            @NonNull Layout layout,
            @NonNull ArchiveLimits limits,
            @NonNull ToIntFunction<ArchivedImage> there) {
        this.limits = limits;
        this.there = there;
        switch (layout) {
            case DOCKER -> docker(items);
            case OCI -> oci(items);
            case PLAIN_OCI -> plainOci(items);
        }
    }

    private void docker(List<Item> items) {
        List<Object> manifest = new ArrayList<>();
        for (Item item : items) {
            send(item.image(), layer -> true);
            List<String> layers = item.image().layers().stream()
                    .map(layer -> BLOBS + Sha256.hex(layer.diffId()))
                    .toList();
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
                send(image, OciManifest::decompress);
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
        index(manifests);
    }

    private void plainOci(List<Item> items) {
        List<Object> manifests = new ArrayList<>();
        for (Item item : items) {
            ArchivedImage image = item.image();
            document(image.configDigest(), image.configBytes());
            send(image, layer -> true);
            OciManifest manifest = OciManifest.plain(image, limits);
            document(manifest.digest(), manifest.bytes());
            topDigests.put(item, image.configDigest());
            manifests.add(item.name() == null ? manifest.descriptor() : manifest.descriptor(item.name()));
        }
        index(manifests);
    }

    private void index(List<Object> manifests) {
        documents.put("index.json", new Json(limits).write(OciManifest.indexOf(manifests)));
        documents.put("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII));
    }

    private String document(String digest, byte[] bytes) {
        String name = BLOBS + Sha256.hex(digest);
        documents.put(name, bytes);
        return name;
    }

    private void send(ArchivedImage image, Predicate<ArchivedLayer> plain) {
        List<ArchivedLayer> layers = image.layers();
        for (int i = there.applyAsInt(image); i < layers.size(); i++) {
            Blob blob = layers.get(i).blob();
            boolean decompress = plain.test(layers.get(i)) && blob.compression() != Compression.NONE;
            String digest = decompress ? blob.plainDigest() : blob.digest();
            layersByEntry.put(
                    blob.entry(),
                    new Outgoing(
                            blob,
                            "layer " + (i + 1) + " (" + layers.get(i).diffId() + ")",
                            BLOBS + Sha256.hex(digest),
                            decompress ? blob.plainSize() : blob.size(),
                            digest,
                            decompress));
        }
    }

    /** The layers whose bytes are sent, in the order in which {@link #open(LayerBlobs)} asks for them. */
    @NonNull
    public List<Wanted> wanted() {
        return distinct().stream()
                .map(layer -> new Wanted(layer.blob.entry(), layer.blob.size()))
                .toList();
    }

    /** Legacy archives may hold a layer twice. */
    private List<Outgoing> distinct() {
        Set<String> names = new HashSet<>(documents.keySet());
        return layersByEntry.values().stream()
                .filter(layer -> names.add(layer.name))
                .toList();
    }

    /** What the engine will call this image: the config's digest or, in the containerd store, the manifest's. */
    @NonNull
    public String imageId(@NonNull Item item) {
        return topDigests.get(item);
    }

    /** Bytes of the tar, near enough for progress. */
    public long size() {
        long size = 0;
        for (byte[] document : documents.values()) {
            size += TarGuard.BLOCK * 2L + document.length;
        }
        for (Outgoing layer : distinct()) {
            size += layer.size + TarGuard.BLOCK * 2L;
        }
        return size;
    }

    /**
     * The tar, made while it is read from an archive that was read to its end before. Reading fails with {@link
     * ArchiveException} when the archive is no longer the one that was verified.
     */
    @NonNull
    public InputStream open(@NonNull Path archive) throws IOException {
        ArchiveEntries entries = ArchiveEntries.open(archive, limits);
        return new Concatenated(new Searched(entries), entries);
    }

    /**
     * The tar, made while it is read from layers that are proved now. Reading fails with {@link ArchiveException} before
     * the end of a layer that is not the one that the archive's documents state.
     *
     * @param blobs closed with the tar
     */
    @NonNull
    public InputStream open(@NonNull LayerBlobs blobs) {
        return new Concatenated(new Asked(blobs), blobs);
    }

    /** Header, content and padding of one file after another. */
    private abstract class Parts implements Enumeration<InputStream> {
        private final List<InputStream> ready = new ArrayList<>();
        private boolean ended;

        Parts() {
            ready.add(bytes(TarHeaders.directory("blobs/")));
            ready.add(bytes(TarHeaders.directory(BLOBS)));
            documents.forEach((name, document) -> {
                ready.add(bytes(TarHeaders.file(name, document.length)));
                ready.add(bytes(document));
                ready.add(bytes(TarHeaders.padding(document.length)));
            });
        }

        /** Adds the next layer; false when there is none. */
        abstract boolean advance() throws IOException;

        final void add(Outgoing layer, InputStream content) {
            ready.add(bytes(TarHeaders.file(layer.name, layer.size)));
            ready.add(content);
            ready.add(bytes(TarHeaders.padding(layer.size)));
        }

        @Override
        public final boolean hasMoreElements() {
            try {
                while (ready.isEmpty() && !ended) {
                    if (!advance()) {
                        ended = true;
                        ready.add(bytes(TarHeaders.end()));
                    }
                }
                return !ready.isEmpty();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public final InputStream nextElement() {
            if (!hasMoreElements()) {
                throw new NoSuchElementException();
            }
            return ready.remove(0);
        }

        private static InputStream bytes(byte[] bytes) {
            return new ByteArrayInputStream(bytes);
        }
    }

    /** Layers as they come along in an archive that was verified. */
    private final class Searched extends Parts {
        private final ArchiveEntries entries;
        private final Set<String> sent = new HashSet<>(documents.keySet());

        Searched(ArchiveEntries entries) {
            this.entries = entries;
        }

        @Override
        boolean advance() throws IOException {
            for (ArchiveEntry entry = entries.next(); entry != null; entry = entries.next()) {
                Outgoing layer = layersByEntry.get(entry.name());
                if (layer != null && entry.kind() == ArchiveEntry.Kind.FILE && sent.add(layer.name)) {
                    InputStream content = entries.content();
                    add(
                            layer,
                            new Verified(
                                    layer.decompress ? new Decompressed(new Unclosed(content), limits) : content,
                                    layer.size,
                                    layer.digest));
                    return true;
                }
            }
            for (Outgoing layer : layersByEntry.values()) {
                if (!sent.contains(layer.name)) {
                    throw new ArchiveException("it was changed while it was read");
                }
            }
            return false;
        }
    }

    /** Layers as they are asked for, each proved on its way. */
    private final class Asked extends Parts {
        private final LayerBlobs blobs;
        private final Iterator<Outgoing> layers = distinct().iterator();

        Asked(LayerBlobs blobs) {
            this.blobs = blobs;
        }

        @Override
        boolean advance() throws IOException {
            if (!layers.hasNext()) {
                return false;
            }
            Outgoing layer = layers.next();
            InputStream content = blobs.open(layer.blob.entry(), layer.blob.size());
            add(layer, new ProvenLayer(content, layer.blob, layer.what, layer.decompress, limits));
            return true;
        }
    }
}
