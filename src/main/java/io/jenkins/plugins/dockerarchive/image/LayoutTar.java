package io.jenkins.plugins.dockerarchive.image;

import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An OCI image layout directory as one tar that {@code docker load} takes: the same layout gives the same bytes. Nothing is
 * decompressed, so that digests stay. All that the manifests name must be there with its size before anything is written;
 * each blob is hashed while it is.
 */
public final class LayoutTar {

    private static final String BLOBS = "blobs/sha256/";
    private static final int BUFFER = 128 << 10;

    private final Path layout;
    private final ArchiveLimits limits;
    private final Json json;
    private final Map<String, byte[]> documents = new LinkedHashMap<>();
    private final Map<String, Long> blobs = new LinkedHashMap<>();

    /**
     * Reads the manifests.
     *
     * @param sha256 what the layout's index.json must have, hexadecimal; null when that is not known
     * @throws ArchiveException when the layout is not whole; its sentence begins with "it"
     */
    public LayoutTar(@NonNull Path layout, @CheckForNull String sha256, @NonNull ArchiveLimits limits)
            throws IOException {
        this.layout = layout;
        this.limits = limits;
        this.json = new Json(limits);
        byte[] index = document("index.json");
        if (sha256 != null && !Sha256.of(index).equals("sha256:" + sha256)) {
            throw new ArchiveException("its index.json is not the one that was archived");
        }
        documents.put("oci-layout", document("oci-layout"));
        documents.put("index.json", index);
        byte[] manifest = document("manifest.json");
        collect(json.read(index, "index.json"));
        for (JsonNode image : json.read(manifest, "manifest.json")) {
            requireKnown(image.path("Config").asText());
            for (JsonNode layer : image.path("Layers")) {
                requireKnown(layer.asText());
            }
        }
        documents.put("manifest.json", manifest);
    }

    /**
     * The blobs that an index or a manifest names, and what those name. An index may name platforms that were never
     * pulled, and statements about images (of platform unknown) whose own blobs are no part of an image archive.
     */
    private void collect(JsonNode index) throws IOException {
        Deque<JsonNode> open = new ArrayDeque<>();
        open.add(index);
        while (!open.isEmpty()) {
            JsonNode node = open.remove();
            for (JsonNode child : node.path("manifests")) {
                boolean optional = node != index;
                if (add(child, optional)) {
                    String name = name(child);
                    byte[] bytes = document(name);
                    if (!Sha256.of(bytes).equals(child.path("digest").asText())) {
                        throw new ArchiveException(
                                "its blob " + child.path("digest").asText() + " is damaged");
                    }
                    JsonNode document = json.read(bytes, name);
                    boolean statement =
                            child.path("platform").path("os").asText().equals("unknown");
                    if (document.has("config")) {
                        add(document.path("config"), statement);
                    }
                    for (JsonNode layer : document.path("layers")) {
                        add(layer, statement);
                    }
                    open.add(document);
                }
            }
        }
    }

    private static String name(JsonNode descriptor) throws ArchiveException {
        String digest = descriptor.path("digest").asText();
        if (!Sha256.isDigest(digest)) {
            throw new ArchiveException("it names a blob by a malformed digest");
        }
        return BLOBS + Sha256.hex(digest);
    }

    /** Whether the blob is there and was not met before. */
    private boolean add(JsonNode descriptor, boolean optional) throws IOException {
        String name = name(descriptor);
        if (optional && !Files.exists(layout.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        long size = size(name);
        if (descriptor.path("size").asLong(-1) != size) {
            throw new ArchiveException("its '" + name + "' has another size than it should have");
        }
        if (blobs.size() >= limits.entries()) {
            throw new ArchiveException("it has more than " + limits.entries() + " entries");
        }
        return blobs.putIfAbsent(name, size) == null;
    }

    private void requireKnown(String name) throws ArchiveException {
        if (!blobs.containsKey(name)) {
            throw new ArchiveException(
                    "its manifest.json names '" + EntryNames.shown(name) + "', which its index.json does not");
        }
    }

    private long size(String name) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(layout.resolve(name), BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                throw new ArchiveException("its '" + name + "' is no file");
            }
            return attributes.size();
        } catch (NoSuchFileException e) {
            throw new ArchiveException("its '" + name + "' is missing", e);
        }
    }

    private byte[] document(String name) throws IOException {
        long size = size(name);
        if (size > limits.jsonBytes()) {
            throw new ArchiveException("its '" + name + "' has more than " + limits.jsonBytes() + " bytes");
        }
        return Files.readAllBytes(layout.resolve(name));
    }

    /** Bytes of the tar. */
    public long size() {
        long size = 2L * TarGuard.BLOCK; // the directories
        for (byte[] document : documents.values()) {
            size += entrySize(document.length);
        }
        for (long blob : blobs.values()) {
            size += entrySize(blob);
        }
        return size + TarHeaders.end().length;
    }

    private static long entrySize(long content) {
        return TarGuard.BLOCK + content + TarHeaders.padding(content).length;
    }

    /**
     * Writes the tar.
     *
     * @throws ArchiveException when a blob is not what its name says; the tar has no end then
     */
    public void writeTo(@NonNull OutputStream out) throws IOException {
        out.write(TarHeaders.directory("blobs/"));
        out.write(TarHeaders.directory(BLOBS));
        for (Map.Entry<String, Long> blob : blobs.entrySet()) {
            String digest = "sha256:" + blob.getKey().substring(BLOBS.length());
            try (InputStream file = Files.newInputStream(layout.resolve(blob.getKey()), LinkOption.NOFOLLOW_LINKS)) {
                write(blob.getKey(), blob.getValue(), new Verified(file, blob.getValue(), digest), out);
            }
        }
        for (Map.Entry<String, byte[]> document : documents.entrySet()) {
            byte[] bytes = document.getValue();
            write(document.getKey(), bytes.length, new ByteArrayInputStream(bytes), out);
        }
        out.write(TarHeaders.end());
    }

    private static void write(String name, long size, InputStream content, OutputStream out) throws IOException {
        out.write(TarHeaders.file(name, size));
        byte[] buffer = new byte[BUFFER];
        for (int read = content.read(buffer, 0, BUFFER); read >= 0; read = content.read(buffer, 0, BUFFER)) {
            out.write(buffer, 0, read);
        }
        out.write(TarHeaders.padding(size));
    }
}
