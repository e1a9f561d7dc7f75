package io.jenkins.plugins.dockerarchive.hermetic;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.operations.ArchiveSource;
import io.jenkins.plugins.dockerarchive.operations.LoadAnswer;
import io.jenkins.plugins.dockerarchive.operations.LoadImages;
import io.jenkins.plugins.dockerarchive.operations.LoadRequest;
import io.jenkins.plugins.dockerarchive.operations.OperationContext;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import io.jenkins.plugins.dockerarchive.operations.SaveImages;
import io.jenkins.plugins.dockerarchive.operations.SaveRequest;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import io.jenkins.plugins.dockerarchive.store.DirectoryBlobs;
import io.jenkins.plugins.dockerarchive.store.LayoutDocuments;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Measures saves and loads beside today's way on one engine, in turns: {@code Bench ENGINES-SCRIPT EXCHANGE NAME URI RUNS
 * FULL|QUICK WORK}. Prints one line of JSON with the seconds of every run. What the docker command line does is timed in
 * the engine's own root; ours in this JVM, after one round that is not counted.
 */
public final class Bench {

    private static final long LINK_BYTES = 64 << 20;
    private static final int STREAMS = 6;

    private final String script;
    private final Path exchange;
    private final String name;
    private final EngineAddress address;
    private final Path work;
    private final BenchImage image;
    private final String mark = "bench-" + ProcessHandle.current().pid();

    private final Map<String, List<Double>> seconds = new TreeMap<>();
    private final Map<String, Long> bytes = new TreeMap<>();
    private int job;
    private boolean counted;

    private Bench(String[] arguments) {
        script = arguments[0];
        exchange = Path.of(arguments[1]);
        name = arguments[2];
        address = new EngineAddress(URI.create(arguments[3]), null, "the bench");
        work = Path.of(arguments[6]);
        String repository = "docker-archive-" + mark;
        image = arguments[5].equals("FULL")
                ? new BenchImage(repository, 275, 190, 110, 75)
                : new BenchImage(repository, 60, 45, 25, 10);
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
        for (int version = 1; version <= 2; version++) {
            image.write(version, work.resolve("v" + version + ".tar"));
        }
        for (int i = 0; i <= runs; i++) {
            counted = i > 0;
            round();
        }
        link();
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("engine", name);
        result.put("seconds", seconds);
        result.put("bytes", bytes);
        System.out.println(new ObjectMapper()
                .configure(SerializationFeature.INDENT_OUTPUT, false)
                .writeValueAsString(result));
    }

    private void round() throws Exception {
        String one = image.reference(1);
        String two = image.reference(2);
        Path store = work.resolve("job" + ++job);
        loadTar("v1.tar");
        loadTar("v2.tar");
        // P1 to P3: out of the engine
        time("P1 ours", () -> save(store, 1, one));
        docker("P1 gzip", "docker save " + one + " | gzip -6 > " + given("v1.tgz"));
        docker("P1 raw", "docker save " + one + " > " + given("v1.raw"));
        docker(
                "P1 skopeo",
                "skopeo copy -q --src-daemon-host " + address.uri() + " docker-daemon:" + one + " oci:"
                        + given("skopeo") + ":x");
        time("P2 ours", () -> bytes.put("P2 added", save(store, 2, two).stored()));
        docker("P2 raw", "docker save " + two + " > " + given("v2.raw"));
        docker("P2 gzip", "docker save " + two + " | gzip -6 > " + given("v2.tgz"));
        time("P3 ours", () -> {
            if (!save(store, 3, two).skipped()) {
                throw new IOException("an unchanged image was saved again");
            }
        });
        bytes.put("layout", size(store.resolve("builds/1")));
        bytes.put("tgz", Files.size(file("v1.tgz")));
        // P7: the stash of today and back, beside what docker does
        time("P7 stash", () -> stash(file("v2.tgz"), work.resolve("stash.tar.gz")));
        time("P7 unstash", () -> unstash(work.resolve("stash.tar.gz"), work.resolve("unstashed.tgz")));
        // P6: into an engine that has nothing
        remove(one, two);
        time("P6 ours", () -> load(store, 1));
        remove(one);
        docker("P6 tgz", "docker load -q -i " + given("v1.tgz"));
        docker("P4 tgz", "docker load -q -i " + given("v2.tgz"));
        docker("P5 tgz", "docker load -q -i " + given("v2.tgz"));
        remove(one, two);
        // P4 and P5: into an engine that has what this job has loaded before
        load(store, 1);
        time("P4 ours", () -> load(store, 2));
        time("P5 ours", () -> load(store, 2));
        remove(one, two);
        BenchFiles.delete(store);
    }

