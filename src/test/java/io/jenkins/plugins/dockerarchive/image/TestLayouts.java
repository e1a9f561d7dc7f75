package io.jenkins.plugins.dockerarchive.image;

import static java.util.stream.Collectors.joining;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorOutputStream;
import org.apache.commons.compress.compressors.gzip.GzipParameters;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** Image archives as the tools of the field lay them out; see moby's tarexport, containers/image and the OCI spec. */
final class TestLayouts {

    static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    static final String INDEX = "application/vnd.oci.image.index.v1+json";

    private TestLayouts() {}

    /** Docker up to 24: a directory of a v1 ID for each layer, a second use of a layer as a symbolic link. */
    static TestTar legacyDocker(TestImage... images) {
        TestTar tar = new TestTar();
        Map<String, String> first = new HashMap<>();
        List<String> manifest = new ArrayList<>();
        for (TestImage image : images) {
            List<String> layers = new ArrayList<>();
            String parent = image.configDigest();
            for (byte[] layer : image.layers()) {
                String v1 = hex(Sha256.of((parent + Sha256.of(layer)).getBytes(StandardCharsets.UTF_8)));
                parent = v1;
                layers.add(v1 + "/layer.tar");
                tar.directory(v1 + "/");
                tar.file(v1 + "/VERSION", "1.0");
                tar.file(v1 + "/json", "{\"id\":\"" + v1 + "\"}");
                String before = first.putIfAbsent(Sha256.of(layer), v1);
                if (before == null) {
                    tar.file(v1 + "/layer.tar", layer);
                } else {
                    tar.symbolicLink(v1 + "/layer.tar", "../" + before + "/layer.tar");
                }
            }
            String config = hex(image.configDigest()) + ".json";
            tar.file(config, image.config());
            manifest.add(manifestEntry(config, image.references(), layers));
        }
        tar.file("manifest.json", "[" + String.join(",", manifest) + "]\n");
        return tar.file("repositories", "{\"shop\":{\"1\":\"" + "0".repeat(64) + "\"}}\n");
    }

    /** Docker from 25 on with a graph driver: an OCI layout of plain layers, and manifest.json. */
    static TestTar docker25(TestImage... images) {
        Oci oci = new Oci(UnaryOperator.identity());
        for (TestImage image : images) {
            oci.image(image);
        }
        TestTar tar = oci.tar();
        tar.file("manifest.json", oci.dockerManifest());
        return tar.file("repositories", "{}");
    }

    /**
     * Docker with the containerd store, after a pull: gzip layers, and a reference that leads to an index with an
     * attestation and with a platform that was never pulled.
     */
    static TestTar containerdStore(TestImage... images) {
        Oci oci = new Oci(TestLayouts::gzip);
        for (TestImage image : images) {
            String manifest = oci.manifest(image);
            String statement =
                    oci.blob("{\"_type\":\"https://in-toto.io/Statement/v0.1\"}".getBytes(StandardCharsets.UTF_8));
            String attestationConfig = oci.blob(
                    "{\"architecture\":\"unknown\",\"os\":\"unknown\",\"rootfs\":{}}".getBytes(StandardCharsets.UTF_8));
            String attestation = oci.blob(("{\"schemaVersion\":2,\"mediaType\":\"" + MANIFEST + "\",\"config\":"
                            + oci.descriptor("application/vnd.oci.image.config.v1+json", attestationConfig, "")
                            + ",\"layers\":[" + oci.descriptor("application/vnd.in-toto+json", statement, "") + "]}")
                    .getBytes(StandardCharsets.UTF_8));
            String absent = "{\"mediaType\":\"" + MANIFEST + "\",\"digest\":\"sha256:" + "ab".repeat(32)
                    + "\",\"size\":528,\"platform\":{\"architecture\":\"s390x\",\"os\":\"linux\"}}";
            String index = oci.index(
                    absent,
                    oci.descriptor(MANIFEST, manifest, ",\"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"}"),
                    oci.descriptor(
                            MANIFEST,
                            attestation,
                            ",\"annotations\":{\"vnd.docker.reference.digest\":\"" + manifest
                                    + "\",\"vnd.docker.reference.type\":\"attestation-manifest\"},"
                                    + "\"platform\":{\"architecture\":\"unknown\",\"os\":\"unknown\"}"));
            oci.top(INDEX, index, image);
        }
        TestTar tar = oci.tar();
        return tar.file("manifest.json", oci.dockerManifest());
    }

