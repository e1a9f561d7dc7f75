package io.jenkins.plugins.dockerarchive.hermetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.operations.LayerRoute;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;

/**
 * Measures saves and loads beside today's way on one engine, in turns: {@code Bench ENGINES-SCRIPT EXCHANGE NAME URI RUNS
 * FULL|QUICK WORK}. Prints one line of JSON with the seconds of every run. What the docker command line does is timed in
 * the engine's own root; ours in this JVM, after one round that is not counted.
 */
public final class Bench {

    private static final long LINK_BYTES = 64 << 20;
    private static final int STREAMS = 6;
    private static final int AT_ONCE = 8;
    private static final int BUILDS = 50;

    private final Path work;
    private final BenchImage image;
    private final BenchTimes times;
    private final BenchToday today;
    private final BenchOurs ours;
    /** As where the engine cannot reach the agent. */
    private final BenchOurs apart;

    private final String name;
    private final Map<String, Long> bytes = new TreeMap<>();
    private int job;

    private Bench(String[] arguments) {
        name = arguments[2];
        work = Path.of(arguments[6]);
        String mark = "bench-" + ProcessHandle.current().pid();
        String repository = "docker-archive-" + mark;
        image = arguments[5].equals("FULL")
                ? new BenchImage(repository, 275, 190, 110, 75)
                : new BenchImage(repository, 60, 45, 25, 10);
        times = new BenchTimes(name);
        today = new BenchToday(arguments[0], name, Path.of(arguments[1]), mark, times);
        EngineAddress address = new EngineAddress(URI.create(arguments[3]), null, "the bench");
        ours = new BenchOurs(work, address, LayerRoute.PUSH_WHERE_POSSIBLE);
        apart = new BenchOurs(work, address, LayerRoute.SAVE);
    }

    public static void main(String[] arguments) throws Exception {
        Bench bench = new Bench(arguments);
        try {
            bench.run(Integer.parseInt(arguments[4]));
        } finally {
            bench.cleanUp();
        }
    }

    private void run(int runs) throws Exception {
        disk();
        for (int version = 1; version <= 2; version++) {
            image.write(version, today.file("v" + version + ".tar"));
        }
        image.forget();
        warmUp();
        times.count(true);
        for (int i = 1; i <= runs; i++) {
            round(i % 2 == 0);
        }
        link();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("engine", name);
        result.put("seconds", times.all());
        result.put("bytes", bytes);
        System.out.println(new ObjectMapper().writeValueAsString(result));
    }

    private void warmUp() throws Exception {
        Path store = work.resolve("job" + ++job);
        images();
        ours.save(store, 1, image.reference(1));
        ours.save(store, 2, image.reference(2));
        remove();
        ours.load(store, 1);
        ours.load(store, 2);
        remove();
        BenchFiles.delete(store);
    }

    private void images() throws IOException, InterruptedException {
        today.shell("docker load -q -i " + today.given("v1.tar") + "; docker load -q -i " + today.given("v2.tar"));
    }

    private void remove() throws IOException, InterruptedException {
        today.remove(image.reference(1), image.reference(2));
    }

    /** @param todayFirst which side is measured first: whoever follows may find warmer caches */
    private void round(boolean todayFirst) throws Exception {
        Path store = work.resolve("job" + ++job);
        images();
        if (todayFirst) {
            savedToday();
            saved(store);
        } else {
            saved(store);
            savedToday();
        }
        if (ours.pushes()) {
            savedWhole();
        }
        Path at = work.resolve("at-once");
        times.time("P12 ours", () -> ours.saveAtOnce(at, AT_ONCE, image.reference(1)));
        BenchFiles.delete(at);
        today.timed(
                "P12 raw",
                "for i in $(seq " + AT_ONCE + "); do docker save " + image.reference(1)
                        + " >/dev/null & done; for job in $(jobs -p); do wait $job; done");
        times.time("stash", () -> BenchToday.stash(today.file("v2.tgz"), work.resolve("stash.tar.gz")));
        times.time("unstash", () -> BenchToday.unstash(work.resolve("stash.tar.gz"), work.resolve("unstashed.tgz")));
        today.registry(image.reference(1), image.reference(2));
        if (todayFirst) {
            loadedToday();
            loaded(store);
        } else {
            loaded(store);
            loadedToday();
        }
        BenchFiles.delete(store);
    }

