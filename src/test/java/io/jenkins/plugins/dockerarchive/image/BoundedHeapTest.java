package io.jenkins.plugins.dockerarchive.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdOutputStream;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Archives of any size, and hostile ones, in the 64 MB that an agent has to have. */
@Tries(Fault.F19)
class BoundedHeapTest {

    private static final int MEGABYTE = 1 << 20;

    @TempDir
    Path directory;

    /** Writes an archive. */
    interface Content {
        void to(OutputStream out) throws IOException;
    }

    private Path zstd(String name, Content content) throws IOException {
        Path file = directory.resolve(name);
        try (OutputStream out =
                new BufferedOutputStream(new ZstdOutputStream(Files.newOutputStream(file), 1), MEGABYTE)) {
            content.to(out);
        }
        return file;
    }

    private static void file(OutputStream out, String name, String content) throws IOException {
        out.write(new RawTar().file(name, content).bytes());
    }

    private static void end(OutputStream out) throws IOException {
        out.write(new RawTar().end().bytes());
    }

    /** What the probe prints in a JVM with this heap. */
    private List<String> probe(String heap, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                heap,
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                HeapProbe.class.getName()));
        command.addAll(List.of(arguments));
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(5, TimeUnit.MINUTES), "ended in time");
        } finally {
            process.destroyForcibly();
        }
        List<String> lines = Files.readAllLines(output);
        assertEquals(0, process.exitValue(), String.join("\n", lines));
        return lines;
    }

    /** An image with one layer of that many bytes, which is no tar inside; nobody unpacks it here. */
    private static void image(OutputStream out, long size) throws IOException {
        byte[] zeros = new byte[MEGABYTE];
        Sha256 sha256 = new Sha256();
        out.write(RawTar.header("layer.tar", '0', String.format("%011o\0", size)));
        for (long left = size; left > 0; left -= zeros.length) {
            sha256.update(zeros, 0, zeros.length);
            out.write(zeros);
        }
        file(
                out,
                "config.json",
                "{\"os\":\"linux\",\"architecture\":\"amd64\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
                        + sha256.digest() + "\"]}}");
        file(
                out,
                "manifest.json",
                "[" + TestLayouts.manifestEntry("config.json", List.of("big:1"), List.of("layer.tar")) + "]");
        end(out);
    }

    @Test
    void readsAnImageManyTimesTheHeap() throws Exception {
        long size = 2304L * MEGABYTE;
        Path big = zstd("big.tar.zst", out -> image(out, size));

        List<String> told = probe("-Xmx64m", "read", big.toString());

        assertEquals(List.of("1 images, " + size + " bytes"), told);
    }

    @Test
    void sendsAnImageManyTimesTheHeap() throws Exception {
        long size = 320L * MEGABYTE;
        Path big = zstd("big.tar.zst", out -> image(out, size));

        List<String> told = probe("-Xmx16m", "send", big.toString());

        assertEquals(1, told.size(), told.toString());
        assertTrue(told.get(0).startsWith("1 images, " + size / 100_000), told.toString());
    }

    @Test
    void readsAFileSystemOfManyFilesInAHeapThatDoesNotGrowWithThem() throws Exception {
        int entries = 300_000;
        Path many = zstd("many.tar.zst", out -> {
            byte[] template = RawTar.header("usr/share/doc/0000000/changelog", '0', 0);
            for (int i = 0; i < entries; i++) {
                byte[] header = template.clone();
                RawTar.put(header, 14, String.format("%07d", i));
                out.write(RawTar.withChecksum(header));
            }
            end(out);
        });

        assertEquals(List.of(entries + " entries"), probe("-Xmx12m", "filesystem", many.toString()));
    }

    @Test
    void survivesHostileArchives() throws Exception {
        List<String> arguments = new ArrayList<>();
        for (char type : new char[] {'L', 'x', 'g'}) {
            Path header = zstd("header-" + type, out -> {
                out.write(RawTar.header("././@LongLink", type, 200L * MEGABYTE));
                byte[] name = "n".repeat(MEGABYTE).getBytes(StandardCharsets.US_ASCII);
                for (int i = 0; i < 200; i++) {
                    out.write(name);
                }
                file(out, "n", "");
                end(out);
            });
            arguments.addAll(List.of("read", header.toString(), "filesystem", header.toString()));
        }
        Path globals = zstd("globals", out -> {
            for (int i = 0; i < 5_000; i++) {
                out.write(new RawTar()
                        .pax('g', "comment." + i + "=" + "x".repeat(60_000))
                        .file("f" + i, "")
                        .bytes());
            }
            end(out);
        });
        arguments.addAll(List.of("filesystem", globals.toString()));

        List<String> told = probe("-Xmx64m", arguments.toArray(String[]::new));

        List<String> expected = new ArrayList<>(Collections.nCopies(
                6, "refused: an extended header of entry 1 has 209715200 bytes, more than the 65536 allowed"));
        expected.add("refused: its global headers have more than 65536 bytes");
        assertEquals(expected, told);
    }

    @Test
    void survivesAnArchiveThatIsNearEveryLimitAtOnce() throws Exception {
        Path near = zstd("near", out -> {
            List<String> images = new ArrayList<>();
            // 900 configs of 16 KB, 14 MB of JSON in all
            for (int i = 0; i < 900; i++) {
                String padding = "{\"k\":\"v\"},".repeat(40);
                file(
                        out,
                        "config" + i,
                        "{\"n\":" + i + ",\"history\":[" + padding + "{}],\"text\":\"" + "x".repeat(15_000) + "\"}");
                images.add(TestLayouts.manifestEntry("config" + i, List.of("image" + i + ":1"), List.of()));
            }
            // 45,000 entries with 6.5 million letters of names in all, every second one a link
            for (int i = 0; i < 45_000; i++) {
                String name = String.format("%06d/", i) + "n".repeat(138);
                out.write(new RawTar().pax('x', "path=" + name).bytes());
                out.write(
                        i % 2 == 0
                                ? new RawTar().file("n", "").bytes()
                                : new RawTar().link("n", '2', "n".repeat(90)).bytes());
            }
            file(out, "manifest.json", "[" + String.join(",", images) + "]");
            end(out);
        });
        Path tokens = zstd("tokens", out -> {
            file(out, "manifest.json", "[" + "[],".repeat(1_300_000) + "[]]");
            end(out);
        });
        Path keys = zstd("keys", out -> {
            StringBuilder json = new StringBuilder("[{");
            for (int i = 0; i < 400_000; i++) {
                json.append('"').append(Integer.toString(i, 36)).append("\":0,");
            }
            file(out, "manifest.json", json.append("\"z_\":0}]").toString());
            end(out);
        });

        List<String> told =
                probe("-Xmx64m", "read", near.toString(), "read", tokens.toString(), "read", keys.toString());

        assertEquals(3, told.size());
        assertEquals("900 images, 0 bytes", told.get(0));
        for (String refused : told.subList(1, 3)) {
            assertTrue(refused.startsWith("refused: manifest.json is not JSON that can be read"), refused);
        }
    }

    @Test
    void refusesManyDocumentsInsteadOfRunningOutOfMemory() throws Exception {
        Path many = zstd("many", out -> {
            List<String> images = new ArrayList<>();
            for (int i = 0; i < 900; i++) {
                String history = ("{\"a\":\"b" + i + "\"},").repeat(1_000);
                file(out, "config" + i, "{\"n\":" + i + ",\"history\":[" + history + "{}]}");
                images.add(TestLayouts.manifestEntry("config" + i, List.of(), List.of()));
            }
            file(out, "manifest.json", "[" + String.join(",", images) + "]");
            end(out);
        });

        List<String> told = probe("-Xmx64m", "read", many.toString());

        assertEquals(1, told.size(), told.toString());
        assertTrue(told.get(0).startsWith("refused: its JSON documents together have more than"), told.get(0));
    }
}
