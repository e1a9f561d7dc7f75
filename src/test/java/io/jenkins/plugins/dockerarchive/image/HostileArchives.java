package io.jenkins.plugins.dockerarchive.image;

import static io.jenkins.plugins.dockerarchive.image.TestLayouts.gzip;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.joined;
import static io.jenkins.plugins.dockerarchive.image.TestLayouts.manifestEntry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;

/**
 * Archives of one image that are made to do harm, or look as if: headers that parsers read in different ways, bombs,
 * indexes and manifests that no honest tool writes. Those that need no more than entries of odd names are made by the test
 * that uses these.
 */
public final class HostileArchives {

    private static final int MEGABYTE = 1 << 20;

    /**
     * @param words of the sentence that refuses it; null when it is harmless and loads
     * @param bytes of the archive
     */
    public record Shape(String words, byte[] bytes) {}

    private final TestImage image;
    private final byte[] sound;
    private final Map<String, Shape> shapes = new LinkedHashMap<>();

    private HostileArchives(TestImage image) {
        this.image = image;
        this.sound = TestLayouts.docker25(image).bytes();
    }

    /**
     * All of them by what they are.
     *
     * @param reference of the image
     * @param labels of its config, as JSON
     */
    public static Map<String, Shape> of(String reference, String labels) {
        HostileArchives archives = new HostileArchives(
                labelled(TestImage.of("base", "app"), labels).named(reference));
        archives.headers();
        archives.bombs(labels);
        archives.layersTwice(labels);
        archives.documents(labels);
        archives.indexes();
        return archives.shapes;
    }

    private static TestImage labelled(TestImage image, String labels) {
        return image.withConfig(image.configText().replace("\"config\":{", "\"config\":{\"Labels\":" + labels + ","));
    }

    private void refused(String what, String words, byte[] bytes) {
        shapes.put(what, new Shape(words, bytes));
    }

    private void refused(String what, String words, TestTar tar) {
        refused(what, words, tar.bytes());
    }

    /** Something before a sound archive. */
    private void refused(String what, String words, RawTar before) {
        refused(what, words, joined(before.bytes(), sound));
    }

    private void harmless(String what, byte[] bytes) {
        shapes.put(what, new Shape(null, bytes));
    }

    private static TestTar flat(TestImage image, String... layers) {
        TestTar tar = new TestTar().file("config.json", image.config());
        return tar.file("manifest.json", "[" + manifestEntry("config.json", image.references(), List.of(layers)) + "]");
    }

    private void headers() {
        byte[] negative = RawTar.header("minus", '0', 0);
        Arrays.fill(negative, 124, 136, (byte) 0xff);
        byte[] overflow = RawTar.header("huge", '0', 0);
        Arrays.fill(overflow, 124, 136, (byte) 0x7f);
        overflow[124] = (byte) 0x80;
        refused(
                "NUL in a name",
                "control character",
                new RawTar().pax('x', "path=a\0b").file("n", ""));
        refused(
                "NUL in a link's target",
                "control character",
                new RawTar().pax('x', "linkpath=a\0b").link("l", '2', "a"));
        harmless(
                "trailing dot",
                joined(new RawTar().file("a.", "x").file("b ", "x").bytes(), sound));
        refused("sparse file", "sparse file", new RawTar().entry("holes", 'S', ""));
        refused(
                "sparse file by its records",
                "sparse file",
                new RawTar()
                        .pax('x', "GNU.sparse.major=1", "GNU.sparse.minor=0")
                        .file("holes", ""));
        refused(
                "two sizes",
                "different sizes",
                new RawTar()
                        .pax('x', "size=1024")
                        .block(RawTar.header("n", '0', 512))
                        .content("x".repeat(512)));
        refused("record of gigabytes", "extended header", new RawTar().block(RawTar.header("h", 'x', 7L << 30)));
        refused("long name of gigabytes", "extended header", new RawTar().block(RawTar.header("h", 'L', 7L << 30)));
        refused("long link of gigabytes", "extended header", new RawTar().block(RawTar.header("h", 'K', 7L << 30)));
        refused("negative size", "impossible size", new RawTar().block(RawTar.withChecksum(negative)));
        refused("size that overflows", "impossible size", new RawTar().block(RawTar.withChecksum(overflow)));
        refused(
                "more than there is",
                "cut short",
                new RawTar().block(RawTar.header("liar", '0', 8L << 30)).content("short"));
        refused(
                "name over the limit",
                "characters, more than the",
                new RawTar().pax('x', "path=" + "n".repeat(5_000)).file("n", ""));
        refused("zeros between entries", "zeros stands between", new RawTar().block(new byte[RawTar.BLOCK]));
    }

