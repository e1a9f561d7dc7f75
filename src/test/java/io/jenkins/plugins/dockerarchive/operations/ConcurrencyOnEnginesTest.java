package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many at once: what is there is whole, what is refused is refused clearly, and nothing is left over. */
@Timeout(1800)
class ConcurrencyOnEnginesTest extends OperationsOnEnginesTest {

    private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("docker.archive.soak.seconds", 4));

    private static <T> List<Object> together(List<Callable<T>> all) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(all.size());
        try {
            List<Future<T>> futures = new ArrayList<>();
            all.forEach(one -> futures.add(threads.submit(one)));
            List<Object> ends = new ArrayList<>();
            for (Future<T> future : futures) {
                try {
                    ends.add(future.get(LENGTH.toSeconds() + 120, TimeUnit.SECONDS)); // else a deadlock
                } catch (ExecutionException e) {
                    ends.add(e.getCause());
                }
            }
            return ends;
        } finally {
            threads.shutdownNow();
        }
    }

    @EveryEngine
    @Tries(Fault.F15)
    void eightLoadsOfOneImageAtOnceAllSucceed(TestEngine engine) throws Exception {
        String image = repository("app") + ":1";
        byte[] layer = new TestLayer().random("data/r", 2_000_000, 3).tar();
        tar("app.tar", archive(Raw.of(image, text("base").tar(), layer)));
        List<Callable<LoadResult>> loads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            loads.add(() -> load(engine, "file", "app.tar"));
        }
        for (Object end : together(loads)) {
            assertTrue(end instanceof LoadResult, () -> String.valueOf(end));
        }
        assertEquals(List.of(image), references(engine), "and nothing staged");
        assertFiles("app.tar");
    }

    @EveryEngine
    @Tries(Fault.F15)
    void ofTwoSavesUnderOneNameOneIsWholeAndTheOtherIsRefused(TestEngine engine) throws Exception {
        String one = tiny(engine, repository("one") + ":1");
        String two = tiny(engine, repository("two") + ":1");
        for (int round = 0; round < 3; round++) {
            List<Callable<SaveResult>> saves = List.of(
                    () -> save(engine, "images", one, "file", "a.tar"),
                    () -> save(engine, "images", two, "file", "a.tar"));
            List<Object> ends = together(saves);
            assertEquals(1, ends.stream().filter(SaveResult.class::isInstance).count(), ends.toString());
            for (Object end : ends) {
                if (end instanceof Throwable refused) {
                    assertTrue(refused instanceof OperationException, () -> String.valueOf(refused));
                    assertTrue(refused.getMessage().contains("a.tar"), refused.getMessage());
                }
            }
            assertFiles("a.tar");
            ImageArchive.read(workspace().resolve("a.tar"), ArchiveLimits.defaults());
            Files.delete(workspace().resolve("a.tar"));
        }
    }

    /** The length is that of {@code docker.archive.soak.seconds}, a few seconds without. */
    @Test
    @Tries(Fault.F12)
    void manySavesOfOverlappingImagesWhileOldArchivesAreDeletedAreAllWhole() throws Exception {
        long seed = Long.getLong("docker.archive.seed", System.nanoTime());
        System.out.println("-Ddocker.archive.seed=" + seed);
        TestEngine engine = containerd();
        byte[] base = new TestLayer().random("data/base", 300_000, 1).tar();
        List<String> images = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String image = repository("app" + i) + ":1";
            tar(
                    "x.tar",
                    archive(Raw.of(
                            image,
                            base,
                            new TestLayer().random("data/own", 50_000, i).tar())));
            load(engine, "file", "x.tar");
            Files.delete(workspace().resolve("x.tar"));
            images.add(image);
        }
        long end = System.nanoTime() + LENGTH.toNanos();
        List<Callable<Integer>> all = new ArrayList<>();
        for (int thread = 0; thread < 16; thread++) {
            int number = thread;
            Random random = new Random(seed + thread);
            all.add(() -> {
                int made = 0;
                do {
                    String file = "t" + number + "-" + made + (random.nextBoolean() ? ".tar.zst" : "");
                    List<String> some = new ArrayList<>();
                    images.stream().filter(image -> random.nextBoolean()).forEach(some::add);
                    if (some.isEmpty()) {
                        some.add(images.get(0));
                    }
                    save(engine, "images", some, "file", file, "format", file.endsWith("zst") ? "tar" : "oci");
                    ImageArchive archive = ImageArchive.read(workspace().resolve(file), ArchiveLimits.defaults());
                    assertEquals(some.size(), archive.references().size());
                    made++;
                } while (System.nanoTime() < end);
                return made;
            });
        }
        all.add(() -> {
            Random random = new Random(seed - 1);
            int deleted = 0;
            while (System.nanoTime() < end) {
                String file = "t" + random.nextInt(16) + "-" + (random.nextInt(6) - 2) + ".tar.zst";
                deleted += deleteOld(file) ? 1 : 0;
                Thread.sleep(20);
            }
            return deleted;
        });
        int made = 0;
        for (Object result : together(all)) {
            assertTrue(result instanceof Integer, () -> String.valueOf(result));
            made += (Integer) result;
        }
        assertTrue(made >= 16, "saved " + made);
        for (String file : files()) {
            assertTrue(!file.startsWith("."), "left over: " + file);
        }
        assertEquals(images, references(engine));
    }

    /** Not the newest of its thread, which is read back just now. */
    private boolean deleteOld(String file) throws IOException {
        Path path = workspace().resolve(file);
        String newer = file.replaceFirst("-(\\d+).*", "") + "-" + (number(file) + 1);
        boolean old = Files.exists(workspace().resolve(newer))
                || Files.exists(workspace().resolve(newer + ".tar.zst"));
        try {
            if (old) {
                Files.delete(path);
            }
            return old;
        } catch (NoSuchFileException | FileAlreadyExistsException e) {
            return false;
        }
    }

    private static int number(String file) {
        String text = file.replaceFirst("^t\\d+-", "").replaceFirst("\\..*", "");
        return text.startsWith("-") ? -1 : Integer.parseInt(text);
    }
}
