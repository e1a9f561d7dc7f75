package io.jenkins.plugins.dockerarchive.hermetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Images to measure with: some big layers, and one of 10 MB that differs from version to version. */
final class BenchImage {

    private static final int CHANGED = 10 << 20;
    private static final int BLOCK = 64 << 10;

    private final String repository;
    private final int[] megabytes;
    private final long seed;
    private final List<Layer> base = new ArrayList<>();

    private record Layer(String digest, byte[] bytes) {}

    /**
     * @param repository its layers are those of no other: an engine that has them from elsewhere would tell nothing
     * @param megabytes of the layers that all versions share
     */
    BenchImage(String repository, int... megabytes) {
        this.repository = repository;
        this.seed = (long) repository.hashCode() << 16;
        this.megabytes = megabytes.clone();
    }

    String reference(int version) {
        return repository + ":" + version;
    }

    /** Writes an archive as {@code docker save} does. */
    void write(int version, Path file) throws IOException, NoSuchAlgorithmException {
        try (OutputStream out = Files.newOutputStream(file)) {
            write(version, out);
        }
    }

    /** The same into a stream. */
    void write(int version, OutputStream out) throws IOException, NoSuchAlgorithmException {
        ObjectMapper mapper = new ObjectMapper();
        List<Layer> layers = layers(version);
        ObjectNode config =
                mapper.createObjectNode().put("architecture", "amd64").put("os", "linux");
        config.putObject("config").putArray("Cmd").add("x");
        ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        ArrayNode names = mapper.createArrayNode();
        layers.forEach(layer -> {
            diffIds.add("sha256:" + layer.digest());
            names.add(layer.digest() + ".tar");
        });
        byte[] configBytes = mapper.writeValueAsBytes(config);
        ArrayNode manifest = mapper.createArrayNode();
        ObjectNode image = manifest.addObject().put("Config", digest(configBytes) + ".json");
        image.putArray("RepoTags").add(reference(version));
        image.set("Layers", names);
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            put(tar, digest(configBytes) + ".json", configBytes);
            for (Layer layer : layers) {
                put(tar, layer.digest() + ".tar", layer.bytes());
            }
            put(tar, "manifest.json", mapper.writeValueAsBytes(manifest));
        }
    }

    /** The layers of a version, by their names. */
    List<String> diffIds(int version) throws IOException, NoSuchAlgorithmException {
        return layers(version).stream().map(layer -> "sha256:" + layer.digest()).toList();
    }

    private List<Layer> layers(int version) throws IOException, NoSuchAlgorithmException {
        for (int i = base.size(); i < megabytes.length; i++) {
            base.add(named(layer("base" + i, megabytes[i] << 20, seed + i)));
        }
        List<Layer> layers = new ArrayList<>(base);
        layers.add(named(layer("app", CHANGED, seed + 1000 + version)));
        return layers;
    }

    /** Forgets the layers that all versions share, which take as much memory as the image. */
    void forget() {
        base.clear();
    }

    private static Layer named(byte[] layer) throws NoSuchAlgorithmException {
        return new Layer(digest(layer), layer);
    }

    private static void put(TarArchiveOutputStream tar, String name, byte[] bytes) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setModTime(0); // the same layer must have the same bytes
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    /** Blocks of random bytes and of words in turn, which gzip makes about 2.3 times smaller together. */
    private static byte[] layer(String name, int size, long seed) throws IOException {
        Random random = new Random(seed);
        byte[] content = new byte[size];
        byte[][] words = new byte[512][];
        for (int i = 0; i < words.length; i++) {
            String word = Long.toString(random.nextLong() >>> 20, 36) + (i % 9 == 0 ? "\n" : " ");
            words[i] = word.getBytes(StandardCharsets.US_ASCII);
        }
        byte[] block = new byte[BLOCK];
        for (int at = 0, turn = 0; at < size; at += BLOCK, turn++) {
            if (turn % 4 == 0) {
                random.nextBytes(block);
            } else {
                for (int i = 0; i < BLOCK; ) {
                    byte[] word = words[random.nextInt(words.length)];
                    int length = Math.min(word.length, BLOCK - i);
                    System.arraycopy(word, 0, block, i, length);
                    i += length;
                }
            }
            System.arraycopy(block, 0, content, at, Math.min(BLOCK, size - at));
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(size + 4096);
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            put(tar, "data/" + name, content);
        }
        return bytes.toByteArray();
    }

    private static String digest(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
