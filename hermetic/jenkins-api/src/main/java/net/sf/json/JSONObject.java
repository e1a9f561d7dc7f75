package net.sf.json;

import java.util.LinkedHashMap;
import java.util.Map;

public final class JSONObject {
    private final Map<String, Object> properties = new LinkedHashMap<>();

    public boolean has(String key) {
        return properties.containsKey(key);
    }
}
