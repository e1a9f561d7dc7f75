package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.image.Reference;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many at once: what is there is whole, what is refused is refused clearly, and nothing is left over. */
@Timeout(1800)
class ConcurrencyOnEnginesTest extends KeptInLayersTest {

    private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("docker.archive.soak.seconds", 4));

    /** Of what happens once each time: more in the long form. */
    private static final int ROUNDS = 1 + (int) LENGTH.toSeconds() / 60;

    private static final int BUILDS = 16;
    private static final int IMAGES = 5;
    private static final long SMALLEST_LAYER = 20_000;

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
        for (int round = 0; round < ROUNDS; round++) {
            for (Object end : together(loads)) {
                assertTrue(end instanceof LoadResult, () -> String.valueOf(end));
            }
            assertEquals(List.of(image), references(engine), "and nothing staged");
            assertFiles("app.tar");
            remove(engine, image);
        }
    }

    @EveryEngine
    @Tries(Fault.F15)
    void ofTwoSavesUnderOneNameOneIsWholeAndTheOtherIsRefused(TestEngine engine) throws Exception {
        String one = tiny(engine, repository("one") + ":1");
        String two = tiny(engine, repository("two") + ":1");
        for (int round = 0; round < ROUNDS + 2; round++) {
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

    /** Two agents, each with an engine of its own, where there are two; the name is one of the build's. */
    @Test
    @Tries(Fault.F15)
    void ofTwoAgentsThatStashUnderOneNameOneIsKeptWholeAndTheOtherIsRefused() throws Exception {
        TestEngine first = engines().get(0);
        TestEngine second = engines().get(engines().size() - 1);
        String one = tiny(first, repository("one") + ":1");
        String two = tiny(second, repository("two") + ":1");
        for (int number = 1; number <= ROUNDS + 2; number++) {
            Save here = new Save(first, number, "images", one, "stash", "shop");
            Save there = new Save(second, number, "images", two, "stash", "shop");
            List<Object> ends = together(List.<Callable<SaveResult>>of(here::run, there::run));
            assertEquals(1, ends.stream().filter(SaveResult.class::isInstance).count(), ends.toString());
            Object refused = ends.get(ends.get(0) instanceof SaveResult ? 1 : 0);
            assertTrue(refused instanceof OperationException, () -> String.valueOf(refused));
            assertEquals(
                    "This build has a stash 'shop' already, which another step has written; give each stash a name of"
                            + " its own.",
                    ((OperationException) refused).getMessage());
            String kept = read(number, "shop").references().iterator().next().toString();
            assertEquals(ends.get(0) instanceof SaveResult ? one : two, familiar(kept));
            assertNothingUnfinished("build " + number);
        }
        assertFiles();
    }

    /** Builds that retention leaves alone, as the newest of a job are. */
    private static final int KEPT = 20;

    @Override
    List<Integer> others(int number) {
        List<Integer> others = new ArrayList<>();
        for (int other = number - 1; other > Math.max(1, number - 51); other--) {
            others.add(other);
        }
        others.add(1);
        return others;
    }

    /** The build's one artifact, which is called after its first image; a place where nothing is without. */
    private Path artifact(int number) throws IOException {
        Path archive = build(number).resolve("archive");
        if (Files.isDirectory(archive)) {
            try (Stream<Path> artifacts = Files.list(archive)) {
                return artifacts.findFirst().orElse(archive.resolve("none"));
            }
        }
        return archive.resolve("none");
    }

    /** The length is that of {@code docker.archive.soak.seconds}, a few seconds without. */
    @Test
    @Tries(Fault.F12)
    void sixteenBuildsAtOnceSaveOverlappingImagesWhileRetentionDeletesOldOnesAndEveryArchiveIsWhole() throws Exception {
        long seed = Long.getLong("docker.archive.seed", System.nanoTime());
        String when = "-Ddocker.archive.seed=" + seed;
        System.out.println("soak: sixteen builds at once, " + when);
        List<String> images = overlappingImages();
        // it stays, as an archive does that is kept for ever: no layer ever has to come a second time
        new Save(engines().get(0), 1, "images", images, "archive", true, "format", "oci").run();
        AtomicInteger numbers = new AtomicInteger(1);
        AtomicInteger loads = new AtomicInteger();
        AtomicLong stored = new AtomicLong();
        Set<Integer> ended = new ConcurrentSkipListSet<>();
        long end = System.nanoTime() + LENGTH.toNanos();
        List<Callable<Integer>> all = new ArrayList<>();
        for (int thread = 0; thread < BUILDS; thread++) {
            Random random = new Random(seed + thread);
            all.add(() -> {
                int made = 0;
                do {
                    int number = numbers.incrementAndGet();
                    stored.addAndGet(saveAndRead(number, images, random));
                    if (random.nextInt(6) == 0) {
                        loadAndRemove(
                                number, engines().get(random.nextInt(engines().size())));
                        loads.incrementAndGet();
                    }
                    store(number).clear();
                    ended.add(number);
                    made++;
                } while (System.nanoTime() < end);
                return made;
            });
        }
        all.add(() -> {
            Random random = new Random(seed - 1);
            int deleted = 0;
            while (System.nanoTime() < end) {
                for (int number : ended) {
                    if (number < numbers.get() - KEPT) {
                        delete(number, random);
                        ended.remove(number);
                        deleted++;
                    }
                }
                Thread.sleep(20);
            }
            return deleted;
        });
        List<Object> results = together(all);
        for (Object result : results) {
            if (result instanceof Throwable failure) {
                throw new AssertionError("one of sixteen builds or retention failed, " + when, failure);
            }
        }
        int deleted = (Integer) results.get(BUILDS);
        System.out.println("soak: " + (numbers.get() - 1) + " builds saved " + stored + " bytes on "
                + engines().size() + " engines, " + loads + " loads, " + deleted + " builds deleted by retention");
        assertTrue(numbers.get() > BUILDS, when);
        assertAllIsWholeAndThereOnce(numbers.get(), images, when);
    }

    /** Three layers each: one that all have, one that the next has too, and one of its own. On every engine. */
    private List<String> overlappingImages() throws Exception {
        byte[] base = new TestLayer().random("data/base", 300_000, 1).tar();
        List<String> images = new ArrayList<>();
        for (int i = 0; i < IMAGES; i++) {
            String image = repository("app" + i) + ":1";
            byte[] shared =
                    new TestLayer().random("data/shared", 60_000, 10 + i / 2).tar();
            byte[] own = new TestLayer().random("data/own", 50_000, 20 + i).tar();
            tar("x.tar", archive(Raw.of(image, base, shared, own)));
            for (TestEngine engine : engines()) {
                load(engine, "file", "x.tar");
            }
            Files.delete(workspace().resolve("x.tar"));
            images.add(image);
        }
        return images;
    }

    /** Returns the bytes that were new. */
    private long saveAndRead(int number, List<String> images, Random random) throws IOException, InterruptedException {
        TestEngine engine = engines().get(random.nextInt(engines().size()));
        List<String> some = new ArrayList<>();
        images.stream().filter(image -> random.nextBoolean()).forEach(some::add);
        if (some.isEmpty()) {
            some.add(images.get(random.nextInt(images.size())));
        }
        Save save = new Save(engine, number, "images", some, "stash", "shop", "archive", true, "format", "oci");
        long bytes = save.run().stored();
        for (Path layout : List.of(store(number).stash("shop"), artifact(number))) {
            ImageArchive archive = ImageArchive.read(layout, ArchiveLimits.defaults());
            assertEquals(some.size(), archive.references().size());
        }
        return bytes;
    }

    private void loadAndRemove(int number, TestEngine engine) throws IOException, InterruptedException {
        String file = "build-" + number;
        copy(store(number).stash("shop"), workspace().resolve(file));
        Map<String, String> rename = new LinkedHashMap<>();
        for (Reference reference : read(number, "shop").references()) {
            rename.put(reference.toString(), repository("of-" + number) + ":" + rename.size());
        }
        load(engine, "file", file, "rename", rename);
        for (String reference : rename.values()) {
            remove(engine, reference);
        }
        delete(workspace().resolve(file));
    }

    /** As Jenkins deletes a build, or as retention deletes its archive. */
    private void delete(int number, Random random) throws IOException {
        if (random.nextBoolean()) {
            Path gone = build(number).resolveSibling("." + number);
            Files.move(build(number), gone, StandardCopyOption.ATOMIC_MOVE);
            delete(gone);
        } else {
            store(number).removeArtifact(artifact(number));
            store(number).clear();
        }
    }

    private static void delete(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.delete(path);
        }
    }

    private void assertAllIsWholeAndThereOnce(int newest, List<String> images, String when) throws IOException {
        Map<String, Set<Object>> copies = new HashMap<>();
        int whole = 0;
        for (int number = 1; number <= newest; number++) {
            if (!Files.isDirectory(artifact(number))) {
                assertTrue(
                        number > 1 && number < newest - KEPT, "the archive of build " + number + " is gone, " + when);
                continue;
            }
            ImageArchive.read(artifact(number), ArchiveLimits.defaults());
            whole++;
            try (Stream<Path> blobs = Files.list(artifact(number).resolve("blobs/sha256"))) {
                for (Path blob : blobs.filter(file -> file.toFile().length() > SMALLEST_LAYER)
                        .toList()) {
                    copies.computeIfAbsent(blob.getFileName().toString(), none -> new HashSet<>())
                            .add(Files.getAttribute(blob, "unix:ino"));
                }
            }
        }
        System.out.println("soak: " + whole + " archives are there and whole");
        assertEquals(1 + (IMAGES + 1) / 2 + IMAGES, copies.size(), "each layer in one form, " + when);
        copies.forEach((layer, inodes) -> assertEquals(1, inodes.size(), layer + " is there once, " + when));
        assertNothingUnfinished(when);
        assertFiles();
        for (TestEngine engine : engines()) {
            assertEquals(images, references(engine), engine.name() + ", " + when);
        }
    }

    private void assertNothingUnfinished(String when) throws IOException {
        try (Stream<Path> all = Files.walk(directory.resolve("builds"))) {
            assertEquals(
                    List.of(),
                    all.filter(path -> path.getFileName().toString().startsWith(".docker-archive-"))
                            .toList(),
                    when);
        }
    }
}
