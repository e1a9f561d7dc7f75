package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The parameters of one step as they were given, by name. Every front end (Pipeline step, freestyle build step, command
 * line) hands over what it has; here it is read, once and for all, into typed values or one sentence about what is wrong.
 */
public final class Parameters {

    private final String verb;
    private final Map<String, ?> values;

    /**
     * @param verb name of the step, for messages
     * @param values strings, booleans, lists, maps; null, an empty text and an empty list or map count as not given
     */
    public Parameters(@NonNull String verb, @NonNull Map<String, ?> values) {
        this.verb = verb;
        this.values = new LinkedHashMap<>(values);
    }

    @NonNull
    public String verb() {
        return verb;
    }

    /** Refuses a name that the step does not have, which is most likely a slip of the pen. */
    void allow(Set<String> names) throws BadInputException {
        for (String name : values.keySet()) {
            if (!names.contains(name)) {
                throw new BadInputException(verb + " has no parameter '" + name + "'; it has "
                        + String.join(", ", new TreeSet<>(names)) + ".");
            }
        }
    }

    /** The trimmed text, or null when not given. */
    @CheckForNull
    String text(String name) throws BadInputException {
        Object value = values.get(name);
        if (value == null) {
            return null;
        }
        if (value instanceof List || value instanceof Map) {
            throw new BadInputException(verb + ": " + name + " must be one text, not " + value + ".");
        }
        String text = value.toString().trim();
        return text.isEmpty() ? null : text;
    }

    /** The trimmed text. */
    @NonNull
    String required(String name, WrongInput missing) throws BadInputException {
        String text = text(name);
        if (text == null) {
            throw new BadInputException(missing, verb);
        }
        return text;
    }

    /** Refuses what is not a whole number of 0 or more. */
    void checkCount(String name) throws BadInputException {
        String text = text(name);
        if (text != null && !text.matches("[0-9]{1,9}")) {
            throw new BadInputException(WrongInput.COUNT, verb, name, text);
        }
    }

    /** One of two values of an enumeration, by a true or false in the parameter. */
    <T> T flag(String name, T whenTrue, T whenFalse, boolean byDefault) throws BadInputException {
        String text = text(name);
        if (text == null) {
            return byDefault ? whenTrue : whenFalse;
        }
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> whenTrue;
            case "false" -> whenFalse;
            default -> throw new BadInputException(verb + ": " + name + " must be true or false, not '" + text + "'.");
        };
    }

    /** A value of an enumeration by its lower case name. */
    <E extends Enum<E>> E choice(String name, Class<E> type, E byDefault) throws BadInputException {
        String text = text(name);
        if (text == null) {
            return byDefault;
        }
        for (E constant : type.getEnumConstants()) {
            if (constant.name().toLowerCase(Locale.ROOT).equals(text)) {
                return constant;
            }
        }
        String known = Stream.of(type.getEnumConstants())
                .map(c -> c.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        throw new BadInputException(WrongInput.CHOICE, verb, name, text, known);
    }

    /** A list, or text split by white space and commas. */
    @NonNull
    List<String> words(String name) throws BadInputException {
        return items(name, "[\\s,]+");
    }

    /** A list, or text split into lines. */
    @NonNull
    List<String> lines(String name) throws BadInputException {
        return items(name, "\\R");
    }

    /** A list of platforms. */
    @NonNull
    List<Platform> platforms(String name) throws BadInputException {
        List<Platform> platforms = new ArrayList<>();
        for (String word : words(name)) {
            platforms.add(platform(name, word));
        }
        return platforms;
    }

    @NonNull
    Platform platform(String name, String text) throws BadInputException {
        try {
            return Platform.parse(text);
        } catch (IllegalArgumentException e) {
            throw new BadInputException(WrongInput.PLATFORM, verb, name, text);
        }
    }

    private List<String> items(String name, String separator) throws BadInputException {
        Object value = values.get(name);
        List<String> items = new ArrayList<>();
        if (value instanceof Map) {
            throw new BadInputException(verb + ": " + name + " must be a list or a text, not a map.");
        }
        for (Object item : value instanceof List<?> list ? list : List.of(value == null ? "" : value)) {
            if (item == null || item instanceof List || item instanceof Map) {
                throw new BadInputException(verb + ": " + name + " must hold texts only, not " + item + ".");
            }
            // An element of a list stays whole: only text that a person typed is split.
            for (String part : value instanceof List
                    ? new String[] {item.toString()}
                    : item.toString().split(separator)) {
                if (!part.isBlank()) {
                    items.add(part.trim());
                } else if (value instanceof List) {
                    throw new BadInputException(verb + ": " + name + " holds an empty text.");
                }
            }
        }
        return items;
    }

    /** A map, or text with one {@code old=new} a line or word. */
    @NonNull
    Map<String, String> pairs(String name) throws BadInputException {
        Map<String, String> pairs = new LinkedHashMap<>();
        if (values.get(name) instanceof Map<?, ?> map) {
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                pair(pairs, name, Objects.toString(entry.getKey(), ""), Objects.toString(entry.getValue(), ""));
            }
            return pairs;
        }
        for (String word : words(name)) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                throw new BadInputException(WrongInput.PAIR, verb, name, word);
            }
            pair(pairs, name, word.substring(0, equals), word.substring(equals + 1));
        }
        return pairs;
    }

    private void pair(Map<String, String> pairs, String name, String left, String right) throws BadInputException {
        if (left.isBlank() || right.isBlank()) {
            throw new BadInputException(WrongInput.PAIR, verb, name, left.trim() + "=" + right.trim());
        }
        if (pairs.put(left.trim(), right.trim()) != null) {
            throw new BadInputException(WrongInput.PAIR_TWICE, verb, name, left.trim());
        }
    }
}
