package io.jenkins.plugins.dockerarchive.image;

import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the images of an archive by its {@code manifest.json} and its {@code index.json}. Engines read one or the
 * other (graph drivers the first, the containerd store and podman the second), so where both exist they must tell the
 * same; an image that only {@code manifest.json} has is a known omission of Docker (moby issue 51389) and no contradiction.
 */
final class ManifestReader {

    private static final String CONTAINERD_NAME = "io.containerd.image.name";
    private static final String OCI_NAME = "org.opencontainers.image.ref.name";
    private static final int DEEPEST_INDEX = 4;
    private static final Pattern CONFIG_NAME = Pattern.compile("(?:sha256:)?([0-9a-f]{64})(?:\\.json)?");

    private final ArchiveFiles files;
    private final ArchiveLimits limits;
    private final Json json;
    private final Map<String, Blob> byDigest = new HashMap<>();

    ManifestReader(@NonNull ArchiveFiles files, @NonNull ArchiveLimits limits) {
        this.files = files;
        this.limits = limits;
        this.json = new Json(limits);
        for (Blob blob : files.files()) {
            byDigest.put(blob.digest(), blob);
        }
    }

    @NonNull
    ImageArchive read() throws ArchiveException {
        Blob manifestJson = files.find("manifest.json");
        Blob indexJson = files.find("oci-layout") == null ? null : files.find("index.json");
        if (manifestJson == null && indexJson == null) {
            throw new ArchiveException("it holds no image: manifest.json is missing");
        }
        List<ArchivedRoot> oci = indexJson == null ? List.of() : fromIndex(indexJson);
        List<ArchivedRoot> roots = manifestJson == null ? oci : merge(fromManifest(manifestJson), oci);
        if (roots.isEmpty()) {
            throw new ArchiveException("it holds no image");
        }
        if (roots.size() > limits.images()) {
            throw new ArchiveException("it holds more than " + limits.images() + " images");
        }
        Set<Reference> seen = new LinkedHashSet<>();
        for (ArchivedRoot root : roots) {
            for (Reference reference : root.references()) {
                if (!seen.add(reference)) {
                    throw new ArchiveException("reference " + reference + " stands at two of its images");
                }
            }
        }
        List<String> notInIndex = new ArrayList<>();
        if (indexJson != null) {
            roots.stream()
                    .flatMap(root -> root.images().stream())
                    .map(ArchivedImage::configDigest)
                    .forEach(notInIndex::add);
            oci.forEach(root -> root.images().forEach(image -> notInIndex.remove(image.configDigest())));
        }
        return new ImageArchive(List.copyOf(roots), List.copyOf(notInIndex));
    }

    // manifest.json, "docker v1.2"; https://github.com/moby/docker-image-spec/blob/main/spec.md

    private List<ArchivedImage> fromManifest(Blob manifestJson) throws ArchiveException {
        JsonNode list = json.read(document(manifestJson, "file"), "manifest.json");
        if (!list.isArray()) {
            throw new ArchiveException("it holds no image: manifest.json is not a list");
        }
        if (list.size() > limits.images()) {
            throw new ArchiveException("it holds more than " + limits.images() + " images");
        }
        Map<String, ArchivedImage> images = new LinkedHashMap<>();
        for (JsonNode entry : list) {
            Blob config = named(entry.path("Config"), "config");
            checkConfigName(entry.path("Config").asText(), config);
            List<Blob> layers = new ArrayList<>();
            for (JsonNode layer : list(entry, "Layers")) {
                layers.add(named(layer, "layer"));
            }
            List<Reference> references = new ArrayList<>();
            for (JsonNode tag : list(entry, "RepoTags")) {
                references.add(reference(tag.asText()));
            }
            ArchivedImage image = image(config, layers, references, null);
            images.merge(image.configDigest(), image, ManifestReader::together);
        }
        return new ArrayList<>(images.values());
    }

    /** A list that may be absent. */
    private static JsonNode list(JsonNode entry, String field) throws ArchiveException {
        JsonNode list = entry.path(field);
        if (!list.isArray() && !list.isMissingNode() && !list.isNull()) {
            throw new ArchiveException("manifest.json has " + field + " that are no list");
        }
        return list;
    }

    /** Docker, podman and skopeo name a config by its digest; here it is the only guard against a changed one. */
    private static void checkConfigName(String name, Blob config) throws ArchiveException {
        Matcher digest = CONFIG_NAME.matcher(name);
        if (digest.matches() && !digest.group(1).equals(Sha256.hex(config.digest()))) {
            throw new ArchiveException(
                    "config '" + name + "' does not have the digest that its name states, but " + config.digest());
        }
    }

    private static ArchivedImage together(ArchivedImage one, ArchivedImage other) {
        Set<Reference> references = new LinkedHashSet<>(one.references());
        references.addAll(other.references());
        return one.withReferences(new ArrayList<>(references));
    }

    private Blob named(JsonNode name, String what) throws ArchiveException {
        if (!name.isTextual()) {
            throw new ArchiveException("manifest.json names no " + what);
        }
        Blob blob = files.find(new EntryNames(limits).normalise(name.asText()));
        if (blob == null) {
            throw new ArchiveException(what + " '" + EntryNames.shown(name.asText()) + "' is missing");
        }
        return blob;
    }

