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
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Images to measure with: some big layers, and one of 10 MB that differs from version to version. */
final class BenchImage {

    private static final int CHANGED = 10 << 20;
    private static final int BLOCK = 64 << 10;

    private final String repository;
    private final int[] megabytes;

    /** @param megabytes of the layers that all versions share */
    BenchImage(String repository, int... megabytes) {
        this.repository = repository;
        this.megabytes = megabytes.clone();
    }

    String reference(int version) {
        return repository + ":" + version;
    }

    /** Writes an archive as {@code docker save} does. */
    void write(int version, Path file) throws IOException, NoSuchAlgorithmException {
        ObjectMapper mapper = new ObjectMapper();
        Map<String, byte[]> layers = new LinkedHashMap<>();
        for (int i = 0; i < megabytes.length; i++) {
            add(layers, layer("base" + i, megabytes[i] << 20, i));
        }
        add(layers, layer("app", CHANGED, 1000 + version));
        ObjectNode config =
                mapper.createObjectNode().put("architecture", "amd64").put("os", "linux");
        config.putObject("config").putArray("Cmd").add("x");
        ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        ArrayNode names = mapper.createArrayNode();
        layers.keySet().forEach(digest -> {
            diffIds.add("sha256:" + digest);
            names.add(digest + ".tar");
        });
        byte[] configBytes = mapper.writeValueAsBytes(config);
        ArrayNode manifest = mapper.createArrayNode();
        ObjectNode image = manifest.addObject().put("Config", digest(configBytes) + ".json");
        image.putArray("RepoTags").add(reference(version));
        image.set("Layers", names);
        try (OutputStream out = Files.newOutputStream(file);
                TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
            put(tar, digest(configBytes) + ".json", configBytes);
            for (Map.Entry<String, byte[]> layer : layers.entrySet()) {
                put(tar, layer.getKey() + ".tar", layer.getValue());
            }
            put(tar, "manifest.json", mapper.writeValueAsBytes(manifest));
        }
    }

    private static void add(Map<String, byte[]> layers, byte[] layer) throws NoSuchAlgorithmException {
        layers.put(digest(layer), layer);
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
        String[] words = new String[512];
        for (int i = 0; i < words.length; i++) {
            words[i] = Long.toString(random.nextLong() >>> 20, 36) + (i % 9 == 0 ? "\n" : " ");
        }
        byte[] block = new byte[BLOCK];
        for (int at = 0, turn = 0; at < size; at += BLOCK, turn++) {
            if (turn % 4 == 0) {
                random.nextBytes(block);
            } else {
                for (int i = 0; i < BLOCK; ) {
                    byte[] word = words[random.nextInt(words.length)].getBytes(StandardCharsets.US_ASCII);
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
