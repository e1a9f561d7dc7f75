package io.jenkins.plugins.dockerarchive.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a container runs and how: the part of an image that an exported file system loses. Kept beside the archive as
 * JSON, in the field names of the Engine API, and re-applied by an import as Dockerfile instructions.
 *
 * @param fields values by the Engine API's names: Cmd, Entrypoint, Env, WorkingDir, User, ExposedPorts, Labels, Volumes,
 *     StopSignal, Healthcheck; only those that are set
 * @param platform {@code os/architecture[/variant]}, or null when not known
 * @param origin the container and image it came from, for people
 */
public record ContainerConfig(
        @NonNull Map<String, JsonNode> fields,
        @CheckForNull String platform,
        @NonNull Map<String, String> origin) {

    private static final List<String> NAMES = List.of(
            "Env",
            "Labels",
            "ExposedPorts",
            "Volumes",
            "WorkingDir",
            "User",
            "StopSignal",
            "Healthcheck",
            "Entrypoint",
            "Cmd");
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]*");
    private static final Pattern PORT = Pattern.compile("[0-9]{1,5}(?:/(?:tcp|udp|sctp))?");
    private static final Pattern KEY = Pattern.compile("(?i)(ENV|LABEL)\\s+\"?([^\\s=\"]+)");
    private static final Pattern SIGNAL = Pattern.compile("[A-Za-z0-9+-]{1,32}");

    public ContainerConfig {
        fields = new LinkedHashMap<>(fields);
        origin = new TreeMap<>(origin);
    }

    /** Takes what is to be kept of the {@code Config} of an inspected container. */
    @NonNull
    public static ContainerConfig of(
            @NonNull JsonNode config, @CheckForNull String platform, @NonNull Map<String, String> origin) {
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        for (String name : NAMES) {
            JsonNode value = config.path(name);
            boolean empty = value.isMissingNode()
                    || value.isNull()
                    || value.isContainerNode() && value.isEmpty()
                    || value.isTextual() && value.asText().isEmpty();
            if (!empty) {
                fields.put(name, value);
            }
        }
        return new ContainerConfig(fields, platform, origin);
    }

    /**
     * Reads a kept configuration.
     *
     * @throws ArchiveException when it is not one
     */
    @NonNull
    public static ContainerConfig read(@NonNull byte[] bytes, @NonNull ArchiveLimits limits) throws ArchiveException {
        JsonNode node = new Json(limits).read(bytes, "the kept configuration");
        if (!node.path("config").isObject()) {
            throw new ArchiveException("the kept configuration has no 'config'");
        }
        Map<String, String> origin = new LinkedHashMap<>();
        node.path("origin")
                .properties()
                .forEach(entry -> origin.put(entry.getKey(), entry.getValue().asText()));
        ContainerConfig config = of(node.path("config"), node.path("platform").asText(null), origin);
        config.changes();
        return config;
    }

    /** As it is kept beside an archive. */
    @NonNull
    public byte[] write(@NonNull ArchiveLimits limits) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("config", fields);
        document.put("platform", platform);
        document.put("origin", origin);
        return (new String(new Json(limits).write(document), StandardCharsets.UTF_8) + "\n")
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The Dockerfile instructions that an import takes, ENTRYPOINT before CMD because it resets it.
     *
     * @throws ArchiveException when a value cannot be written as an instruction, which says which
     */
    @NonNull
    public List<String> changes() throws ArchiveException {
        return changes(Dialect.DOCKERFILE, List.of());
    }

    /** How an engine reads the instructions of an import. */
    public enum Dialect {
        /** As those of a Dockerfile: variables are replaced and backslashes taken away. */
        DOCKERFILE,
        /** Podman takes what stands between the quotes as it is (measured, 4.3 and 5.8). */
        VERBATIM
    }

    /**
     * The same without those that other instructions replace: podman adds a variable to the one of that name, and joins a
     * directory with the one before.
     *
     * @param explicit instructions that will follow
     */
    @NonNull
    public List<String> changes(@NonNull Dialect dialect, @NonNull List<String> explicit) throws ArchiveException {
        List<String> changes = new ArrayList<>();
        for (String name : NAMES) {
            JsonNode value = fields.get(name);
            if (value != null && !isReplaced(name, explicit)) {
                add(changes, name, value, dialect);
            }
        }
        changes.removeIf(change -> key(change) != null
                && explicit.stream().anyMatch(e -> key(change).equals(key(e))));
        return changes;
    }

    private static boolean isReplaced(String name, List<String> explicit) {
        String what =
                switch (name) {
                    case "Cmd", "Entrypoint", "User", "StopSignal", "Healthcheck" -> "\\s.*";
                    case "WorkingDir" -> "\\s+/.*";
                    default -> null;
                };
        return what != null && explicit.stream().anyMatch(change -> change.matches("(?is)" + instruction(name) + what));
    }

    /** What an instruction gives a value to, the instruction included; null for one that has no such thing. */
    @CheckForNull
    private static String key(String change) {
        Matcher matcher = KEY.matcher(change);
        return matcher.lookingAt() ? matcher.group(1).toUpperCase(Locale.ROOT) + " " + matcher.group(2) : null;
    }

    private static void add(List<String> changes, String name, JsonNode value, Dialect dialect)
            throws ArchiveException {
        switch (name) {
            case "Env" -> {
                // podman adds a second value where Docker replaces the first: the last one wins before it gets there
                Map<String, String> variables = new LinkedHashMap<>();
                for (String variable : texts(name, value)) {
                    int equals = variable.indexOf('=');
                    String key = equals < 0 ? variable : variable.substring(0, equals);
                    if (!VARIABLE.matcher(key).matches()) {
                        throw cannot("the environment variable '" + EntryNames.shown(key) + "'");
                    }
                    variables.put(key, equals < 0 ? "" : variable.substring(equals + 1));
                }
                for (Map.Entry<String, String> variable : variables.entrySet()) {
                    changes.add("ENV " + variable.getKey() + "="
                            + quoted(
                                    variable.getValue(),
                                    dialect,
                                    "the environment variable '" + variable.getKey() + "'"));
                }
            }
            case "Labels" -> {
                for (Map.Entry<String, JsonNode> label : object(name, value).properties()) {
                    String what = "the label '" + EntryNames.shown(label.getKey()) + "'";
                    changes.add("LABEL " + quoted(label.getKey(), dialect, what) + "="
                            + quoted(text(name, label.getValue()), dialect, what));
                }
            }
            case "ExposedPorts" -> {
                for (Iterator<String> it = object(name, value).fieldNames(); it.hasNext(); ) {
                    String port = it.next();
                    if (!PORT.matcher(port).matches()) {
                        throw cannot("the port '" + EntryNames.shown(port) + "'");
                    }
                    changes.add("EXPOSE " + port);
                }
            }
            case "Volumes" -> {
                for (Iterator<String> it = object(name, value).fieldNames(); it.hasNext(); ) {
                    // JSON, and replaced like other instructions all the same
                    changes.add("VOLUME " + json(List.of(plain(it.next(), dialect, "a volume"))));
                }
            }
            case "WorkingDir" -> changes.add("WORKDIR " + plain(text(name, value), dialect, "the working directory"));
            case "User" -> changes.add("USER " + plain(text(name, value), dialect, "the user"));
            case "StopSignal" -> {
                String signal = text(name, value);
                if (!SIGNAL.matcher(signal).matches()) {
                    throw cannot("the stop signal '" + EntryNames.shown(signal) + "'");
                }
                changes.add("STOPSIGNAL " + signal);
            }
            case "Healthcheck" -> changes.add(healthcheck(value));
            case "Entrypoint" -> changes.add("ENTRYPOINT " + json(texts(name, value)));
            case "Cmd" -> changes.add("CMD " + json(texts(name, value)));
            default -> throw new IllegalArgumentException(name);
        }
    }

    private static String healthcheck(JsonNode value) throws ArchiveException {
        List<String> test = texts("Healthcheck", value.path("Test"));
        if (test.equals(List.of("NONE"))) {
            return "HEALTHCHECK NONE";
        }
        if (test.size() < 2) {
            throw cannot("the health check");
        }
        StringBuilder instruction = new StringBuilder("HEALTHCHECK");
        Map<String, String> options = new LinkedHashMap<>();
        options.put("Interval", "--interval");
        options.put("Timeout", "--timeout");
        options.put("StartPeriod", "--start-period");
        options.put("StartInterval", "--start-interval");
        options.forEach((field, option) -> {
            long nanoseconds = value.path(field).asLong(0);
            if (nanoseconds > 0) {
                instruction
                        .append(' ')
                        .append(option)
                        .append('=')
                        .append(nanoseconds)
                        .append("ns");
            }
        });
        if (value.path("Retries").asInt(0) > 0) {
            instruction.append(" --retries=").append(value.path("Retries").asInt());
        }
        instruction.append(" CMD ");
        if (test.get(0).equals("CMD-SHELL") && test.size() == 2) {
            String command = test.get(1);
            // a backslash at the end would take in the next line
            boolean plain = !command.isBlank() && !command.endsWith("\\") && !breaksLine(command);
            if (!plain || beginsWithJsonList(command)) {
                throw cannot("the health check");
            }
            return instruction.append(command).toString();
        }
        if (!test.get(0).equals("CMD")) {
            throw cannot("the health check");
        }
        return instruction.append(json(test.subList(1, test.size()))).toString();
    }

    /**
     * Whether a builder would take a command for a list: it reads one JSON value and forgets what follows. {@code [ -f /x ]}
     * is none, and stays a command of the shell.
     */
    private static boolean beginsWithJsonList(String command) {
        if (!command.stripLeading().startsWith("[")) {
            return false;
        }
        try (JsonParser parser = new JsonFactory().createParser(command)) {
            parser.nextToken();
            parser.skipChildren();
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static JsonNode object(String name, JsonNode value) throws ArchiveException {
        if (!value.isObject()) {
            throw new ArchiveException("'" + name + "' of the kept configuration is not an object");
        }
        return value;
    }

    private static String text(String name, JsonNode value) throws ArchiveException {
        if (!value.isTextual()) {
            throw new ArchiveException("'" + name + "' of the kept configuration is not a text");
        }
        return value.asText();
    }

    private static List<String> texts(String name, JsonNode value) throws ArchiveException {
        List<String> texts = new ArrayList<>();
        boolean sound = value.isArray();
        for (JsonNode item : value) {
            sound &= item.isTextual();
            texts.add(item.asText());
        }
        if (!sound) {
            throw new ArchiveException("'" + name + "' of the kept configuration is not a list of texts");
        }
        return texts;
    }

    /** JSON carries every character, line breaks included. */
    private static String json(List<String> texts) {
        return new String(new Json(ArchiveLimits.defaults()).write(texts), StandardCharsets.UTF_8);
    }

    private static String quoted(String text, Dialect dialect, String what) throws ArchiveException {
        String escaped = escaped(text, dialect, what);
        return '"' + (dialect == Dialect.VERBATIM ? escaped : escaped.replace("\"", "\\\"")) + '"';
    }

    private static String plain(String text, Dialect dialect, String what) throws ArchiveException {
        if (!text.equals(text.strip())) {
            throw cannot(what);
        }
        String escaped = escaped(text, dialect, what);
        return dialect == Dialect.VERBATIM
                ? escaped
                : escaped.replace("\"", "\\\"").replace("'", "\\'");
    }

    /** Instructions replace {@code $variables}, and a backslash takes that and itself back. */
    private static String escaped(String text, Dialect dialect, String what) throws ArchiveException {
        if (breaksLine(text)) {
            throw cannot(what);
        }
        return dialect == Dialect.VERBATIM ? text : text.replace("\\", "\\\\").replace("$", "\\$");
    }

    private static boolean breaksLine(String text) {
        return text.chars().anyMatch(c -> c == '\n' || c == '\r' || c == 0);
    }

    private static ArchiveException cannot(String what) {
        return new ArchiveException(
                what
                        + " of the kept configuration cannot be written as a Dockerfile instruction; set applyConfig: false and give changes");
    }

    /**
     * Names of the kept fields that an image does not have as they were kept, those of {@code overridden} instructions
     * aside: empty after an import that did what it promised.
     */
    @NonNull
    public List<String> missingFrom(@NonNull JsonNode imageConfig, @NonNull List<String> overridden) {
        List<String> missing = new ArrayList<>();
        fields.forEach((name, value) -> {
            boolean own = overridden.stream()
                    .noneMatch(change -> instruction(name).equalsIgnoreCase(change.split("\\s", 2)[0]));
            if (own && !Objects.equals(comparable(name, value), comparable(name, imageConfig.path(name)))) {
                missing.add(name);
            }
        });
        return missing;
    }

    private static Object comparable(String name, JsonNode value) {
        return switch (name) {
            case "Env" -> {
                Map<String, String> variables = new TreeMap<>();
                value.forEach(item -> {
                    String text = item.asText();
                    int equals = text.indexOf('=');
                    variables.put(
                            equals < 0 ? text : text.substring(0, equals),
                            equals < 0 ? "" : text.substring(equals + 1));
                });
                yield variables;
            }
            case "ExposedPorts", "Volumes" -> {
                List<String> names = new ArrayList<>();
                value.fieldNames().forEachRemaining(names::add);
                yield names.stream()
                        .map(n -> name.equals("ExposedPorts") && n.indexOf('/') < 0 ? n + "/tcp" : n)
                        .sorted()
                        .toList();
            }
            case "Healthcheck" -> value.path("Test");
            default -> value;
        };
    }

    private static String instruction(String field) {
        return switch (field) {
            case "Labels" -> "LABEL";
            case "ExposedPorts" -> "EXPOSE";
            case "Volumes" -> "VOLUME";
            case "WorkingDir" -> "WORKDIR";
            default -> field;
        };
    }
}
