package io.jenkins.plugins.dockerarchive.image;

import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * The files of an OCI image layout of which only the JSON documents have been read. What its documents claim of a layer
 * (digest, diff ID, plain size) is taken down here and must be proved by whoever reads the layer.
 */
final class UnreadFiles implements ArchiveFiles {

    private static final String BLOBS = "blobs/sha256/";
    private static final String LAYER_SOURCES = "LayerSources";
    /** Of a compressed blob: nobody has decompressed it. */
    private static final String UNKNOWN = "";

    private final Map<String, Blob> files = new HashMap<>();
    private final Map<String, Long> plainSizes = new HashMap<>();
    private final Map<String, String> diffIds = new HashMap<>();
    private boolean complete = true;

    /** @throws ArchiveException when a document does not have the digest that its name states */
    UnreadFiles(@NonNull Map<String, byte[]> documents, @NonNull Map<String, UnreadBlob> blobs, @NonNull Json json)
            throws ArchiveException {
        for (Map.Entry<String, UnreadBlob> blob : blobs.entrySet()) {
            String digest = digest(blob.getKey());
            UnreadBlob unread = blob.getValue();
            boolean plain = unread.compression() == Compression.NONE;
            put(new Blob(
                    blob.getKey(),
                    unread.size(),
                    digest,
                    unread.compression(),
                    plain ? digest : UNKNOWN,
                    plain ? unread.size() : 0,
                    null));
        }
        for (Map.Entry<String, byte[]> document : documents.entrySet()) {
            byte[] bytes = document.getValue();
            String digest = Sha256.of(bytes);
            if (document.getKey().startsWith(BLOBS)
                    && !digest(document.getKey()).equals(digest)) {
                throw new ArchiveException("entry '" + EntryNames.shown(document.getKey())
                        + "' is not sound: its content does not have the digest that its name states, but " + digest);
            }
            put(new Blob(document.getKey(), bytes.length, digest, Compression.NONE, digest, bytes.length, bytes));
        }
        byte[] manifest = documents.get("manifest.json");
        if (manifest != null) {
            readLayerSources(json.read(manifest, "manifest.json"));
        }
    }

    private void put(Blob blob) throws ArchiveException {
        if (files.put(blob.entry(), blob) != null) {
            throw new ArchiveException("entry '" + EntryNames.shown(blob.entry()) + "' is there twice");
        }
    }

    private static String digest(String entry) throws ArchiveException {
        String digest = entry.startsWith(BLOBS) ? "sha256:" + entry.substring(BLOBS.length()) : "";
        if (!Sha256.isDigest(digest)) {
            throw new ArchiveException("entry '" + EntryNames.shown(entry) + "' is no blob of an OCI image layout");
        }
        return digest;
    }

    /** What Docker writes since 25.0: the size of each layer that the archive could have plain. */
    private void readLayerSources(JsonNode manifest) throws ArchiveException {
        for (JsonNode image : manifest) {
            JsonNode sources = image.path(LAYER_SOURCES);
            for (Iterator<Map.Entry<String, JsonNode>> all = sources.fields(); all.hasNext(); ) {
                Map.Entry<String, JsonNode> source = all.next();
                JsonNode size = source.getValue().path("size");
                boolean told = Sha256.isDigest(source.getKey())
                        && source.getValue().path("digest").asText().equals(source.getKey());
                if (!told) {
                    continue; // a layer that lies elsewhere, as foreign ones do
                }
                if (!size.canConvertToLong() || !size.isIntegralNumber() || size.asLong() < 0) {
                    throw new ArchiveException("manifest.json states no size of layer " + source.getKey());
                }
                Long before = plainSizes.put(source.getKey(), size.asLong());
                if (before != null && before != size.asLong()) {
                    throw new ArchiveException("manifest.json states two sizes of layer " + source.getKey());
                }
            }
        }
    }

    /** Whether the documents tell all that is needed of every layer that was asked for. */
    boolean isComplete() {
        return complete;
    }

    @Override
    @CheckForNull
    public Blob find(String name) {
        return files.get(name);
    }

    @Override
    public Iterable<Blob> files() {
        return files.values();
    }

    @Override
    @CheckForNull
    public Blob layer(Blob file, String diffId) throws ArchiveException {
        if (!Sha256.isDigest(diffId)) {
            return null;
        }
        String before = diffIds.put(file.digest(), diffId);
        if (before != null && !before.equals(diffId)) {
            throw new ArchiveException(
                    "blob " + file.digest() + " is said to be layer " + before + " and layer " + diffId);
        }
        Long plainSize = plainSizes.get(diffId);
        if (file.compression() == Compression.NONE) {
            if (plainSize != null && plainSize != file.size()) {
                throw new ArchiveException("layer " + diffId + " has " + file.size() + " bytes, not " + plainSize
                        + " as manifest.json states");
            }
            return file.digest().equals(diffId) ? file : null;
        }
        if (plainSize == null) {
            complete = false;
            plainSize = 0L;
        }
        return new Blob(file.entry(), file.size(), file.digest(), file.compression(), diffId, plainSize, null);
    }
}
