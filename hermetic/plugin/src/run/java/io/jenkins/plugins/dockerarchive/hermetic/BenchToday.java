package io.jenkins.plugins.dockerarchive.hermetic;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** What people do without the plugin: the docker command line, gzip, Jenkins' stash, skopeo, a registry. */
final class BenchToday {

    private static final String REGISTRY = "127.0.0.1:5000/";

    private final String script;
    private final String name;
    private final Path exchange;
    private final String mark;
    private final BenchTimes times;
    private Process registry;

    /**
     * @param script hermetic/engines
     * @param name of the engine
     * @param exchange the directory that is /exchange in its root
     */
    BenchToday(String script, String name, Path exchange, String mark, BenchTimes times) {
        this.script = script;
        this.name = name;
        this.exchange = exchange;
        this.mark = mark;
        this.times = times;
    }

    /** A file that both sides see, here. */
    Path file(String of) {
        return exchange.resolve(mark + "-" + of);
    }

    /** The same in the engine's root. */
    String given(String of) {
        return "/exchange/" + mark + "-" + of;
    }

    /** Times a command in the engine's root, so that starting a shell there is not counted. */
    double timed(String what, String command) throws IOException, InterruptedException {
        BenchTimes.settle();
        String output =
                shell("a=$(date +%s%N); (set -o pipefail; " + command + ") >/dev/null; b=$(date +%s%N); echo $((b-a))");
        double taken = Long.parseLong(output.strip()) / 1e9;
        times.add(what, taken);
        return taken;
    }

    String shell(String command) throws IOException, InterruptedException {
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

    void remove(String... references) throws IOException, InterruptedException {
        shell("docker rmi -f " + String.join(" ", references) + " >/dev/null 2>&1 || true");
    }

    /** What StashManager does: a gzip of level 6 around a tar of one file, whatever the file is. */
    static void stash(Path from, Path to) throws IOException {
        try (InputStream in = Files.newInputStream(from);
                OutputStream out = new GZIPOutputStream(Files.newOutputStream(to))) {
            in.transferTo(out);
        }
    }

    static void unstash(Path from, Path to) throws IOException {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(from));
                OutputStream out = Files.newOutputStream(to)) {
            in.transferTo(out);
        }
    }

    /** Pushes and pulls two versions through an empty registry on the engine's loopback; nothing of them is left. */
    void registry(String one, String two) throws IOException, InterruptedException {
        String first = REGISTRY + one;
        String second = REGISTRY + two;
        startRegistry();
        try {
            shell("docker tag " + one + " " + first + "; docker tag " + two + " " + second);
            timed("registry push", "docker push -q " + first);
            timed("registry push changed", "docker push -q " + second);
            remove(one, two, first, second);
            timed("registry pull", "docker pull -q " + first);
            timed("registry pull changed", "docker pull -q " + second);
            remove(first, second);
        } finally {
            registry.destroy();
            registry.waitFor();
        }
    }

    private void startRegistry() throws IOException, InterruptedException {
        BenchFiles.delete(file("registry"));
        Files.writeString(
                file("registry.yml"),
                "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nhttp: {addr: '127.0.0.1:5000'}\n"
                        + "storage: {filesystem: {rootdirectory: " + given("registry") + "}}\n");
        registry = new ProcessBuilder(script, "exec", name, "/exchange/docker-registry", "serve", given("registry.yml"))
                .redirectErrorStream(true)
                .redirectOutput(file("registry.log").toFile())
                .start();
        shell(
                "for i in $(seq 100); do curl -fs http://127.0.0.1:5000/v2/ >/dev/null && exit 0; sleep 0.1; done; exit 1");
    }

    void cleanUp() throws IOException, InterruptedException {
        shell("rm -rf /exchange/" + mark + "-*");
    }
}