    /** podman save and skopeo's docker-archive: layers by their diff IDs, links for old readers. */
    static TestTar podman(TestImage... images) {
        TestTar tar = new TestTar();
        List<String> manifest = new ArrayList<>();
        for (TestImage image : images) {
            List<String> layers = new ArrayList<>();
            for (byte[] layer : image.layers()) {
                String name = hex(Sha256.of(layer)) + ".tar";
                layers.add(name);
                if (!tar.has(name)) {
                    tar.file(name, layer);
                }
                String v1 = hex(Sha256.of((image.configDigest() + name).getBytes(StandardCharsets.UTF_8)));
                if (!tar.has(v1 + "/layer.tar")) {
                    tar.file(v1 + "/VERSION", "1.0");
                    tar.symbolicLink(v1 + "/layer.tar", "../" + name);
                    tar.file(v1 + "/json", "{\"id\":\"" + v1 + "\"}");
                }
            }
            String config = hex(image.configDigest()) + ".json";
            tar.file(config, image.config());
            manifest.add(manifestEntry(config, image.references(), layers));
        }
        tar.file("repositories", "{}");
        return tar.file("manifest.json", "[" + String.join(",", manifest) + "]");
    }

    /** skopeo's oci-archive: no manifest.json, the whole reference in the annotation. */
    static TestTar ociArchive(TestImage... images) {
        Oci oci = new Oci(TestLayouts::gzip);
        for (TestImage image : images) {
            String manifest = oci.manifest(image);
            String name = image.references().isEmpty() ? "" : image.references().get(0);
            String annotations =
                    name.isEmpty() ? "" : ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"" + name + "\"}";
            oci.tops.add(oci.descriptor(MANIFEST, manifest, annotations));
        }
        return oci.tar();
    }

    /** One reference at an index of several platforms, as the containerd store saves them from Docker 28 on. */
    static TestTar severalPlatforms(String reference, TestImage... images) {
        Oci oci = new Oci(TestLayouts::gzip);
        List<String> children = new ArrayList<>();
        for (TestImage image : images) {
            children.add(oci.descriptor(MANIFEST, oci.manifest(image), ""));
        }
        oci.top(INDEX, oci.index(children.toArray(String[]::new)), images[0].named(reference));
        TestTar tar = oci.tar();
        return tar.file("manifest.json", oci.dockerManifest());
    }

    /** A layout as a save keeps it: zstd layers, and in manifest.json what Docker tells of plain ones. */
    static TestTar kept(TestImage... images) {
        Oci oci = new Oci(layer -> compressed(Compression.ZSTD, layer));
        List<String> manifest = new ArrayList<>();
        for (TestImage image : images) {
            oci.image(image);
            String sources = image.layers().stream()
                    .map(layer -> "\"" + Sha256.of(layer)
                            + "\":{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",\"size\":" + layer.length
                            + ",\"digest\":\"" + Sha256.of(layer) + "\"}")
                    .distinct()
                    .collect(joining(",", ",\"LayerSources\":{", "}}"));
            String entry = oci.docker.get(oci.docker.size() - 1);
            manifest.add(entry.substring(0, entry.length() - 1) + sources);
        }
        return oci.tar().file("manifest.json", "[" + String.join(",", manifest) + "]");
    }

    static String manifestEntry(String config, List<String> references, List<String> layers) {
        return "{\"Config\":\"" + config + "\",\"RepoTags\":" + (references.isEmpty() ? "null" : quoted(references))
                + ",\"Layers\":" + quoted(layers) + "}";
    }

    private static String quoted(List<String> texts) {
        return texts.stream().map(text -> "\"" + text + "\"").collect(joining(",", "[", "]"));
    }

    static String hex(String digest) {
        return Sha256.hex(digest);
    }

    static String blobName(String digest) {
        return "blobs/sha256/" + hex(digest);
    }

