package io.jenkins.plugins.dockerarchive.testengines;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes an archive that every engine loads: manifest.json, a configuration and plain layers of each image. */
public final class TestImageArchive {

    private final List<Image> images = new ArrayList<>();

    private record Image(List<String> references, ObjectNode run, List<TestLayer> layers) {}

    /** @param references with tags; may be empty */
    public TestImageArchive image(List<String> references, List<TestLayer> layers) {
        return image(references, new ObjectMapper().createObjectNode().putNull("Cmd"), layers);
    }

    /** @param run the run configuration: Cmd, Env, ... */
    public TestImageArchive image(List<String> references, ObjectNode run, List<TestLayer> layers) {
        images.add(new Image(List.copyOf(references), run, List.copyOf(layers)));
        return this;
    }

    /** Writes the archive and leaves {@code out} open; layers go through a file, one at a time. */
    public void writeTo(OutputStream out) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        ArrayNode manifest = mapper.createArrayNode();
        for (Image image : images) {
            ArrayNode layerNames = mapper.createArrayNode();
            ObjectNode config = mapper.createObjectNode();
            config.put("architecture", "amd64").put("os", "linux").put("created", "2026-01-02T03:04:05Z");
            config.set("config", image.run());
            ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
            ArrayNode history = config.putArray("history");
            for (TestLayer layer : image.layers()) {
                String digest = writeLayer(layer, tar);
                layerNames.add(digest + ".tar");
                diffIds.add("sha256:" + digest);
                history.addObject().put("created", "2026-01-02T03:04:05Z").put("created_by", "test");
            }
            byte[] json = mapper.writeValueAsBytes(config);
            String name = HexFormat.of().formatHex(sha256().digest(json)) + ".json";
            write(name, json, tar);
            ObjectNode entry = manifest.addObject().put("Config", name);
            entry.set("RepoTags", mapper.valueToTree(image.references()));
            entry.set("Layers", layerNames);
        }
        write("manifest.json", mapper.writeValueAsBytes(manifest), tar);
        tar.finish();
        out.flush();
    }

    /** Writes the archive to a new file. */
    public Path writeTo(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            writeTo(out);
        }
        return file;
    }

    private static String writeLayer(TestLayer layer, TarArchiveOutputStream tar) throws IOException {
        Path file = Files.createTempFile("layer", ".tar");
        try {
            MessageDigest sha256 = sha256();
            try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file), sha256)) {
                layer.writeTo(out);
            }
            String digest = HexFormat.of().formatHex(sha256.digest());
            TarArchiveEntry entry = new TarArchiveEntry(digest + ".tar");
            entry.setSize(Files.size(file));
            entry.setModTime(0);
            tar.putArchiveEntry(entry);
            Files.copy(file, tar);
            tar.closeArchiveEntry();
            return digest;
        } finally {
            Files.delete(file);
        }
    }

    private static void write(String name, byte[] content, TarArchiveOutputStream tar) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        entry.setModTime(0);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
