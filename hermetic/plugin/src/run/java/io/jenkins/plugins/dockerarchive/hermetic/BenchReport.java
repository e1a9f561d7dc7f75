package io.jenkins.plugins.dockerarchive.hermetic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        long tgz = b.path("tgz").asLong();
        put(engine, "P1 first save, against save piped to gzip -6", s, "P1 ours", "P1 gzip", 0.25, layout);
        put(engine, "P1 first save, against a copy by skopeo", s, "P1 ours", "P1 skopeo", 0, layout);
        put(engine, "P2 save with one layer changed, against raw save", s, "P2 ours", "P2 raw", 1.3, added);
        put(engine, "P3 save of an unchanged image, against raw save", s, "P3 ours", "P2 raw", 0.05, 0);
        put(engine, "P4 load with one layer missing, against the .tgz", s, "P4 ours", "P4 tgz", 0.16, added);
        put(engine, "P5 load with nothing missing, against the .tgz", s, "P5 ours", "P5 tgz", 0.05, 0);
        put(engine, "P6 load on an empty engine, against the .tgz", s, "P6 ours", "P6 tgz", 1.0, layout);
        sum(
                engine,
                "P7 agent to agent, one layer changed (sum of parts)",
                new double[] {median(s, "P2 ours"), median(s, "P4 ours")},
                new double[] {median(s, "P2 gzip"), median(s, "P7 stash"), median(s, "P7 unstash"), median(s, "P4 tgz")
                },
                0.18,
                added);
        sum(
                engine,
                "P7 agent to agent, empty engine and store (sum of parts)",
                new double[] {median(s, "P1 ours"), median(s, "P6 ours")},
                new double[] {median(s, "P1 gzip"), median(s, "P7 stash"), median(s, "P7 unstash"), median(s, "P6 tgz")
                },
                0.4,
                layout);
        put(engine, "P8 six streams against one at 20 ms (emulated link)", s, "P8 ours", "P8 one stream", 0.333, 0);
        sum(
                engine,
                "P9 bytes of 50 builds, against 50 .tgz (computed from one)",
                new double[] {layout + 49.0 * added},
                new double[] {50.0 * tgz},
                0.05,
                layout + 49 * added);
    }

    private void put(String engine, String what, JsonNode s, String ours, String peer, double goal, long bytes) {
        ObjectNode entry =
                sum(engine, what, new double[] {median(s, ours)}, new double[] {median(s, peer)}, goal, bytes);
        entry.put("oursSpread", spread(s, ours)).put("peerSpread", spread(s, peer));
        entry.put("runs", s.path(ours).size());
    }

    private ObjectNode sum(String engine, String what, double[] ours, double[] peer, double goal, long bytes) {
        double a = java.util.Arrays.stream(ours).sum();
        double b = java.util.Arrays.stream(peer).sum();
        ObjectNode entry = cases.putObject(what + " @ " + engine).put("engine", engine);
        entry.put("ours", a).put("peer", b).put("ratio", a / b);
        if (goal > 0) {
            entry.put("goal", goal);
        }
        return entry.put("bytes", bytes);
    }

    private static List<Double> sorted(JsonNode s, String name) {
        List<Double> values = new ArrayList<>();
        s.path(name).forEach(value -> values.add(value.asDouble()));
        values.sort(null);
        return values;
    }

    private static double median(JsonNode s, String name) {
        List<Double> values = sorted(s, name);
        return values.isEmpty() ? Double.NaN : values.get(values.size() / 2);
    }

    private static String spread(JsonNode s, String name) {
        List<Double> values = sorted(s, name);
        return values.isEmpty()
                ? ""
                : String.format(Locale.ROOT, "%.2f-%.2f", values.get(0), values.get(values.size() - 1));
    }

    private static String table(JsonNode cases) {
        StringBuilder table = new StringBuilder(
                "| case | engine | ours (spread) | peer (spread) | ratio | goal | bytes kept or sent |\n"
                        + "| --- | --- | --- | --- | --- | --- | --- |\n");
        cases.properties().forEach(field -> {
            JsonNode c = field.getValue();
            String what = field.getKey().substring(0, field.getKey().lastIndexOf(" @ "));
            boolean size = what.startsWith("P9");
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