    private static Reference reference(String text) throws ArchiveException {
        // A bare repository or a digest means different things to different engines.
        int colon = text.lastIndexOf(':');
        if (colon <= text.lastIndexOf('/')) {
            throw new ArchiveException("its reference '" + EntryNames.shown(text) + "' has no tag");
        }
        try {
            return Reference.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ArchiveException("its reference " + e.getMessage().replaceAll("\\. Write.*", ""), e);
        }
    }

    // index.json, https://github.com/opencontainers/image-spec/blob/main/image-layout.md

    private List<ArchivedRoot> fromIndex(Blob indexJson) throws ArchiveException {
        JsonNode index = json.read(document(indexJson, "file"), "index.json");
        Map<String, ArchivedRoot> roots = new LinkedHashMap<>();
        for (JsonNode descriptor : descriptors(index, "manifests", "index.json")) {
            if (isAttestation(descriptor)) {
                continue;
            }
            Blob top = described(descriptor);
            if (top == null) {
                throw new ArchiveException("manifest " + digest(descriptor) + " is missing");
            }
            Set<Reference> references = new LinkedHashSet<>();
            Reference reference = annotated(descriptor.path("annotations"));
            if (reference != null) {
                references.add(reference);
            }
            ArchivedRoot before = roots.get(top.digest());
            if (before != null) {
                references.addAll(before.references());
                roots.put(top.digest(), before.withReferences(new ArrayList<>(references)));
                continue;
            }
            List<Blob> documents = new ArrayList<>();
            List<ArchivedImage> images = new ArrayList<>();
            Set<String> missing = new LinkedHashSet<>();
            walk(top, 0, documents, images, missing);
            if (images.isEmpty()) {
                throw new ArchiveException(
                        missing.isEmpty()
                                ? "manifest " + top.digest() + " leads to no image"
                                : missing.iterator().next());
            }
            JsonNode topNode = json.read(document(top, "manifest"), "manifest " + top.digest());
            roots.put(
                    top.digest(),
                    new ArchivedRoot(List.of(), images, documents, topNode.has("manifests") ? top : null)
                            .withReferences(new ArrayList<>(references)));
        }
        return new ArrayList<>(roots.values());
    }

    private void walk(Blob at, int depth, List<Blob> documents, List<ArchivedImage> images, Set<String> missing)
            throws ArchiveException {
        if (depth > DEEPEST_INDEX || documents.size() > limits.images()) {
            throw new ArchiveException("its image indexes are nested too deep");
        }
        JsonNode node = json.read(document(at, "manifest"), "manifest " + at.digest());
        documents.add(at);
        if (node.has("manifests")) {
            for (JsonNode child : descriptors(node, "manifests", "index " + at.digest())) {
                Blob blob = described(child);
                if (blob == null) {
                    // a save holds what the engine had: other platforms may be named and not there
                    missing.add("manifest " + digest(child) + " is missing");
                } else if (isAttestation(child)) {
                    attestation(blob, documents);
                } else {
                    walk(blob, depth + 1, documents, images, missing);
                }
            }
            return;
        }
        Blob config = described(node.path("config"));
        List<Blob> layers = new ArrayList<>();
        for (JsonNode layer : descriptors(node, "layers", "manifest " + at.digest())) {
            Blob blob = described(layer);
            if (blob == null) {
                missing.add("layer " + digest(layer) + " is missing");
                return;
            }
            layers.add(blob);
        }
        if (config == null) {
            missing.add("config " + digest(node.path("config")) + " is missing");
            return;
        }
        images.add(image(config, layers, List.of(), at));
    }

    /** Statements about an image, beside it: they go where the image goes when they are whole. */
    private void attestation(Blob manifest, List<Blob> documents) throws ArchiveException {
        JsonNode node = json.read(document(manifest, "manifest"), "manifest " + manifest.digest());
        List<Blob> parts = new ArrayList<>(List.of(manifest));
        Blob config = described(node.path("config"));
        if (config != null) {
            parts.add(config);
        }
        for (JsonNode layer : descriptors(node, "layers", "manifest " + manifest.digest())) {
            Blob blob = described(layer);
            if (blob != null) {
                parts.add(blob);
            }
        }
        for (Blob part : parts) {
            if (part.json() != null
                    && documents.stream().noneMatch(d -> d.digest().equals(part.digest()))) {
                documents.add(part);
            }
        }
    }

    private List<JsonNode> descriptors(JsonNode node, String field, String where) throws ArchiveException {
        JsonNode list = node.path(field);
        if (!list.isArray()) {
            throw new ArchiveException(where + " has no list of " + field);
        }
        int most = field.equals("layers") ? limits.layers() : limits.images();
        if (list.size() > most) {
            throw new ArchiveException(where + " has more than " + most + " " + field);
        }
        List<JsonNode> descriptors = new ArrayList<>();
        list.forEach(descriptors::add);
        return descriptors;
    }

