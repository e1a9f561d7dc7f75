package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A Java machine of 64 MB loads and saves an image many times as big. */
class MemoryOnEnginesTest extends OperationsOnEnginesTest {

    private static final long LAYER = 500_000_000;

    /** What the small machine runs: load FILE, save IMAGE, on the engine of that URI. */
    public static final class Small {

        private Small() {}

        public static void main(String[] arguments) throws Exception {
            Path workspace = Path.of(arguments[1]);
            OperationContext context = new OperationContext(
                    workspace,
                    workspace.resolve("temporary"),
                    new EngineAddress(URI.create(arguments[0]), null, "a test"),
                    ArchiveLimits.defaults(),
                    System.out::println);
            ArchiveSource source = new ArchiveSource("big.tar", null, null, "big.tar");
            new LoadImages(context).run(LoadRequest.from(new Parameters("dockerLoad", Map.of()), source));
            Files.delete(workspace.resolve("big.tar"));
            new SaveImages(context)
                    .run(SaveRequest.from(
                            new Parameters("dockerSave", Map.of("images", arguments[2], "file", "saved.tar.zst"))));
            System.out.println("heap " + Runtime.getRuntime().maxMemory());
        }
    }

    @Test
    void oneGigabyteGoesThrough64Megabytes() throws Exception {
        TestEngine engine = graph();
        String reference = repository("big") + ":1";
        new TestImageArchive()
                .image(
                        List.of(reference),
                        run("x"),
                        List.of(new TestLayer().random("one", LAYER, 1), new TestLayer().random("two", LAYER, 2)))
                .writeTo(workspace().resolve("big.tar"));
        Path said = directory.resolve("said");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Small.class.getName(),
                        engine.uri().toString(),
                        workspace().toString(),
                        reference)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        try {
            assertTrue(process.waitFor(150, TimeUnit.SECONDS), "it takes too long");
        } finally {
            process.destroyForcibly();
        }
        String log = Files.readString(said);
        assertEquals(0, process.exitValue(), log);
        String heap =
                log.lines().filter(line -> line.startsWith("heap ")).findFirst().orElseThrow();
        assertTrue(Long.parseLong(heap.substring(5)) <= 64L << 20, heap);
        assertTrue(Files.size(workspace().resolve("saved.tar.zst")) > 2 * LAYER * 9 / 10, "it hardly compresses");
        assertEquals(2, diffIds(engine, reference).size());
        Files.delete(workspace().resolve("saved.tar.zst"));
    }
}