    static byte[] gzip(byte[] plain) {
        GzipParameters parameters = new GzipParameters();
        return compress(plain, out -> new GzipCompressorOutputStream(out, parameters));
    }

    static byte[] compressed(Compression compression, byte[] plain) {
        return switch (compression) {
            case NONE -> plain;
            case GZIP -> gzip(plain);
            case BZIP2 -> compress(plain, BZip2CompressorOutputStream::new);
            case XZ -> compress(plain, out -> new XZOutputStream(out, new LZMA2Options(1)));
            case ZSTD -> compress(plain, out -> new com.github.luben.zstd.ZstdOutputStream(out, 3).setChecksum(true));
        };
    }

    /** Makes a compressing stream. */
    interface Compressor {
        OutputStream around(OutputStream target) throws IOException;
    }

    static byte[] compress(byte[] plain, Compressor compressor) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = compressor.around(bytes)) {
            out.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    /** An OCI layout in the making. */
    static final class Oci {
        private final UnaryOperator<byte[]> layerCompression;
        private final Map<String, byte[]> blobs = new LinkedHashMap<>();
        private final List<String> docker = new ArrayList<>();
        final List<String> tops = new ArrayList<>();

        Oci(UnaryOperator<byte[]> layerCompression) {
            this.layerCompression = layerCompression;
        }

        String blob(byte[] bytes) {
            String digest = Sha256.of(bytes);
            blobs.put(digest, bytes);
            return digest;
        }

        String descriptor(String mediaType, String digest, String more) {
            return "{\"mediaType\":\"" + mediaType + "\",\"digest\":\"" + digest + "\",\"size\":"
                    + blobs.get(digest).length + more + "}";
        }

        /** Adds config, layers and manifest; gives the manifest's digest. */
        String manifest(TestImage image) {
            List<String> layers = new ArrayList<>();
            for (byte[] layer : image.layers()) {
                layers.add(
                        descriptor("application/vnd.oci.image.layer.v1.tar", blob(layerCompression.apply(layer)), ""));
            }
            String config = descriptor("application/vnd.oci.image.config.v1+json", blob(image.config()), "");
            return blob(("{\"schemaVersion\":2,\"mediaType\":\"" + MANIFEST + "\",\"config\":" + config
                            + ",\"layers\":[" + String.join(",", layers) + "]}")
                    .getBytes(StandardCharsets.UTF_8));
        }

        String index(String... descriptors) {
            return blob(("{\"schemaVersion\":2,\"mediaType\":\"" + INDEX + "\",\"manifests\":["
                            + String.join(",", descriptors) + "]}")
                    .getBytes(StandardCharsets.UTF_8));
        }

        void image(TestImage image) {
            top(MANIFEST, manifest(image), image);
        }

        /** Names a document in index.json once for each reference, and the image in manifest.json. */
        void top(String mediaType, String digest, TestImage image) {
            if (image.references().isEmpty()) {
                tops.add(descriptor(mediaType, digest, ""));
            }
            for (String text : image.references()) {
                Reference reference = Reference.parse(text);
                tops.add(descriptor(
                        mediaType,
                        digest,
                        ",\"annotations\":{\"io.containerd.image.name\":\"" + reference.qualified()
                                + "\",\"org.opencontainers.image.ref.name\":\"" + reference.tag() + "\"}"));
            }
            docker.add(manifestEntry(
                    blobName(image.configDigest()),
                    image.references(),
                    image.layers().stream()
                            .map(layer -> blobName(Sha256.of(layerCompression.apply(layer))))
                            .toList()));
        }

        String dockerManifest() {
            return "[" + String.join(",", docker) + "]";
        }

        TestTar tar() {
            TestTar tar = new TestTar().directory("blobs/").directory("blobs/sha256/");
            blobs.forEach((digest, bytes) -> tar.file(blobName(digest), bytes));
            tar.file(
                    "index.json",
                    "{\"schemaVersion\":2,\"mediaType\":\"" + INDEX + "\",\"manifests\":[" + String.join(",", tops)
                            + "]}");
            return tar.file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
        }
    }
}
