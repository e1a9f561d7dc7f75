package hudson;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A plain value: environment variables, names compared without case. */
public class EnvVars extends TreeMap<String, String> {
    private static final long serialVersionUID = 1L;

    private static final Pattern REFERENCE = Pattern.compile("\\$(\\$|\\w+|\\{[^{}]+})");

    public EnvVars() {
        super(String.CASE_INSENSITIVE_ORDER);
    }

    public EnvVars(Map<String, String> variables) {
        this();
        putAll(variables);
    }

    public EnvVars(EnvVars variables) {
        this((Map<String, String>) variables);
    }

    public EnvVars(String... keysAndValues) {
        this();
        if (keysAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("a key without a value");
        }
        for (int i = 0; i < keysAndValues.length; i += 2) {
            put(keysAndValues[i], keysAndValues[i + 1]);
        }
    }

    public String expand(String text) {
        if (text == null) {
            return null;
        }
        return REFERENCE.matcher(text).replaceAll(found -> Matcher.quoteReplacement(resolve(found.group())));
    }

    private String resolve(String reference) {
        String name = reference.substring(1);
        if (name.equals("$")) {
            return "$";
        }
        if (name.startsWith("{")) {
            name = name.substring(1, name.length() - 1);
        }
        return getOrDefault(name, reference);
    }

    public String get(String key, String defaultValue) {
        return getOrDefault(key, defaultValue);
    }

    public EnvVars overrideAll(Map<String, String> overrides) {
        putAll(overrides);
        return this;
    }
}
