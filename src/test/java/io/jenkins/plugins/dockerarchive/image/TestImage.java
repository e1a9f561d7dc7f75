package io.jenkins.plugins.dockerarchive.image;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * An image with small layers.
 *
 * @param config its JSON
 * @param layers plain tars, lowest first
 */
record TestImage(byte[] config, List<byte[]> layers, List<String> references) {

    /** An image whose layers are made from these names: the same name gives the same layer. */
    static TestImage of(String... layerNames) {
        return onPlatform(
                "amd64", Arrays.stream(layerNames).map(TestImage::layer).toList());
    }

    static TestImage onPlatform(String architecture, List<byte[]> layers) {
        String diffIds =
                layers.stream().map(layer -> "\"" + Sha256.of(layer) + "\"").collect(Collectors.joining(","));
        String variant = architecture.equals("arm64") ? "\"variant\":\"v8\"," : "";
        String config = "{\"architecture\":\"" + architecture + "\"," + variant + "\"os\":\"linux\","
                + "\"config\":{\"Env\":[\"PATH=/bin\"],\"Cmd\":[\"/bin/app\"]},"
                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[" + diffIds + "]},\"history\":[]}";
        return new TestImage(config.getBytes(StandardCharsets.UTF_8), layers, List.of());
    }

    /** A layer with one file. */
    static byte[] layer(String name) {
        return new TestTar().file(name + ".txt", "content of " + name).bytes();
    }

    /** A layer with a file that no compression makes smaller. */
    static byte[] layer(String name, int size) {
        byte[] content = new byte[size];
        new Random(name.hashCode()).nextBytes(content);
        return new TestTar().file(name + ".bin", content).bytes();
    }

    TestImage named(String... names) {
        return new TestImage(config, layers, List.of(names));
    }

    TestImage withConfig(String text) {
        return new TestImage(text.getBytes(StandardCharsets.UTF_8), layers, references);
    }

    String configText() {
        return new String(config, StandardCharsets.UTF_8);
    }

    String configDigest() {
        return Sha256.of(config);
    }

    List<String> diffIds() {
        return layers.stream().map(Sha256::of).toList();
    }

    List<Reference> parsedReferences() {
        List<Reference> parsed = new ArrayList<>();
        references.forEach(reference -> parsed.add(Reference.parse(reference)));
        return parsed;
    }
}
