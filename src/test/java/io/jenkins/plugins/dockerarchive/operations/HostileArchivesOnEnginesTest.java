package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdOutputStream;
import io.jenkins.plugins.dockerarchive.image.HostileArchives;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Archives that are made to do harm, given to load and import as a job would, on every engine: refused with a sentence
 * before the engine sees a byte, or harmless; the image that has the reference keeps it, and no file is made anywhere.
 */
class HostileArchivesOnEnginesTest extends OperationsOnEnginesTest {

    private static final Duration BOUND = Duration.ofSeconds(30);

    /** Changes a sound archive. */
    private interface Harm {
        byte[] to(Map<String, byte[]> sound) throws IOException;
    }

    /** A shape, and words of the sentence that refuses it; without words it is harmless and loads. */
    private record Shape(String words, Harm harm) {}

    private static byte[] tar(Map<String, byte[]> entries, Item... more) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (Item item : more) {
                TarArchiveEntry header = new TarArchiveEntry(item.name(), item.type(), true);
                header.setSize(item.content().length);
                if (item.target() != null) {
                    header.setLinkName(item.target());
                }
                tar.putArchiveEntry(header);
                tar.write(item.content());
                tar.closeArchiveEntry();
            }
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                TarArchiveEntry header = new TarArchiveEntry(entry.getKey());
                header.setSize(entry.getValue().length);
                tar.putArchiveEntry(header);
                tar.write(entry.getValue());
                tar.closeArchiveEntry();
            }
        }
        return bytes.toByteArray();
    }

    private record Item(String name, byte type, byte[] content, String target) {
        static Item file(String name, String content) {
            return new Item(name, TarConstants.LF_NORMAL, content.getBytes(StandardCharsets.UTF_8), null);
        }

        static Item link(String name, String target) {
            return new Item(name, TarConstants.LF_SYMLINK, new byte[0], target);
        }

        static Item hardLink(String name, String target) {
            return new Item(name, TarConstants.LF_LINK, new byte[0], target);
        }

        static Item special(String name, byte type) {
            return new Item(name, type, new byte[0], null);
        }
    }

    private static Map<String, byte[]> edited(Map<String, byte[]> sound, String from, String to) {
        Map<String, byte[]> edited = new LinkedHashMap<>(sound);
        edited.computeIfPresent(
                "manifest.json",
                (name, json) -> new String(json, StandardCharsets.UTF_8)
                        .replace(from, to)
                        .getBytes(StandardCharsets.UTF_8));
        return edited;
    }

    private static Map<String, byte[]> with(Map<String, byte[]> sound, String name, String content) {
        Map<String, byte[]> more = new LinkedHashMap<>(sound);
        more.put(name, content.getBytes(StandardCharsets.UTF_8));
        return more;
    }

    private static String layer(Map<String, byte[]> sound) {
        return sound.keySet().iterator().next();
    }

    /** Every shape as the bytes of an archive of that reference; {@link HostileArchives} has those that need more. */
    private Map<String, HostileArchives.Shape> archives(String reference) throws IOException {
        Map<String, byte[]> sound = archive(Raw.of(reference, text("new").tar()));
        Map<String, HostileArchives.Shape> all = new LinkedHashMap<>();
        for (Map.Entry<String, Shape> shape : shapes(reference).entrySet()) {
            all.put(
                    shape.getKey(),
                    new HostileArchives.Shape(
                            shape.getValue().words(), shape.getValue().harm().to(sound)));
        }
        all.putAll(HostileArchives.of(reference, JSON.writeValueAsString(run("x").path("Labels"))));
        return all;
    }

    private Map<String, Shape> shapes(String reference) {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        String outside = directory.resolve("outside").toString();
        shapes.put("..", new Shape("leads outside", s -> tar(s, Item.file("../../../../outside", "x"))));
        shapes.put("absolute", new Shape("absolute name", s -> tar(s, Item.file(outside, "x"))));
        shapes.put("base", new Shape("has no name", s -> tar(s, Item.file(".", "x"))));
        shapes.put("backslash", new Shape("backslash", s -> tar(s, Item.file("..\\outside", "x"))));
        shapes.put("control", new Shape("control character", s -> tar(s, Item.file("a\u001bb", "x"))));
        shapes.put("drive letter", new Shape(null, s -> tar(s, Item.file("C:outside", "x"), Item.file("CON", "x"))));
        shapes.put("case", new Shape(null, s -> tar(s, Item.file("a", "x"), Item.file("A", "y"))));
        shapes.put("link out", new Shape("leads outside", s -> tar(s, Item.link("l", "../../outside"))));
        shapes.put(
                "link, then a file through it",
                new Shape(
                        "leads outside",
                        s -> tar(s, Item.link("l", directory.toString()), Item.file("l/outside", "x"))));
        shapes.put(
                "chained links",
                new Shape("leads outside", s -> tar(s, Item.link("a", "."), Item.link("a/b", "../../outside"))));
        shapes.put("hard link out", new Shape("absolute name", s -> tar(s, Item.hardLink("h", "/etc/passwd"))));
        shapes.put("device", new Shape("special file", s -> tar(s, Item.special("d", TarConstants.LF_CHR))));
        shapes.put("fifo", new Shape("special file", s -> tar(s, Item.special("f", TarConstants.LF_FIFO))));
        shapes.put("two manifests", new Shape("is there twice", s -> tar(s, Item.file("manifest.json", "[]"))));
        shapes.put("layer is a link to a secret", new Shape("leads outside", s -> {
            Map<String, byte[]> without = new LinkedHashMap<>(s);
            without.remove(layer(s));
            return tar(without, Item.link(layer(s), "/etc/passwd"));
        }));
        shapes.put("layer by path", new Shape("is missing", s -> tar(edited(s, layer(s), "etc/passwd"))));
        shapes.put("layer outside", new Shape("leads outside", s -> tar(edited(s, layer(s), "../../etc/passwd"))));
        shapes.put("no end", new Shape("cut short", s -> cut(tar(s), 0)));
        shapes.put("cut in the midst", new Shape("cut short", s -> cut(tar(s), 700)));
        shapes.put("garbage behind", new Shape("something follows its end", s -> joined(tar(s), "garbage".repeat(99))));
        shapes.put("second archive", new Shape("something follows its end", s -> joined(tar(s), tar(s))));
        shapes.put("wrong checksum", new Shape("not a tar archive", s -> {
            byte[] bytes = tar(s);
            bytes[150] ^= 1;
            return bytes;
        }));
        shapes.put("no manifest", new Shape("manifest.json is missing", s -> {
            Map<String, byte[]> without = new LinkedHashMap<>(s);
            without.remove("manifest.json");
            return tar(without);
        }));
        shapes.put("null manifest", new Shape("holds no image", s -> tar(with(s, "manifest.json", "null"))));
        shapes.put("deep manifest", new Shape("not JSON", s -> tar(with(s, "manifest.json", "[".repeat(100_000)))));
        shapes.put(
                "duplicate keys", new Shape("uplicate", s -> tar(edited(s, "\"Config\"", "\"Layers\":[],\"Config\""))));
        shapes.put(
                "layer twice",
                new Shape("layers", s -> tar(edited(s, "\"Layers\":[", "\"Layers\":[\"" + layer(s) + "\","))));
        shapes.put(
                "10 000 layers",
                new Shape(
                        "layers",
                        s -> tar(
                                edited(s, "\"Layers\":[", "\"Layers\":[" + ("\"" + layer(s) + "\",").repeat(10_000)))));
        shapes.put("other content", new Shape("content", s -> {
            Map<String, byte[]> other = new LinkedHashMap<>(s);
            byte[] bytes = s.get(layer(s)).clone();
            bytes[600] ^= 1;
            other.put(layer(s), bytes);
            return tar(other);
        }));
        shapes.put("tag that is none", new Shape("reference", s -> tar(edited(s, reference, "a\\u001bb:1"))));
        shapes.put("tag without", new Shape("has no tag", s -> tar(edited(s, reference, "ubuntu"))));
        shapes.put(
                "digest as a tag",
                new Shape("reference", s -> tar(edited(s, reference, "ubuntu@sha256:" + "0".repeat(64)))));
        shapes.put("polyglot", new Shape("tell different things", s -> {
            Map<String, byte[]> both = with(s, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
            byte[] config = s.get(s.keySet().stream()
                    .filter(n -> n.endsWith(".json") && n.length() > 60)
                    .findFirst()
                    .orElseThrow());
            byte[] manifest =
                    ("{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
                                    + "\"digest\":\"sha256:" + sha256(config) + "\",\"size\":" + config.length
                                    + "},\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"digest\":\"sha256:"
                                    + sha256(s.get(layer(s))) + "\",\"size\":" + s.get(layer(s)).length + "}]}")
                            .getBytes(StandardCharsets.UTF_8);
            both.put("blobs/sha256/" + sha256(manifest), manifest);
            both.put("blobs/sha256/" + sha256(config), config);
            return tar(
                    with(
                            both,
                            "index.json",
                            "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
                                    + "\"digest\":\"sha256:" + sha256(manifest) + "\",\"size\":" + manifest.length
                                    + ",\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/ubuntu:latest\"}}]}"));
        }));
        return shapes;
    }

    private static byte[] cut(byte[] tar, int more) {
        int end = tar.length;
        while (tar[end - 1] == 0) {
            end--;
        }
        return Arrays.copyOf(tar, Math.max(512, (end + 511) / 512 * 512 - more));
    }

    private static byte[] joined(byte[] one, String other) {
        return joined(one, other.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] joined(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    @EveryEngine
    @Tries({Fault.F19, Fault.F11})
    void everyHostileArchiveIsRefusedByNameOrHarmless(TestEngine engine) throws Exception {
        String image = repository("app") + ":1";
        tar("old.tar", archive(Raw.of(image, text("old").tar())));
        load(engine, "file", "old.tar");
        Files.delete(workspace().resolve("old.tar"));
        String name = marked(engine).get(0).path("RepoTags").path(0).asText();
        String old = id(engine, name);
        for (Map.Entry<String, HostileArchives.Shape> shape : archives(image).entrySet()) {
            Files.write(workspace().resolve("h.tar"), shape.getValue().bytes());
            String words = shape.getValue().words();
            if (words == null) {
                assertTimeout(BOUND, () -> load(engine, "file", "h.tar"), shape.getKey());
                assertTrue(!old.equals(id(engine, name)), shape.getKey());
                assertFiles("h.tar");
                tar("old.tar", archive(Raw.of(image, text("old").tar())));
                load(engine, "file", "old.tar");
                Files.delete(workspace().resolve("old.tar"));
                assertEquals(old, id(engine, name), shape.getKey());
                continue;
            }
            String said = assertTimeout(BOUND, () -> failure(() -> load(engine, "file", "h.tar")), shape.getKey());
            assertTrue(said.contains(words), shape.getKey() + ": " + said);
            assertFalse(said.chars().anyMatch(Character::isISOControl), shape.getKey() + ": " + said);
            assertEquals(old, id(engine, name), shape.getKey());
            assertFiles("h.tar");
            assertFalse(Files.exists(directory.resolve("outside")), shape.getKey());
        }
        // the image that a harmless one replaced may be left without a reference; nothing else is there
        assertEquals(
                List.of(image),
                references(engine).stream().filter(r -> !r.equals("<none>")).toList());
    }

    /** Cut at each block, and a bit flipped in each: no reference moves, and a layer that is broken is named. */
    @EveryEngine
    @Tries(Fault.F10)
    void everyDamagedArchiveIsRefusedBeforeAReferenceMovesOrChangesNothing(TestEngine engine) throws Exception {
        String image = repository("app") + ":1";
        byte[] layer = text("new").tar();
        Map<String, byte[]> entries = archive(Raw.of(image, layer));
        byte[] sound = tar(entries);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (ZstdOutputStream zstd = new ZstdOutputStream(packed).setChecksum(true)) {
            zstd.write(sound);
        }
        tar("old.tar", archive(Raw.of(image, text("old").tar())));
        load(engine, "file", "old.tar");
        String name = marked(engine).get(0).path("RepoTags").path(0).asText();
        String old = id(engine, name);
        for (byte[] whole : List.of(sound, packed.toByteArray())) {
            int step = whole == sound ? 512 : whole.length / 12;
            for (int at = 0; at < whole.length; at += step) {
                byte[] flipped = whole.clone();
                int bit = Math.min(at + 37, whole.length - 1);
                flipped[bit] ^= 4;
                for (byte[] damaged : List.of(Arrays.copyOf(whole, at), flipped)) {
                    String what = (damaged == flipped ? "bit at " + bit : "cut at " + at) + " of " + whole.length;
                    Files.write(workspace().resolve("h.tar"), damaged);
                    try {
                        load(engine, "file", "h.tar");
                        assertEquals(List.of("sha256:" + sha256(layer)), diffIds(engine, name), what);
                        load(engine, "file", "old.tar");
                    } catch (OperationException e) {
                        boolean inLayer = damaged == flipped && whole == sound && at >= 512 && bit < 512 + layer.length;
                        assertTrue(!inLayer || e.getMessage().contains(layer(entries)), what + ": " + e.getMessage());
                    }
                    assertEquals(old, id(engine, name), what);
                    assertFiles("h.tar", "old.tar");
                }
            }
        }
        assertEquals(
                List.of(image),
                references(engine).stream().filter(r -> !r.equals("<none>")).toList());
    }

    /** An import takes what is a sound file system to it, links and devices included, and keeps that in its image. */
    @EveryEngine
    @Tries(Fault.F19)
    void everyHostileArchiveIsRefusedByAnImportTooOrStaysInItsImage(TestEngine engine) throws Exception {
        String image = repository("fs") + ":1";
        List<String> changes = List.of("LABEL docker-archive-test=" + mark);
        int refused = 0;
        Map<String, HostileArchives.Shape> archives = archives(repository("app") + ":1");
        for (Map.Entry<String, HostileArchives.Shape> shape : archives.entrySet()) {
            Files.write(workspace().resolve("h.tar"), shape.getValue().bytes());
            try {
                assertTimeout(
                        BOUND,
                        () -> importImage(engine, "file", "h.tar", "image", image, "changes", changes),
                        shape.getKey());
                assertEquals(List.of(image), references(engine), shape.getKey());
                remove(engine, image);
            } catch (OperationException e) {
                refused++;
                assertTrue(e.getMessage().endsWith("."), shape.getKey() + ": " + e.getMessage());
                assertFalse(e.getMessage().chars().anyMatch(Character::isISOControl), shape.getKey());
                assertEquals(List.of(), references(engine), shape.getKey());
            }
            assertFiles("h.tar");
            assertFalse(Files.exists(directory.resolve("outside")), shape.getKey());
        }
        assertTrue(refused > archives.size() / 2, "image archives are no file systems: " + refused);
    }

    /** The same shapes, read by every reader one after the other in the memory that an agent has to have. */
    @ParameterizedTest
    @ValueSource(strings = {"read", "split", "filesystem"})
    @Tries(Fault.F19)
    void everyHostileArchiveIsReadInSixtyFourMegabytes(String reader) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "io.jenkins.plugins.dockerarchive.image.HeapProbe"));
        Map<String, HostileArchives.Shape> archives = archives(repository("app") + ":1");
        int number = 0;
        for (HostileArchives.Shape shape : archives.values()) {
            Path file = workspace().resolve("h" + number++ + ".tar");
            Files.write(file, shape.bytes());
            command.addAll(List.of(reader, file.toString()));
        }
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertTrue(process.waitFor(2 * BOUND.toSeconds(), TimeUnit.SECONDS), "bounded time");
        } finally {
            process.destroyForcibly();
        }
        List<String> told = Files.readAllLines(output);
        assertEquals(archives.size(), told.size(), told.toString());
        int line = 0;
        for (Map.Entry<String, HostileArchives.Shape> shape : archives.entrySet()) {
            String words = shape.getValue().words();
            String one = told.get(line++);
            boolean refused = one.startsWith("refused: ");
            if (reader.equals("filesystem")) {
                assertTrue(refused || one.endsWith(" entries"), shape.getKey() + ": " + one);
            } else {
                assertTrue(
                        words == null ? one.startsWith("1 images") : refused && one.contains(words),
                        shape.getKey() + ": " + one);
            }
        }
    }

    @EveryEngine
    @Tries(Fault.F19)
    void everyHostileFileSystemIsRefusedByNameOrStaysInItsImage(TestEngine engine) throws Exception {
        Map<String, byte[]> sound = Map.of("etc/x", "y".getBytes(StandardCharsets.UTF_8));
        Path outside = directory.resolve("outside");
        Map<String, Shape> shapes = new LinkedHashMap<>();
        shapes.put("..", new Shape("leads outside", s -> tar(s, Item.file("../../../outside", "x"))));
        shapes.put("hard link out", new Shape("leads outside", s -> tar(s, Item.hardLink("h", "../../etc/passwd"))));
        shapes.put("no end", new Shape("cut short", s -> cut(tar(s), 0)));
        shapes.put("garbage", new Shape("something follows", s -> joined(tar(s), "garbage".repeat(99))));
        shapes.put("empty", new Shape("empty", s -> new byte[0]));
        shapes.put("absolute", new Shape(null, s -> tar(s, Item.file(outside.toString(), "x"))));
        shapes.put("link out", new Shape(null, s -> tar(s, Item.link("l", "../../../.." + outside))));
        String image = repository("fs") + ":1";
        List<String> changes = List.of("LABEL docker-archive-test=" + mark);
        for (Map.Entry<String, Shape> shape : shapes.entrySet()) {
            Files.write(workspace().resolve("h.tar"), shape.getValue().harm().to(sound));
            Verb verb = () -> importImage(engine, "file", "h.tar", "image", image, "changes", changes);
            if (shape.getValue().words() == null) {
                verb.run();
                assertEquals(List.of(image), references(engine), shape.getKey());
                remove(engine, image);
            } else {
                String said = assertTimeout(BOUND, () -> failure(verb), shape.getKey());
                assertTrue(said.contains(shape.getValue().words()), shape.getKey() + ": " + said);
                assertEquals(List.of(), references(engine), shape.getKey());
            }
            assertFiles("h.tar");
            assertFalse(Files.exists(outside), shape.getKey());
        }
    }
}