    private static boolean isAttestation(JsonNode descriptor) {
        return descriptor.path("annotations").has("vnd.docker.reference.type")
                || descriptor.path("platform").path("os").asText().equals("unknown");
    }

    private static String digest(JsonNode descriptor) {
        return EntryNames.shown(descriptor.path("digest").asText());
    }

    @CheckForNull
    private Blob described(JsonNode descriptor) throws ArchiveException {
        String digest = descriptor.path("digest").asText();
        if (!Sha256.isDigest(digest)) {
            throw new ArchiveException("'" + EntryNames.shown(digest) + "' is not a SHA-256 digest");
        }
        Blob blob = byDigest.get(digest);
        if (blob != null && descriptor.path("size").asLong(-1) != blob.size()) {
            throw new ArchiveException("blob " + digest + " does not have the size that its descriptor states");
        }
        return blob;
    }

    @CheckForNull
    private static Reference annotated(JsonNode annotations) throws ArchiveException {
        String full = annotations.path(CONTAINERD_NAME).asText("");
        if (!full.isEmpty()) {
            // The containerd store writes its own name here for an image without: moby-dangling@sha256:...
            return full.indexOf('@') >= 0 ? null : reference(full);
        }
        String name = annotations.path(OCI_NAME).asText("");
        // skopeo and podman write the whole reference here, others the tag alone
        return name.indexOf(':') > 0 && name.indexOf('@') < 0 ? reference(name) : null;
    }

    // both

    private ArchivedImage image(Blob config, List<Blob> layers, List<Reference> references, @CheckForNull Blob manifest)
            throws ArchiveException {
        JsonNode node = json.read(document(config, "config"), "config " + config.digest());
        JsonNode diffIds = node.path("rootfs").path("diff_ids");
        if (!node.isObject() || !diffIds.isArray() && !layers.isEmpty()) {
            throw new ArchiveException("config " + config.digest() + " is not that of an image");
        }
        if (layers.size() > limits.layers()) {
            throw new ArchiveException("an image has more than " + limits.layers() + " layers");
        }
        if (diffIds.size() != layers.size()) {
            throw new ArchiveException("config " + config.digest() + " lists " + diffIds.size()
                    + " layers, the manifest " + layers.size());
        }
        List<ArchivedLayer> verified = new ArrayList<>();
        for (int i = 0; i < layers.size(); i++) {
            Blob layer = files.layer(layers.get(i), diffIds.get(i).asText());
            if (layer == null) {
                throw new ArchiveException("layer " + (i + 1) + " ('"
                        + EntryNames.shown(layers.get(i).entry())
                        + "') does not have the content that its image's config states");
            }
            verified.add(new ArchivedLayer(layer));
        }
        String variant = node.path("variant").asText("");
        Platform platform = new Platform(
                node.path("os").asText("linux"),
                node.path("architecture").asText("unknown"),
                variant.isEmpty() ? null : variant);
        return new ArchivedImage(
                config.digest(), node, config.json(), platform, List.copyOf(references), verified, manifest);
    }

    private byte[] document(Blob blob, String what) throws ArchiveException {
        if (blob.json() == null) {
            throw new ArchiveException(what + " '" + EntryNames.shown(blob.entry()) + "' is not JSON, or has more than "
                    + limits.jsonBytes() + " bytes");
        }
        return blob.json();
    }

    /** One truth of two manifests. */
    private static List<ArchivedRoot> merge(List<ArchivedImage> images, List<ArchivedRoot> oci)
            throws ArchiveException {
        Map<Reference, ArchivedRoot> ociByReference = new HashMap<>();
        Set<String> ociConfigs = new LinkedHashSet<>();
        for (ArchivedRoot root : oci) {
            root.references().forEach(reference -> ociByReference.put(reference, root));
            root.images().forEach(image -> ociConfigs.add(image.configDigest()));
        }
        List<ArchivedRoot> roots = new ArrayList<>(oci);
        Set<Reference> told = new LinkedHashSet<>();
        for (ArchivedImage image : images) {
            for (Reference reference : image.references()) {
                told.add(reference);
                ArchivedRoot root = ociByReference.get(reference);
                boolean same = root == null
                        ? !ociConfigs.contains(image.configDigest())
                        : root.images().stream().anyMatch(i -> i.configDigest().equals(image.configDigest()));
                if (!same) {
                    throw contradiction(reference);
                }
            }
            if (!ociConfigs.contains(image.configDigest())) {
                roots.add(ArchivedRoot.of(image));
            }
        }
        for (Reference reference : ociByReference.keySet()) {
            if (!told.contains(reference)) {
                throw contradiction(reference);
            }
        }
        Set<String> configs = new LinkedHashSet<>();
        images.forEach(image -> configs.add(image.configDigest()));
        for (ArchivedRoot root : oci) {
            if (root.images().stream().noneMatch(i -> configs.contains(i.configDigest()))) {
                throw new ArchiveException("index.json holds an image that manifest.json does not have");
            }
        }
        return roots;
    }

    private static ArchiveException contradiction(Reference reference) {
        return new ArchiveException("manifest.json and index.json tell different things about " + reference
                + ", so that engines would load different images");
    }
}