    private void savedToday() throws IOException, InterruptedException {
        String one = image.reference(1);
        String two = image.reference(2);
        today.timed("P1 gzip", "docker save " + one + " | gzip -6 > " + today.given("v1.tgz"));
        today.timed("P1 raw", "docker save " + one + " > " + today.given("raw"));
        today.shell("rm -rf " + today.given("skopeo"));
        today.timed("P1 skopeo", "skopeo copy -q docker-daemon:" + one + " oci:" + today.given("skopeo") + ":x");
        today.timed("P2 raw", "docker save " + two + " > " + today.given("raw"));
        today.timed("P2 gzip", "docker save " + two + " | gzip -6 > " + today.given("v2.tgz"));
    }

    private void saved(Path store) throws Exception {
        String two = image.reference(2);
        times.time("P1 ours", () -> ours.save(store, 1, image.reference(1)));
        times.time(
                "P2 ours", () -> bytes.put("P2 added", ours.save(store, 2, two).stored()));
        times.time("P3 ours", () -> {
            if (!ours.save(store, 3, two).skipped()) {
                throw new IOException("an unchanged image was saved again");
            }
        });
        bytes.put("layout", BenchFiles.size(BenchOurs.stash(store, 1)));
    }

    private void savedWhole() throws Exception {
        Path store = work.resolve("whole");
        times.time("P1 whole", () -> apart.save(store, 1, image.reference(1)));
        times.time("P2 whole", () -> apart.save(store, 2, image.reference(2)));
        BenchFiles.delete(store);
    }

    private void loadedToday() throws IOException, InterruptedException {
        today.timed("P6 tgz", "docker load -q -i " + today.given("v1.tgz"));
        today.timed("P4 tgz", "docker load -q -i " + today.given("v2.tgz"));
        today.timed("P5 tgz", "docker load -q -i " + today.given("v2.tgz"));
        remove();
    }

    private void loaded(Path store) throws Exception {
        times.time("P6 ours", () -> ours.load(store, 1));
        times.time("P4 ours", () -> ours.load(store, 2));
        times.time("P5 ours", () -> ours.load(store, 2));
        remove();
    }

    /** P9: what builds keep that change one layer each. */
    private void disk() throws Exception {
        Path store = work.resolve("disk");
        for (int build = 1; build <= BUILDS; build++) {
            int version = build;
            List<String> diffIds = image.diffIds(version);
            PipedInputStream in = new PipedInputStream(1 << 20);
            PipedOutputStream out = new PipedOutputStream(in);
            FutureTask<Void> writer = new FutureTask<>(() -> {
                image.write(version, out);
                return null;
            });
            new Thread(writer, "image " + version).start();
            ours.keep(store, build, in, diffIds);
            writer.get();
        }
        bytes.put("P9 ours", BenchFiles.size(store));
        BenchFiles.delete(store);
    }

    private void link() throws IOException, InterruptedException {
        LongLink far = new LongLink(Duration.ofMillis(20));
        for (int i = 0; i < 3; i++) {
            times.add("P8 one stream", far.seconds(LINK_BYTES, 1));
            times.add("P8 ours", far.seconds(LINK_BYTES, STREAMS));
        }
        bytes.put("tgz", Files.size(today.file("v1.tgz")));
    }

    private void cleanUp() throws IOException, InterruptedException {
        remove();
        today.cleanUp();
        BenchFiles.delete(work);
    }
}
