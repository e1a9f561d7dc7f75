package io.jenkins.plugins.dockerarchive.hermetic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * Makes {@code bench.json} and tables of what {@link Bench} measured: {@code BenchReport BENCH.JSON RESULT...} prints the
 * table as text; {@code BenchReport --docs BENCH.JSON PERFORMANCE.MD} puts it between the marks of that document.
 */
public final class BenchReport {

    private static final String BEGIN = "<!-- measured: begin -->\n";
    private static final String END = "<!-- measured: end -->\n";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode cases = JSON.createObjectNode();

    private BenchReport() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments[0].equals("--docs")) {
            docs(JSON.readTree(Path.of(arguments[1]).toFile()), Path.of(arguments[2]));
            return;
        }
        BenchReport report = new BenchReport();
        for (int i = 1; i < arguments.length; i++) {
            report.add(JSON.readTree(Path.of(arguments[i]).toFile()));
        }
        JSON.writerWithDefaultPrettyPrinter().writeValue(Path.of(arguments[0]).toFile(), report.cases);
        System.out.print(table(report.cases));
    }

    private void add(JsonNode result) {
        JsonNode s = result.path("seconds");
        JsonNode b = result.path("bytes");
        String engine = result.path("engine").asText();
        long layout = b.path("layout").asLong();
        long added = b.path("P2 added").asLong();
        if (result.has("heap")) {
            compare(
                    engine,
                    "P10 MB of heap with an image of "
                            + result.path("gigabytes").asInt() + " GB, against 64 MB",
                    new double[] {result.path("heap").asDouble() * 1e6},
                    new double[] {64e6},
                    1.0,
                    0);
            return;
        }
        put(engine, "P1 first save, against save piped to gzip -6", s, "P1 ours", "P1 gzip", 0.25, layout);
        put(engine, "P1 first save, against raw save", s, "P1 ours", "P1 raw", 0, layout);
        put(engine, "P1 first save, against a copy by skopeo", s, "P1 ours", "P1 skopeo", 0, layout);
        put(engine, "P1 first save, against a push into a registry", s, "P1 ours", "registry push", 0, layout);
        put(engine, "P1 without a push, against save piped to gzip -6", s, "P1 whole", "P1 gzip", 0, layout);
        put(engine, "P2 save with one layer changed, against raw save", s, "P2 ours", "P2 raw", 1.3, added);
        put(engine, "P2 save with one layer changed, against a push", s, "P2 ours", "registry push changed", 0, added);
        put(engine, "P2 without a push, against raw save", s, "P2 whole", "P2 raw", 0, added);
        put(engine, "P3 save of an unchanged image, against raw save", s, "P3 ours", "P2 raw", 0.05, 0);
        put(engine, "P4 load with one layer missing, against the .tgz", s, "P4 ours", "P4 tgz", 0.16, added);
        put(engine, "P4 load with one layer missing, against a pull", s, "P4 ours", "registry pull changed", 0, added);
        put(engine, "P5 load with nothing missing, against the .tgz", s, "P5 ours", "P5 tgz", 0.05, 0);
        put(engine, "P6 load on an empty engine, against the .tgz", s, "P6 ours", "P6 tgz", 1.0, layout);
        put(engine, "P6 load on an empty engine, against a pull", s, "P6 ours", "registry pull", 0, layout);
        compare(
                engine,
                "P7 agent to agent, one layer changed",
                sums(s, "P2 ours", "P4 ours"),
                sums(s, "P2 gzip", "stash", "unstash", "P4 tgz"),
                0.18,
                added);
        compare(
                engine,
                "P7 agent to agent, empty engine and store",
                sums(s, "P1 ours", "P6 ours"),
                sums(s, "P1 gzip", "stash", "unstash", "P6 tgz"),
                0.4,
                layout);
        put(engine, "P8 six streams against one at 20 ms (emulated link)", s, "P8 ours", "P8 one stream", 0.333, 0);
        long disk = b.path("P9 ours").asLong();
        double[] fifty = {50.0 * b.path("tgz").asLong()};
        compare(engine, "P9 bytes of 50 builds, against 50 .tgz", new double[] {disk}, fifty, 0.05, disk);
        put(
                engine,
                "P12 eight builds save one image at once, against raw saves",
                s,
                "P12 ours",
                "P12 raw",
                1.3,
                layout);
    }

    private void put(String engine, String what, JsonNode s, String ours, String peer, double goal, long bytes) {
        compare(engine, what, sums(s, ours), sums(s, peer), goal, bytes);
    }

    /** @param ours one value for each run, seconds or bytes; nothing is said of what was not measured */
    private void compare(String engine, String what, double[] ours, double[] peer, double goal, long bytes) {
        if (ours.length == 0 || peer.length == 0) {
            return;
        }
        double a = median(ours);
        double b = median(peer);
        ObjectNode entry = cases.putObject(what + " @ " + engine).put("engine", engine);
        entry.put("ours", a).put("peer", b).put("ratio", a / b);
        if (goal > 0) {
            entry.put("goal", goal);
        }
        entry.put("bytes", bytes).put("runs", ours.length);
        entry.put("oursSpread", spread(ours)).put("peerSpread", spread(peer));
    }

    /** The sums of some parts, one for each run, sorted. */
    private static double[] sums(JsonNode s, String... parts) {
        double[] sums = new double[s.path(parts[0]).size()];
        for (String part : parts) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += s.path(part).path(i).asDouble(Double.NaN);
            }
        }
        Arrays.sort(sums);
        return sums;
    }

    private static double median(double[] sorted) {
        return sorted[sorted.length / 2];
    }

    private static String spread(double[] sorted) {
        return sorted.length == 1 ? "" : String.format(Locale.ROOT, "%.2f-%.2f", sorted[0], sorted[sorted.length - 1]);
    }

    private static String table(JsonNode cases) {
        StringBuilder table = new StringBuilder(
                "| case | engine | ours (spread) | peer (spread) | ratio | goal | bytes kept or sent |\n"
                        + "| --- | --- | --- | --- | --- | --- | --- |\n");
        cases.properties().forEach(field -> {
            JsonNode c = field.getValue();
            String what = field.getKey().substring(0, field.getKey().lastIndexOf(" @ "));
            boolean size = what.startsWith("P9") || what.startsWith("P10");
            double goal = c.path("goal").asDouble(0);
            double ratio = c.path("ratio").asDouble();
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %.3f | %s | %s |%n",
                    what,
                    c.path("engine").asText(),
                    amount(c, "ours", size),
                    amount(c, "peer", size),
                    ratio,
                    goal == 0 ? "" : (ratio <= goal ? "" : "missed: ") + goal,
                    c.path("bytes").asLong() == 0
                            ? ""
                            : String.format(
                                    Locale.ROOT, "%.1f MB", c.path("bytes").asLong() / 1e6)));
        });
        return table.toString();
    }

    private static String amount(JsonNode c, String side, boolean size) {
        double value = c.path(side).asDouble();
        String spread = c.path(side + "Spread").asText("");
        return size
                ? String.format(Locale.ROOT, "%.1f MB", value / 1e6)
                : String.format(Locale.ROOT, "%.2f s%s", value, spread.isEmpty() ? "" : " (" + spread + ")");
    }

    private static void docs(JsonNode cases, Path document) throws IOException {
        String text = Files.readString(document);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IOException(document + " has no place for the table");
        }
        Files.writeString(document, text.substring(0, begin) + BEGIN + table(cases) + text.substring(end));
    }
}
