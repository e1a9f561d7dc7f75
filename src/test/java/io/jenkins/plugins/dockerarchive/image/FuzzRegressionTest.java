package io.jenkins.plugins.dockerarchive.image;

import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.fail;

import io.jenkins.plugins.dockerarchive.engine.EngineEventFuzz;
import io.jenkins.plugins.dockerarchive.store.LayoutFuzz;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What fuzzing ({@code hermetic/fuzz}) has found, and a second of chance around sound inputs. */
@Tries(Fault.F19)
class FuzzRegressionTest {

    private static final int ROUNDS = 400;
    /** The same in every run, so that a gate fails for a change and not for its luck; hermetic/fuzz looks further. */
    private static final long SEED = 1;

    private static final Duration BOUND = Duration.ofSeconds(20);

    private interface One {
        void run(byte[] input) throws IOException;
    }

    enum Target {
        ARCHIVE("ArchiveFuzz", ArchiveFuzz::fuzzerTestOneInput),
        FILE_SYSTEM("FileSystemFuzz", FileSystemFuzz::fuzzerTestOneInput),
        REFERENCE("ReferenceFuzz", ReferenceFuzz::fuzzerTestOneInput),
        CONTAINER_CONFIG("ContainerConfigFuzz", ContainerConfigFuzz::fuzzerTestOneInput),
        ENGINE_EVENTS("EngineEventFuzz", EngineEventFuzz::fuzzerTestOneInput),
        LAYOUT("LayoutFuzz", LayoutFuzz::fuzzerTestOneInput);

        private final String directory;
        private final One one;

        Target(String directory, One one) {
            this.directory = directory;
            this.one = one;
        }

        String directory() {
            return directory;
        }

        List<byte[]> sound() {
            TestImage shop = TestImage.of("base", "app").named("shop:1");
            return switch (this) {
                case ARCHIVE, FILE_SYSTEM ->
                    List.of(
                            TestLayouts.docker25(shop).bytes(),
                            TestLayouts.legacyDocker(shop, TestImage.of("base").named("x:2"))
                                    .bytes(),
                            TestLayouts.containerdStore(shop).bytes(),
                            TestLayouts.podman(shop).bytes(),
                            TestImage.layer("file"));
                case REFERENCE ->
                    texts("shop:1", "registry.example.org:5000/a/b-c_d:v1.2", "[::1]:5000/x:y", "localhost/a:b");
                case CONTAINER_CONFIG ->
                    texts("{\"config\":{\"Env\":[\"A=b\"],\"Labels\":{\"a\":\"b\"},\"Cmd\":[\"x\"],\"User\":\"u\","
                            + "\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"[ -f x ]\"]},\"Volumes\":{\"/v\":{}},"
                            + "\"ExposedPorts\":{\"80/tcp\":{}},\"WorkingDir\":\"/w\"},\"platform\":\"linux/amd64\"}");
                case ENGINE_EVENTS ->
                    texts(
                            "{\"stream\":\"Loaded image: x:1\\n\"}\r\n{\"errorDetail\":{\"message\":\"m\"},\"error\":\"m\"}",
                            "{\"status\":\"Loading layer\",\"progressDetail\":{\"current\":1,\"total\":2},\"id\":\"a\"}");
                case LAYOUT -> LayoutFuzz.sound();
            };
        }

        private static List<byte[]> texts(String... texts) {
            return Stream.of(texts)
                    .map(text -> text.getBytes(StandardCharsets.UTF_8))
                    .toList();
        }
    }

    @ParameterizedTest
    @EnumSource(Target.class)
    void whatWasFoundStaysMended(Target target) throws IOException, URISyntaxException {
        URL directory = FuzzRegressionTest.class.getResource("/fuzz/" + target.directory);
        List<Path> found = new ArrayList<>();
        if (directory != null) {
            try (Stream<Path> files = Files.list(Path.of(URI.create(directory.toString())))) {
                files.forEach(found::add);
            }
        }
        for (Path file : found) {
            byte[] input = Files.readAllBytes(file);
            assertTimeout(BOUND, () -> target.one.run(input), file.toString());
        }
        for (byte[] input : target.sound()) {
            target.one.run(input);
        }
    }

    @ParameterizedTest
    @EnumSource(Target.class)
    void whatIsNearlySoundIsReadOrRefused(Target target) {
        long seed = Long.getLong("docker.archive.seed", SEED);
        Random random = new Random(seed);
        List<byte[]> sound = target.sound();
        for (int round = 0; round < ROUNDS; round++) {
            byte[] input = changed(sound, random);
            try {
                assertTimeout(BOUND, () -> target.one.run(input));
            } catch (Throwable e) {
                fail(
                        "-Ddocker.archive.seed=" + seed + ", round " + round + ", input "
                                + HexFormat.of().formatHex(input, 0, Math.min(input.length, 2_000)),
                        e);
            }
        }
    }

    /** A few changes: bits, numbers, blocks gone, twice, or from elsewhere, and an end too early. */
    private static byte[] changed(List<byte[]> sound, Random random) {
        byte[] bytes = sound.get(random.nextInt(sound.size())).clone();
        int changes = 1 + random.nextInt(4);
        for (int i = 0; i < changes && bytes.length > 1; i++) {
            int unit = bytes.length >= 2048 && random.nextBoolean() ? 512 : 1;
            int at = random.nextInt(bytes.length / unit) * unit;
            int length = Math.min(bytes.length - at, unit * (1 + random.nextInt(3)));
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) "\0 /.:\\{}[]\"0719-".charAt(random.nextInt(16));
                case 2 -> bytes = joined(bytes, 0, at, bytes, at + length, bytes.length);
                case 3 -> bytes = joined(bytes, 0, at + length, bytes, at, bytes.length);
                case 4 -> {
                    byte[] other = sound.get(random.nextInt(sound.size()));
                    int from = random.nextInt(other.length / unit + 1) * unit;
                    bytes = joined(bytes, 0, at, other, Math.min(from, other.length), other.length);
                }
                default -> bytes = joined(bytes, 0, at, bytes, 0, 0);
            }
            if (unit == 512) {
                mendChecksum(bytes, at);
            }
        }
        return bytes;
    }

    /** So that a changed header is not refused for its checksum alone. */
    private static void mendChecksum(byte[] bytes, int at) {
        if (at + 512 <= bytes.length) {
            byte[] block = java.util.Arrays.copyOfRange(bytes, at, at + 512);
            if (new String(block, 257, 5, StandardCharsets.ISO_8859_1).equals("ustar")) {
                System.arraycopy(RawTar.withChecksum(block), 0, bytes, at, 512);
            }
        }
    }

    private static byte[] joined(byte[] one, int from, int to, byte[] other, int otherFrom, int otherTo) {
        byte[] joined = new byte[to - from + otherTo - otherFrom];
        System.arraycopy(one, from, joined, 0, to - from);
        System.arraycopy(other, otherFrom, joined, to - from, otherTo - otherFrom);
        return joined;
    }
}
