package io.jenkins.plugins.dockerarchive.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * Writes what an engine saves as an image archive of ours while it arrives: every file hashed, headers made uniform so
 * that the same image gives the same bytes, manifests last and only when they tell the truth.
 */
public final class ImageTarWriter {

    private static final Set<String> MANIFESTS = Set.of("manifest.json", "index.json", "oci-layout", "repositories");
    private static final int LONGEST_NAME = 100;

    private final ArchiveOutput output;
    private final ArchiveLimits limits;
    private final Map<String, byte[]> manifests = new TreeMap<>();

    public ImageTarWriter(@NonNull ArchiveOutput output, @NonNull ArchiveLimits limits) {
        this.output = output;
        this.limits = limits;
    }

    /**
     * Copies the tar that an engine sends, to its very end. The output is complete afterwards but has no name yet.
     *
     * @throws ArchiveException when what the engine sent is not a sound image archive
     */
    @NonNull
    public ImageArchive copy(@NonNull InputStream saved) throws IOException {
        try (ArchiveEntries entries = new TarEntries(saved, limits)) {
            ArchiveScan scan = ArchiveScan.of(entries, limits, new Copy());
            ImageArchive archive = ImageArchive.of(entries, scan, limits);
            if (!archive.notInIndex().isEmpty()) {
                // Engines that read index.json would not see these images; without it all read manifest.json.
                manifests.remove("index.json");
                manifests.remove("oci-layout");
            }
            sort("manifest.json", document -> document);
            sort("index.json", document -> document.path("manifests"));
            for (Map.Entry<String, byte[]> manifest : manifests.entrySet()) {
                byte[] bytes = manifest.getValue();
                output.write(TarHeaders.file(manifest.getKey(), bytes.length));
                output.write(bytes);
                output.write(TarHeaders.padding(bytes.length));
            }
            output.write(TarHeaders.end());
            output.complete();
            return archive;
        }
    }

    /** Engines list several images in any order, another each time. */
    private void sort(String name, UnaryOperator<JsonNode> list) throws ArchiveException {
        byte[] bytes = manifests.get(name);
        if (bytes == null) {
            return;
        }
        Json json = new Json(limits);
        JsonNode document = json.read(bytes, name);
        if (list.apply(document) instanceof ArrayNode images && images.size() > 1) {
            List<JsonNode> sorted = new ArrayList<>();
            images.forEach(sorted::add);
            sorted.sort(Comparator.comparing(JsonNode::toString));
            images.removeAll();
            images.addAll(sorted);
            manifests.put(name, json.write(document));
        }
    }

    private final class Copy implements ArchiveScan.Copy {
        private ArchiveEntry current;
        private ByteArrayOutputStream held;

        @Override
        public OutputStream file(ArchiveEntry entry, Compression compression, boolean document) throws IOException {
            current = entry;
            held = null;
            if (MANIFESTS.contains(entry.name())) {
                if (entry.size() > limits.jsonBytes()) {
                    throw new ArchiveException(entry.name() + " has more than " + limits.jsonBytes() + " bytes");
                }
                held = new ByteArrayOutputStream();
                return held;
            }
            checkName(entry);
            if (entry.size() > TarGuard.BLOCK * 8L) {
                // documents are smaller: this is a layer
                output.settleBy(compression);
            }
            output.write(TarHeaders.file(entry.name(), entry.size()));
            return output;
        }

        @Override
        public void endOfFile(Blob blob) throws IOException {
            if (held != null) {
                manifests.put(current.name(), held.toByteArray());
            } else {
                output.write(TarHeaders.padding(current.size()));
            }
        }

        @Override
        public void other(ArchiveEntry entry) throws IOException {
            if (entry.name().isEmpty()) {
                return;
            }
            checkName(entry);
            output.write(
                    entry.kind() == ArchiveEntry.Kind.DIRECTORY
                            ? TarHeaders.directory(entry.name() + "/")
                            : TarHeaders.link(entry.name(), relative(entry)));
        }

        /** Targets were resolved from the top of the archive; a symbolic link states them from its own place. */
        private String relative(ArchiveEntry link) {
            int depth = (int) link.name().chars().filter(c -> c == '/').count();
            return "../".repeat(depth) + link.target();
        }

        private void checkName(ArchiveEntry entry) throws ArchiveException {
            boolean name = length(entry.name()) >= LONGEST_NAME;
            if (name || entry.kind() == ArchiveEntry.Kind.LINK && length(relative(entry)) > LONGEST_NAME) {
                throw new ArchiveException(
                        "entry '" + EntryNames.shown(entry.name()) + "' has a name longer than any engine writes");
            }
        }

        private int length(String name) {
            return name.getBytes(StandardCharsets.UTF_8).length;
        }
    }
}