    private void bombs(String labels) {
        int half = sound.length / 2;
        harmless(
                "two gzip members",
                joined(gzip(Arrays.copyOf(sound, half)), gzip(Arrays.copyOfRange(sound, half, sound.length))));
        // what no image refers to is read and never sent: no engine spools it
        harmless(
                "much that nobody refers to",
                filled(GzipCompressorOutputStream::new, zeros(64 * MEGABYTE), (byte) 0, 64 * MEGABYTE, sound));
        // more than one block of bzip2 has room for, so that the first is zeros alone
        refused(
                "bzip2 bomb",
                "expands to more than",
                filled(BZip2CompressorOutputStream::new, zeros(64 * MEGABYTE), (byte) 0, 64 * MEGABYTE, sound));
        TestImage zeros = labelled(TestImage.onPlatform("amd64", List.of(new byte[16 * MEGABYTE])), labels)
                .named(image.references().get(0));
        refused(
                "layer that is a bzip2 bomb",
                "entry 'layer.tar' is not sound: it expands to more than",
                flat(zeros, "layer.tar")
                        .file(
                                "layer.tar",
                                TestLayouts.compressed(
                                        Compression.BZIP2, zeros.layers().get(0))));
        // a frame whose header states a window of 2^28 bytes (RFC 8878 3.1.1.1.2)
        byte[] window = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0x00, (byte) (18 << 3), 1, 0, 0};
        refused("zstd window", "zstd window is bigger than", window);
        refused(
                "layer with a zstd window",
                "zstd window is bigger than",
                flat(image, "layer.tar", "app.tar")
                        .file("layer.tar", window)
                        .file("app.tar", image.layers().get(1)));
        byte[] packed = gzip(sound);
        refused("gzip that is cut", "", Arrays.copyOf(packed, packed.length - 4));
        refused("garbage behind gzip", "", joined(packed, "garbage".getBytes(StandardCharsets.UTF_8)));
    }

    private static byte[] zeros(int size) {
        return RawTar.header("zeros", '0', size);
    }

    /** Compresses so many of one byte between others, none of which is ever held in memory. */
    private static byte[] filled(TestLayouts.Compressor compressor, byte[] before, byte fill, int count, byte[] after) {
        byte[] many = new byte[MEGABYTE];
        Arrays.fill(many, fill);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = compressor.around(bytes)) {
            out.write(before);
            for (int left = count; left > 0; left -= MEGABYTE) {
                out.write(many, 0, Math.min(left, MEGABYTE));
            }
            out.write(after);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private void layersTwice(String labels) {
        TestImage same = labelled(TestImage.of("base", "base"), labels)
                .named(image.references().get(0));
        byte[] layer = same.layers().get(0);
        harmless(
                "one layer twice",
                flat(same, "a.tar", "a.tar").file("a.tar", layer).bytes());
        harmless(
                "layer that is a link to another",
                flat(same, "a.tar", "b.tar")
                        .file("a.tar", layer)
                        .symbolicLink("b.tar", "a.tar")
                        .bytes());
        harmless(
                "layer that is a hard link to another",
                flat(same, "a.tar", "b.tar")
                        .file("a.tar", layer)
                        .hardLink("b.tar", "a.tar")
                        .bytes());
        refused(
                "links that go round",
                "is missing",
                flat(same, "a.tar", "b.tar")
                        .file("a.tar", layer)
                        .symbolicLink("b.tar", "c.tar")
                        .symbolicLink("c.tar", "b.tar"));
        refused(
                "layer that is a directory",
                "is missing",
                flat(same, "a.tar", "b.tar").file("a.tar", layer).directory("b.tar/"));
        refused(
                "layer that is a device",
                "special file",
                flat(same, "a.tar", "b.tar").file("a.tar", layer).special("b.tar", TarConstants.LF_BLK));
    }

    private void documents(String labels) {
        byte[] one = image.layers().get(0);
        refused(
                "fewer layers than the config has",
                "lists 2 layers, the manifest 1",
                flat(image, "a.tar").file("a.tar", one));
        refused(
                "swapped layers",
                "layer 1 (",
                flat(image, "a.tar", "b.tar")
                        .file("a.tar", image.layers().get(1))
                        .file("b.tar", one));
        byte[] begun = new RawTar()
                .file("config.json", image.configText())
                .block(RawTar.header("manifest.json", '0', 100 * MEGABYTE))
                .bytes();
        refused(
                "manifest of 100 MB",
                "has more than",
                filled(
                        GzipCompressorOutputStream::new,
                        joined(begun, new byte[] {'['}),
                        (byte) ' ',
                        100 * MEGABYTE - 1,
                        new RawTar().end().bytes()));
        refused(
                "many values",
                "manifest.json",
                flat(image, "a.tar").replace("manifest.json", "[" + "[],".repeat(1_300_000) + "[]]"));
        TestImage other =
                labelled(TestImage.of("other"), labels).named(image.references().get(0));
        refused("one reference at two images", image.references().get(0), TestLayouts.docker25(image, other));
        refused(
                "config of another digest",
                "digest",
                TestLayouts.docker25(image)
                        .edit(TestLayouts.blobName(image.configDigest()), config -> config.replace("linux", "Linux")));
        harmless(
                "another architecture",
                TestLayouts.docker25(labelled(TestImage.onPlatform("s390x", image.layers()), labels)
                                .named(image.references().get(0)))
                        .bytes());
    }

    private void indexes() {
        TestTar oci = TestLayouts.ociArchive(image);
        refused(
                "sha512",
                "is not a SHA-256 digest",
                oci.copy()
                        .edit(
                                "index.json",
                                json -> json.replaceAll("sha256:[0-9a-f]{64}", "sha512:" + "0".repeat(128))));
        refused(
                "digest that is a path",
                "is not a SHA-256 digest",
                oci.copy()
                        .edit(
                                "index.json",
                                json -> json.replaceAll("sha256:[0-9a-f]{64}", "sha256:../../../etc/passwd")));
        refused("index of nothing", "", oci.copy().replace("index.json", "null"));
        TestLayouts.Oci round = new TestLayouts.Oci(plain -> plain);
        String at = round.manifest(image);
        for (int level = 0; level < 4; level++) {
            String[] many = new String[500];
            Arrays.fill(many, round.descriptor(TestLayouts.INDEX, at, ""));
            at = round.index(many);
        }
        round.top(TestLayouts.INDEX, at, image);
        refused("indexes again and again", "nested too deep", round.tar());
        refused("layers from elsewhere", "layer", foreign("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"));
        refused("type that nobody knows", "", unknown());
    }

    /** A layer that is not there, with an address to fetch it from. */
    private TestTar foreign(String mediaType) {
        TestLayouts.Oci oci = new TestLayouts.Oci(plain -> plain);
        String absent = "{\"mediaType\":\"" + mediaType + "\",\"digest\":\""
                + image.diffIds().get(0) + "\",\"size\":" + image.layers().get(0).length
                + ",\"urls\":[\"http://127.0.0.1:9/layer\"]}";
        String manifest = "{\"schemaVersion\":2,\"config\":"
                + oci.descriptor("application/vnd.oci.image.config.v1+json", oci.blob(image.config()), "")
                + ",\"layers\":[" + absent + ","
                + oci.descriptor(
                        "application/vnd.oci.image.layer.v1.tar",
                        oci.blob(image.layers().get(1)),
                        "")
                + "]}";
        oci.top(TestLayouts.MANIFEST, oci.blob(manifest.getBytes(StandardCharsets.UTF_8)), image);
        return oci.tar();
    }

    /** What index.json names is no image. */
    private TestTar unknown() {
        TestLayouts.Oci oci = new TestLayouts.Oci(plain -> plain);
        oci.top("application/x-evil", oci.blob("{\"evil\":true}".getBytes(StandardCharsets.UTF_8)), image);
        return oci.tar();
    }
}
