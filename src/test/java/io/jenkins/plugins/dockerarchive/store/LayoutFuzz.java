package io.jenkins.plugins.dockerarchive.store;

import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.ArchiveFuzz;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.FileTree;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.image.LayoutContent;
import io.jenkins.plugins.dockerarchive.image.Sha256;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * For fuzzing: any bytes are an image layout that an agent sends, that lies on the controller, or what the controller wrote
 * down of a layer; or they are refused. The first byte says which:
 *
 * <pre>
 * 'R' bytes of the transfer as they are
 * 'F' an entry of what is known of layers
 * 'P' parts, each ended by 0xff: 'i' index.json, 'm' manifest.json, 'o' oci-layout, 'd' a document, 'l' a layer
 * </pre>
 *
 * In a document {@code @0} to {@code @9} stand for the digests of earlier parts, which no fuzzer guesses.
 */
public final class LayoutFuzz {

    private static final ArchiveLimits LIMITS = ArchiveFuzz.SMALL;
    private static final String DIFF_ID = "sha256:" + "0123456789abcdef".repeat(4);

    private LayoutFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length == 0) {
            return;
        }
        Path directory = Files.createTempDirectory("docker-archive-fuzz");
        try {
            byte[] rest = Arrays.copyOfRange(input, 1, input.length);
            switch (input[0]) {
                case 'F' -> fact(rest, directory);
                case 'P' -> {
                    Map<String, byte[]> parts = parts(rest);
                    receive(transfer(parts), directory);
                    read(parts, directory.resolve("layout"));
                }
                default -> receive(rest, directory);
            }
        } finally {
            FileTree.delete(directory);
        }
    }

    private static void fact(byte[] bytes, Path directory) throws IOException {
        Path facts =
                Files.createDirectories(directory.resolve(BuildStore.DIRECTORY).resolve("layers"));
        Files.write(facts.resolve(Sha256.hex(DIFF_ID)), bytes);
        BuildStore store = new BuildStore(directory, LIMITS);
        BuildStore.Known known = store.find(DIFF_ID);
        if (known != null) {
            throw new AssertionError("a layer that is not there: " + known);
        }
        if (!store.layouts().isEmpty()) {
            throw new AssertionError("a layout out of nothing");
        }
    }

    /** What is accepted becomes a stash, and everybody reads the same images in it. */
    private static void receive(byte[] bytes, Path directory) throws IOException {
        BuildStore store = new BuildStore(directory.resolve("build"), LIMITS);
        LayoutContent content;
        try {
            content = new LayoutReceiver(store, List.of(), LIMITS).receive(new ByteArrayInputStream(bytes));
        } catch (ArchiveException e) {
            ArchiveFuzz.checkSentence(e);
            return;
        }
        store.makeStash("s", content);
        ImageArchive whole = ImageArchive.read(store.stash("s"), LIMITS);
        ImageArchive byDocuments =
                LayoutDocuments.read(store.stash("s"), LIMITS).archive(LIMITS);
        if (byDocuments == null
                || !whole.references().equals(content.archive().references())
                || !whole.references().equals(byDocuments.references())
                || whole.images().size() != content.archive().images().size()
                || whole.images().size() != byDocuments.images().size()) {
            throw new AssertionError("read in two ways: " + content.archive().references());
        }
    }

    private static void read(Map<String, byte[]> parts, Path layout) throws IOException {
        for (Map.Entry<String, byte[]> part : parts.entrySet()) {
            Path file = layout.resolve(part.getKey());
            Files.createDirectories(file.getParent());
            Files.write(file, part.getValue());
        }
        try {
            LayoutDocuments documents = LayoutDocuments.read(layout, LIMITS);
            if (documents != null) {
                documents.archive(LIMITS);
            }
        } catch (ArchiveException e) {
            ArchiveFuzz.checkSentence(e);
        }
    }

    /** The parts by their names in a layout; layers, whose names do not end in {@code .json} either, have no placeholders. */
    private static Map<String, byte[]> parts(byte[] bytes) {
        Map<String, byte[]> parts = new LinkedHashMap<>();
        List<String> digests = new ArrayList<>();
        int from = 0;
        for (int at = 0; at < bytes.length && digests.size() < 50; at++) {
            if (bytes[at] == (byte) 0xff && at > from) {
                byte[] content = Arrays.copyOfRange(bytes, from + 1, at);
                char kind = (char) bytes[from];
                byte[] filled = kind == 'l' ? content : filled(content, digests);
                String digest = Sha256.hex(Sha256.of(filled));
                digests.add(digest);
                parts.put(
                        switch (kind) {
                            case 'i' -> "index.json";
                            case 'm' -> "manifest.json";
                            case 'o' -> "oci-layout";
                            default -> "blobs/sha256/" + digest;
                        },
                        filled);
                from = at + 1;
            }
        }
        return parts;
    }

    private static byte[] filled(byte[] content, List<String> digests) {
        String text = new String(content, StandardCharsets.ISO_8859_1);
        for (int i = 0; i < Math.min(10, digests.size()); i++) {
            text = text.replace("@" + i, digests.get(i));
        }
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** As an honest agent sends them: blobs that are no JSON as layers, the rest as documents. */
    private static byte[] transfer(Map<String, byte[]> parts) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        Map<String, byte[]> documents = new LinkedHashMap<>();
        for (Map.Entry<String, byte[]> part : parts.entrySet()) {
            byte[] content = part.getValue();
            boolean json = content.length > 0 && (content[0] == '{' || content[0] == '[');
            if (!part.getKey().startsWith("blobs/") || json) {
                documents.put(part.getKey(), content);
                continue;
            }
            out.writeByte(LayoutSender.LAYER);
            if (content.length > 0) {
                out.writeInt(content.length);
                out.write(content);
            }
            out.writeInt(0);
            out.writeUTF(Sha256.of(content));
            out.writeLong(content.length);
            out.writeUTF(Sha256.of(content));
            out.writeLong(content.length);
        }
        out.writeByte(LayoutSender.DOCUMENTS);
        out.writeInt(documents.size());
        for (Map.Entry<String, byte[]> document : documents.entrySet()) {
            out.writeUTF(document.getKey());
            out.writeInt(document.getValue().length);
            out.write(document.getValue());
        }
        out.writeByte(LayoutSender.END);
        return bytes.toByteArray();
    }

    /** Inputs that are accepted, to start from. */
    public static List<byte[]> sound() {
        String layer = "l" + "plain";
        String config = "d{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\","
                + "\"diff_ids\":[\"sha256:@0\"]}}";
        String manifest =
                "d{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":"
                        + "{\"mediaType\":\"application/vnd.oci.image.config.v1+json\",\"digest\":\"sha256:@1\",\"size\":SIZE1},"
                        + "\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"sha256:@0\","
                        + "\"size\":5}]}";
        String index = "i{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":"
                + "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:@2\",\"size\":SIZE2,"
                + "\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/a:1\","
                + "\"org.opencontainers.image.ref.name\":\"1\"}}]}";
        String docker = "m[{\"Config\":\"blobs/sha256/@1\",\"RepoTags\":[\"a:1\"],\"Layers\":[\"blobs/sha256/@0\"],"
                + "\"LayerSources\":{\"sha256:@0\":{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
                + "\"size\":5,\"digest\":\"sha256:@0\"}}}]";
        String mark = "o{\"imageLayoutVersion\":\"1.0.0\"}";
        int digest = 64 - 2;
        manifest = manifest.replace("SIZE1", String.valueOf(config.length() - 1 + digest));
        index = index.replace("SIZE2", String.valueOf(manifest.length() - 1 + 2 * digest));
        byte[] parts = joined("P", layer, config, manifest, index, docker, mark);
        byte[] fact = ("F{\"diffId\":\"" + DIFF_ID + "\",\"plainSize\":1,\"digest\":\"" + DIFF_ID
                        + "\",\"size\":1,\"compression\":\"NONE\",\"modified\":1}")
                .getBytes(StandardCharsets.ISO_8859_1);
        try {
            byte[] transfer = transfer(parts(Arrays.copyOfRange(parts, 1, parts.length)));
            byte[] raw = new byte[transfer.length + 1];
            raw[0] = 'R';
            System.arraycopy(transfer, 0, raw, 1, transfer.length);
            return List.of(parts, raw, fact);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static byte[] joined(String mode, String... parts) {
        StringBuilder all = new StringBuilder(mode);
        for (String part : parts) {
            all.append(part).append((char) 0xff);
        }
        return all.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
