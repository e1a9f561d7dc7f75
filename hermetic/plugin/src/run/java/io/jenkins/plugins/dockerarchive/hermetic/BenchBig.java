package io.jenkins.plugins.dockerarchive.hermetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Writes a big image to standard output, as {@code docker save} does: {@code BenchBig REFERENCE GIGABYTES}. */
public final class BenchBig {

    private static final long LAYER = 1L << 30;
    private static final int HEADER_AND_END = 512 + 1024;
    private static final int BLOCK = 64 << 10;

    private BenchBig() {}

    public static void main(String[] arguments) throws IOException, NoSuchAlgorithmException {
        int layers = Integer.parseInt(arguments[1]);
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode config =
                mapper.createObjectNode().put("architecture", "amd64").put("os", "linux");
        config.putObject("config").putArray("Cmd").add("x");
        ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
        ObjectNode image = mapper.createObjectNode().put("Config", "config.json");
        image.putArray("RepoTags").add(arguments[0]);
        ArrayNode names = image.putArray("Layers");
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new BufferedOutputStream(System.out, 1 << 20))) {
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
            for (int i = 0; i < layers; i++) {
                MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
                TarArchiveEntry entry = new TarArchiveEntry("layer" + i + ".tar");
                entry.setSize(LAYER + HEADER_AND_END);
                tar.putArchiveEntry(entry);
                layer(i, new Hashing(tar, sha256));
                tar.closeArchiveEntry();
                names.add("layer" + i + ".tar");
                diffIds.add("sha256:" + HexFormat.of().formatHex(sha256.digest()));
            }
            put(tar, "config.json", mapper.writeValueAsBytes(config));
            put(
                    tar,
                    "manifest.json",
                    mapper.writeValueAsBytes(mapper.createArrayNode().add(image)));
        }
    }

    /** A tar of one file: bytes that do not get smaller and zeros in turn. */
    private static void layer(int seed, OutputStream out) throws IOException {
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out, 512);
        TarArchiveEntry entry = new TarArchiveEntry("data/" + seed);
        entry.setModTime(0);
        entry.setSize(LAYER);
        tar.putArchiveEntry(entry);
        Random random = new Random(seed);
        byte[] zeros = new byte[BLOCK];
        byte[] noise = new byte[BLOCK];
        for (long at = 0; at < LAYER; at += 2 * BLOCK) {
            random.nextBytes(noise);
            tar.write(noise);
            tar.write(zeros);
        }
        tar.closeArchiveEntry();
        tar.finish();
        tar.flush();
    }

    private static void put(TarArchiveOutputStream tar, String name, byte[] bytes) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    /** Hashes what passes; the stream below stays open. */
    private static final class Hashing extends OutputStream {
        private final OutputStream out;
        private final MessageDigest sha256;

        Hashing(OutputStream out, MessageDigest sha256) {
            this.out = out;
            this.sha256 = sha256;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            sha256.update(bytes, offset, length);
            out.write(bytes, offset, length);
        }
    }
}