    private void link() throws IOException, InterruptedException {
        LongLink far = new LongLink(Duration.ofMillis(20));
        for (int i = 0; i < 3; i++) {
            seconds.computeIfAbsent("P8 one stream", x -> new ArrayList<>()).add(far.seconds(LINK_BYTES, 1));
            seconds.computeIfAbsent("P8 ours", x -> new ArrayList<>()).add(far.seconds(LINK_BYTES, STREAMS));
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private void time(String what, Work measured) throws Exception {
        long start = System.nanoTime();
        measured.run();
        add(what, (System.nanoTime() - start) / 1e9);
    }

    private void add(String what, double taken) {
        if (counted) {
            seconds.computeIfAbsent(what, x -> Collections.synchronizedList(new ArrayList<>()))
                    .add(taken);
            System.err.printf(Locale.ROOT, "  %s %s: %.2f s%n", name, what, taken);
        }
    }

    // theirs

    private Path file(String of) {
        return exchange.resolve(mark + "-" + of);
    }

    private String given(String of) {
        return "/exchange/" + mark + "-" + of;
    }

    private void docker(String what, String command) throws IOException, InterruptedException {
        String timed = "rm -rf " + given("skopeo") + "; a=$(date +%s%N); (set -o pipefail; " + command
                + ") >/dev/null; b=$(date +%s%N); echo $((b-a))";
        add(what, Long.parseLong(shell(timed).strip()) / 1e9);
    }

    private String shell(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(script, "exec", name, "bash", "-ec", command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException("'" + command + "' failed");
        }
        return output;
    }

    private void remove(String... references) throws IOException, InterruptedException {
        shell("docker rmi -f " + String.join(" ", references) + " >/dev/null 2>&1 || true");
    }

    /** What StashManager does: a gzip of level 6 around a tar of one file, whatever the file is. */
    private static void stash(Path from, Path to) throws IOException {
        try (InputStream in = Files.newInputStream(from);
                OutputStream out = new GZIPOutputStream(Files.newOutputStream(to))) {
            in.transferTo(out);
        }
    }

    private static void unstash(Path from, Path to) throws IOException {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(from));
                OutputStream out = Files.newOutputStream(to)) {
            in.transferTo(out);
        }
    }

    // ours

    private OperationContext context() {
        return new OperationContext(work, work.resolve("temporary"), address, ArchiveLimits.defaults(), line -> {});
    }

    private void loadTar(String file) throws IOException, InterruptedException {
        new LoadImages(context())
                .run(LoadRequest.from(
                        new Parameters("dockerLoad", Map.of()), new ArchiveSource(file, null, null, file)));
    }

    private SaveResult save(Path store, int build, String reference) throws IOException, InterruptedException {
        SaveRequest request =
                SaveRequest.from(new Parameters("dockerSave", Map.of("images", reference, "stash", "app")));
        OperationContext context = context();
        SaveImages operation = new SaveImages(context);
        return Run.keepLayers(context, operation, request, new LocalStore(store, build, work.resolve("temporary")));
    }

    private void load(Path store, int build) throws IOException, InterruptedException {
        Path layout = new BuildStore(store.resolve("builds/" + build), ArchiveLimits.defaults()).stash("app");
        LoadRequest request = LoadRequest.from(
                new Parameters("dockerLoad", Map.of()), new ArchiveSource(null, null, null, "stash 'app'"));
        LoadImages loading = new LoadImages(context());
        LayoutDocuments documents = LayoutDocuments.read(layout, ArchiveLimits.defaults());
        LoadAnswer answer = loading.plan(request, documents);
        while (answer.result() == null) {
            answer = loading.load(request, documents, answer, new DirectoryBlobs(layout));
        }
    }

    private static long size(Path directory) throws IOException {
        return BenchFiles.size(directory);
    }

    private void cleanUp() throws IOException, InterruptedException {
        remove(image.reference(1), image.reference(2));
        shell("rm -rf /exchange/" + mark + "-*");
        BenchFiles.delete(work);
    }
}
