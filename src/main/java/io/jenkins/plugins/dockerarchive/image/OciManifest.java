package io.jenkins.plugins.dockerarchive.image;

import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The manifest, or image index, that stands for an image in an OCI layout. Its digest is the image's ID in the containerd
 * store.
 */
public record OciManifest(
        @NonNull String mediaType,
        @NonNull byte[] bytes,
        @NonNull String digest) {

    private static final String INDEX = "application/vnd.oci.image.index.v1+json";
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";

    /** The manifest that the archive has, byte for byte, so that the ID stays; made where there is none. */
    @NonNull
    static OciManifest of(ArchivedImage image, ArchiveLimits limits) {
        if (image.manifest() != null && image.layers().stream().noneMatch(OciManifest::decompress)) {
            return existing(image.manifest(), limits);
        }
        return made(image, OciManifest::decompress, limits);
    }

    /** A manifest of the image with plain layers. */
    @NonNull
    static OciManifest plain(ArchivedImage image, ArchiveLimits limits) {
        return made(image, layer -> true, limits);
    }

    private static OciManifest made(ArchivedImage image, Predicate<ArchivedLayer> plain, ArchiveLimits limits) {
        Json json = new Json(limits);
        List<Object> layers = new ArrayList<>();
        for (ArchivedLayer layer : image.layers()) {
            Blob blob = layer.blob();
            boolean decompress = plain.test(layer);
            layers.add(descriptor(
                    decompress ? LAYER : LAYER + suffix(blob.compression()),
                    decompress ? blob.plainDigest() : blob.digest(),
                    decompress ? blob.plainSize() : blob.size()));
        }
        Map<String, Object> manifest = new LinkedHashMap<>();
        manifest.put("schemaVersion", 2);
        manifest.put("mediaType", MANIFEST);
        manifest.put("config", descriptor(CONFIG, image.configDigest(), image.configBytes().length));
        manifest.put("layers", layers);
        byte[] bytes = json.write(manifest);
        return new OciManifest(MANIFEST, bytes, Sha256.of(bytes));
    }

    /** A document that is there already. */
    @NonNull
    static OciManifest existing(Blob blob, ArchiveLimits limits) {
        String mediaType;
        try {
            JsonNode node = new Json(limits).read(blob.json(), "manifest");
            mediaType = node.path("mediaType").asText(node.has("manifests") ? INDEX : MANIFEST);
        } catch (ArchiveException e) {
            throw new IllegalStateException("A manifest that was read once can be read again", e);
        }
        return new OciManifest(mediaType, blob.json(), blob.digest());
    }

    /** An index of some manifests, as one document. */
    @NonNull
    static OciManifest index(List<Object> descriptors, ArchiveLimits limits) {
        byte[] bytes = new Json(limits).write(indexOf(descriptors));
        return new OciManifest(INDEX, bytes, Sha256.of(bytes));
    }

    /** The tree of an index. */
    @NonNull
    static Map<String, Object> indexOf(List<Object> descriptors) {
        Map<String, Object> index = new LinkedHashMap<>();
        index.put("schemaVersion", 2);
        index.put("mediaType", INDEX);
        index.put("manifests", descriptors);
        return index;
    }

    /** OCI knows layers that are plain, gzip or zstd; others go plain. */
    static boolean decompress(ArchivedLayer layer) {
        return !knows(layer.blob().compression());
    }

    /** Whether OCI has a media type for layers of this compression. */
    static boolean knows(Compression compression) {
        return compression == Compression.NONE || compression == Compression.GZIP || compression == Compression.ZSTD;
    }

    private static String suffix(Compression compression) {
        return switch (compression) {
            case GZIP -> "+gzip";
            case ZSTD -> "+zstd";
            default -> "";
        };
    }

    /** A descriptor of this document that may get more fields. */
    @NonNull
    Map<String, Object> descriptor() {
        return descriptor(mediaType, digest, bytes.length);
    }

    /** A descriptor that names this document, for the containerd store, podman and skopeo. */
    @NonNull
    Map<String, Object> descriptor(Reference name) {
        Map<String, Object> descriptor = descriptor();
        // in an order of its own, so that the same index is the same bytes in every Java machine
        Map<String, Object> annotations = new LinkedHashMap<>();
        annotations.put("io.containerd.image.name", name.qualified());
        annotations.put("org.opencontainers.image.ref.name", name.tag());
        descriptor.put("annotations", annotations);
        return descriptor;
    }

    private static Map<String, Object> descriptor(String mediaType, String digest, long size) {
        Map<String, Object> descriptor = new LinkedHashMap<>();
        descriptor.put("mediaType", mediaType);
        descriptor.put("digest", digest);
        descriptor.put("size", size);
        return descriptor;
    }
}
