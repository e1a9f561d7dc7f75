package io.jenkins.plugins.dockerarchive.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A controller that is killed while it saves and deletes: afterwards every archive that is there verifies, and nothing is
 * left that belongs to none. {@code -Ddocker.archive.kill.rounds=50} is the long form.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class StoreKilledTest {

    private static final int ROUNDS = Integer.getInteger("docker.archive.kill.rounds", 8);
    private static final int BUILDS = 6;

    @TempDir
    Path directory;

    /** What is killed: saves and deletes builds without end. */
    public static final class Controller {

        private Controller() {}

        public static void main(String[] arguments) throws Exception {
            Path builds = Path.of(arguments[0]);
            Path temporary = Path.of(arguments[1]);
            Random random = new Random(Long.parseLong(arguments[2]));
            for (boolean begun = false; ; ) {
                Path build = builds.resolve(String.valueOf(1 + random.nextInt(BUILDS)));
                BuildStore store = new BuildStore(build, TestTransfer.LIMITS);
                store.sweep(Duration.ZERO);
                if (store.hasStash("shop")) {
                    if (random.nextBoolean()) {
                        store.removeStash("shop");
                    } else {
                        store.clear();
                    }
                    continue;
                }
                TestLayer base = new TestLayer().random("base", 300_000, 1);
                TestLayer app = new TestLayer().random("app", 50_000, random.nextInt(4));
                List<Path> others = Stream.of(1, 2, 3, 4, 5, 6)
                        .map(n -> builds.resolve(n + ""))
                        .toList();
                TestTransfer.save(build, others, TestTransfer.archive("shop:1", base, app), "shop", temporary);
                if (!begun) {
                    System.out.println("begun");
                    begun = true;
                }
            }
        }
    }

    @Test
    @Tries(Fault.F8)
    void afterEachKillEveryArchiveVerifiesAndNothingIsLeaked() throws Exception {
        Path builds = Files.createDirectories(directory.resolve("builds"));
        long seed = Long.getLong("docker.archive.seed", System.nanoTime());
        System.out.println("soak: controllers killed, -Ddocker.archive.seed=" + seed);
        Random random = new Random(seed);
        int seen = 0;
        for (int round = 0; round < ROUNDS; round++) {
            Process controller = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            Controller.class.getName(),
                            builds.toString(),
                            directory.resolve("temporary").toString(),
                            String.valueOf(random.nextLong()))
                    .redirectError(directory.resolve("errors").toFile())
                    .start();
            try {
                assertEquals('b', controller.getInputStream().read(), Files.readString(directory.resolve("errors")));
                // a random moment is what is wanted here, nothing is waited for
                boolean ended = controller.waitFor(50 + random.nextInt(900), TimeUnit.MILLISECONDS);
                assertTrue(!ended, () -> "it failed by itself, -Ddocker.archive.seed=" + seed);
            } finally {
                controller.destroyForcibly().waitFor();
            }
            seen += verify(builds, "round " + round + " of -Ddocker.archive.seed=" + seed);
        }
        System.out.println("soak: " + ROUNDS + " controllers killed, " + seen + " archives seen whole afterwards");
        assertTrue(seen > 0, "no archive was ever there");
        for (int number = 1; number <= BUILDS; number++) {
            new BuildStore(builds.resolve(number + ""), TestTransfer.LIMITS).clear();
        }
        assertEquals(new TreeSet<>(), TestTransfer.files(builds));
    }

    private static int verify(Path builds, String when) throws Exception {
        int seen = 0;
        for (int number = 1; number <= BUILDS; number++) {
            BuildStore store = new BuildStore(builds.resolve(number + ""), TestTransfer.LIMITS);
            if (store.hasStash("shop")) {
                assertEquals(
                        1,
                        ImageArchive.read(store.stash("shop"), TestTransfer.LIMITS)
                                .images()
                                .size(),
                        when);
                seen++;
            }
            store.sweep(Duration.ZERO);
            for (String file : TestTransfer.files(builds.resolve(number + ""))) {
                assertTrue(!file.contains(LayoutDirectory.UNFINISHED), when + ": " + file);
            }
        }
        return seen;
    }
}
