package io.jenkins.plugins.dockerarchive.image;

import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * What an OCI image layout holds: its documents as bytes and its layers as facts, so that it can be made, checked and sent
 * without a layer being read again. {@code manifest.json} makes it loadable by {@code docker load}, too, and states each
 * layer's plain size in Docker's own {@code LayerSources}.
 *
 * @param documents by their path in the layout, in the order in which they are written: {@code index.json}, which makes it
 *     a layout, is the last
 * @param layers that its images have, each once
 * @param archive the images, as a reader of the layout will find them
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">OCI image layout</a>
 */
public record LayoutContent(
        @NonNull Map<String, byte[]> documents,
        @NonNull List<StoredLayer> layers,
        @NonNull ImageArchive archive) {

    /** The document that makes a directory a layout, and states the digests of all else. */
    public static final String INDEX = "index.json";

    private static final String MANIFEST = "manifest.json";
    static final String MARK = "oci-layout";
    private static final String BLOBS = "blobs/sha256/";
    private static final String PLAIN_LAYER = "application/vnd.oci.image.layer.v1.tar";
    private static final Pattern BLOB_NAME = Pattern.compile(BLOBS + "[0-9a-f]{64}");

    /** Path of a blob in a layout. */
    @NonNull
    public static String blobName(@NonNull String digest) {
        return BLOBS + Sha256.hex(digest);
    }

    /**
     * Looks at documents that come from elsewhere, and writes {@code manifest.json} and {@code index.json} anew from what
     * they say.
     *
     * @param layers what is known of the layers that the documents may name; others count as missing
     * @throws ArchiveException when the documents do not describe images with all their layers
     */
    @NonNull
    public static LayoutContent of(
            @NonNull Map<String, byte[]> documents,
            @NonNull Collection<StoredLayer> layers,
            @NonNull ArchiveLimits limits)
            throws ArchiveException {
        ImageArchive archive = read(documents, layers, limits);
        Map<String, byte[]> blobs = new LinkedHashMap<>();
        documents.forEach((name, bytes) -> {
            if (name.startsWith(BLOBS)) {
                blobs.put(name, bytes);
            }
        });
        return compose(archive.roots(), LayoutContent::stored, blobs, limits);
    }

    static StoredLayer stored(Blob blob) {
        return new StoredLayer(blob.plainDigest(), blob.plainSize(), blob.digest(), blob.size(), blob.compression());
    }

    private static ImageArchive read(
            Map<String, byte[]> documents, Collection<StoredLayer> layers, ArchiveLimits limits)
            throws ArchiveException {
        Map<String, Blob> files = new HashMap<>();
        for (StoredLayer layer : layers) {
            files.put(blobName(layer.digest()), layer.blob());
        }
        long all = 0;
        for (Map.Entry<String, byte[]> document : documents.entrySet()) {
            String name = document.getKey();
            byte[] bytes = document.getValue();
            String digest = Sha256.of(bytes);
            boolean top = name.equals(INDEX) || name.equals(MANIFEST) || name.equals(MARK);
            if (!top && !(BLOB_NAME.matcher(name).matches() && name.equals(blobName(digest)))) {
                throw new ArchiveException("'" + EntryNames.shown(name)
                        + "' is no document of an image layout, or does not have the content that its name states");
            }
            all += bytes.length;
            if (bytes.length > limits.jsonBytes() || all > 4L * limits.jsonBytes()) {
                throw new ArchiveException("its documents have more than " + limits.jsonBytes()
                        + " bytes each or four times that together");
            }
            files.put(name, new Blob(name, bytes.length, digest, Compression.NONE, digest, bytes.length, bytes));
        }
        for (String name : List.of(INDEX, MANIFEST, MARK)) {
            if (!files.containsKey(name)) {
                throw new ArchiveException("it holds no image: " + name + " is missing");
            }
        }
        return new ManifestReader(ArchiveScan.of(files), limits).read();
    }

    /**
     * Makes the layout of images whose layers are there already.
     *
     * @param layers by diff ID, as they lie there
     * @param originals documents to be kept beside those that the layout needs
     */
    @NonNull
    public static LayoutContent of(
            @NonNull List<ArchivedRoot> roots,
            @NonNull Map<String, StoredLayer> layers,
            @NonNull Map<String, byte[]> originals,
            @NonNull ArchiveLimits limits)
            throws ArchiveException {
        return compose(roots, blob -> layers.get(blob.plainDigest()), originals, limits);
    }

    /** What the file says that marks a directory as a layout. */
    static byte[] mark() {
        return "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII);
    }

    /** Bytes of all documents and layers. */
    public long size() {
        return documentBytes() + layers.stream().mapToLong(StoredLayer::size).sum();
    }

    /** Bytes of the documents. */
    public long documentBytes() {
        return documents.values().stream().mapToLong(bytes -> bytes.length).sum();
    }

    /** SHA-256 of the index, which states all other digests; 64 hexadecimal digits. */
    @NonNull
    public String sha256() {
        return Sha256.hex(Sha256.of(documents.get(INDEX)));
    }

    /**
     * Makes the layout of what an archive holds.
     *
     * @param stored how a layer of the archive lies in the layout
     * @param originals documents to be kept beside those that the layout needs
     */
    static LayoutContent compose(
            List<ArchivedRoot> given,
            Function<Blob, StoredLayer> stored,
            Map<String, byte[]> originals,
            ArchiveLimits limits)
            throws ArchiveException {
        Json json = new Json(limits);
        Map<String, byte[]> documents = new LinkedHashMap<>(originals);
        Map<String, StoredLayer> layers = new LinkedHashMap<>();
        List<Object> manifests = new ArrayList<>();
        List<Object> dockerManifest = new ArrayList<>();
        // engines list several images in any order, another each time
        List<ArchivedRoot> roots = given.stream()
                .sorted(Comparator.comparing(
                                (ArchivedRoot root) -> root.references().toString())
                        .thenComparing(root -> root.images().get(0).configDigest()))
                .toList();
        for (ArchivedRoot root : roots) {
            List<Object> children = new ArrayList<>();
            OciManifest top = null;
            for (ArchivedImage image : root.images()) {
                ArchivedImage own = withStoredLayers(image, stored);
                OciManifest manifest = OciManifest.of(own, limits);
                documents.put(blobName(image.configDigest()), image.configBytes());
                documents.put(blobName(manifest.digest()), manifest.bytes());
                image.layers().forEach(layer -> {
                    StoredLayer here = stored.apply(layer.blob());
                    layers.put(here.digest(), here);
                });
                Map<String, Object> child = manifest.descriptor();
                child.put("platform", platform(image));
                children.add(child);
                top = manifest;
            }
            boolean unchanged = root.images().stream().allMatch(image -> isUnchanged(image, stored));
            if (root.index() != null && unchanged) {
                top = OciManifest.existing(root.index(), limits);
                for (Blob document : root.documents()) {
                    documents.put(blobName(document.digest()), document.json());
                }
            } else if (root.images().size() > 1) {
                top = OciManifest.index(children, limits);
                documents.put(blobName(top.digest()), top.bytes());
            }
            describe(manifests, top, root.references());
            dockerManifest.add(docker(root.images().get(0), root.references(), stored));
        }
        documents.put(MANIFEST, json.write(dockerManifest));
        documents.put(MARK, mark());
        documents.put(INDEX, json.write(OciManifest.indexOf(manifests)));
        return new LayoutContent(documents, List.copyOf(layers.values()), read(documents, layers.values(), limits));
    }

    private static void describe(List<Object> manifests, OciManifest top, List<Reference> references) {
        if (references.isEmpty()) {
            manifests.add(top.descriptor());
        }
        for (Reference reference : references) {
            manifests.add(top.descriptor(reference));
        }
    }

    private static Map<String, Object> docker(
            ArchivedImage image, List<Reference> references, Function<Blob, StoredLayer> stored) {
        List<StoredLayer> layers =
                image.layers().stream().map(layer -> stored.apply(layer.blob())).toList();
        Map<String, Object> sources = new LinkedHashMap<>();
        for (StoredLayer layer : layers) {
            Map<String, Object> source = new LinkedHashMap<>();
            source.put("mediaType", PLAIN_LAYER);
            source.put("size", layer.plainSize());
            source.put("digest", layer.diffId());
            sources.put(layer.diffId(), source);
        }
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("Config", blobName(image.configDigest()));
        entry.put("RepoTags", references.stream().map(Reference::familiar).toList());
        entry.put(
                "Layers", layers.stream().map(layer -> blobName(layer.digest())).toList());
        entry.put("LayerSources", sources);
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

    private static boolean isUnchanged(ArchivedImage image, Function<Blob, StoredLayer> stored) {
        return image.layers().stream()
                .allMatch(layer ->
                        stored.apply(layer.blob()).digest().equals(layer.blob().digest()));
    }

    /** The image with its layers as they lie here; its own manifest counts only when all of them are the same bytes. */
    private static ArchivedImage withStoredLayers(ArchivedImage image, Function<Blob, StoredLayer> stored) {
        List<ArchivedLayer> layers = image.layers().stream()
                .map(layer -> new ArchivedLayer(stored.apply(layer.blob()).blob()))
                .toList();
        return new ArchivedImage(
                image.configDigest(),
                image.config(),
                image.configBytes(),
                image.platform(),
                image.references(),
                layers,
                isUnchanged(image, stored) ? image.manifest() : null);
    }

    /**
     * Config digests of the images that an engine's image ID stands for: the config itself, or what a manifest or an index
     * of that digest names. Empty when that cannot be told from the documents here.
     */
    @NonNull
    public Set<String> configsOf(@NonNull String imageId, @NonNull ArchiveLimits limits) throws ArchiveException {
        Set<String> configs = new LinkedHashSet<>();
        boolean sure = Sha256.isDigest(imageId) && follow(imageId, 0, configs, limits);
        return sure ? configs : Set.of();
    }

    /** The documents that an engine's image ID stands for, as far as they are here: from the top to the configs. */
    @NonNull
    public Map<String, byte[]> documentsOf(@NonNull String imageId, @NonNull ArchiveLimits limits)
            throws ArchiveException {
        Map<String, byte[]> found = new LinkedHashMap<>();
        collect(imageId, found, limits);
        return found;
    }

    private void collect(String digest, Map<String, byte[]> found, ArchiveLimits limits) throws ArchiveException {
        if (!Sha256.isDigest(digest)) {
            return;
        }
        String name = blobName(digest);
        byte[] bytes = documents.get(name);
        if (bytes == null || found.put(name, bytes) != null) {
            return;
        }
        JsonNode document = new Json(limits).read(bytes, "document " + digest);
        collect(document.path("config").path("digest").asText(), found, limits);
        for (String list : List.of("manifests", "layers")) {
            for (JsonNode child : document.path(list)) {
                collect(child.path("digest").asText(), found, limits);
            }
        }
    }

    private boolean follow(String digest, int depth, Set<String> configs, ArchiveLimits limits)
            throws ArchiveException {
        byte[] bytes = documents.get(blobName(digest));
        if (bytes == null || depth > 4) {
            return false;
        }
        if (archive.images().stream().anyMatch(image -> image.configDigest().equals(digest))) {
            configs.add(digest);
            return true;
        }
        JsonNode document = new Json(limits).read(bytes, "manifest " + digest);
        if (!document.has("manifests")) {
            String config = document.path("config").path("digest").asText();
            configs.add(config);
            return archive.images().stream()
                    .anyMatch(image -> image.configDigest().equals(config));
        }
        for (JsonNode child : document.path("manifests")) {
            boolean statement = child.path("annotations").has("vnd.docker.reference.type");
            String below = child.path("digest").asText();
            // another platform that this layout lacks may have come to the engine meanwhile
            if (!statement && !(Sha256.isDigest(below) && follow(below, depth + 1, configs, limits))) {
                return false;
            }
        }
        return true;
    }
}
