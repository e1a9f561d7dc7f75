package io.jenkins.plugins.dockerarchive.engine;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** Reads an engine's JSON with limits: an engine, or who pretends to be one, is not trusted. */
final class EngineJson {

    private static final int DEEPEST = 64;

    private final ObjectMapper mapper = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
            .build());

    /** One value; a missing node for no bytes at all. */
    @NonNull
    JsonNode read(@NonNull byte[] bytes) throws IOException {
        return mapper.readTree(bytes);
    }

    /** For several values one after another with {@link JsonParser#readValueAsTree()}. */
    @NonNull
    JsonParser parser(@NonNull InputStream in) throws IOException {
        return mapper.createParser(new InputStreamReader(in, StandardCharsets.UTF_8));
    }

    /** The texts of an array; none for null, nothing or another type. */
    @NonNull
    static List<String> texts(@NonNull JsonNode array) {
        List<String> texts = new ArrayList<>();
        for (JsonNode element : array) {
            if (element.isTextual()) {
                texts.add(element.textValue());
            }
        }
        return texts;
    }

    /** A text that is there and not empty, or null. */
    @CheckForNull
    static String text(@NonNull JsonNode object, @NonNull String name) {
        JsonNode value = object.path(name);
        return value.isTextual() && !value.textValue().isEmpty() ? value.textValue() : null;
    }

    /** A point in time, or null when it is absent, unreadable, or Go's zero time. */
    @CheckForNull
    static Instant instant(@NonNull JsonNode object, @NonNull String name) {
        String text = text(object, name);
        if (text == null || text.startsWith("0001-01-01T00:00:00")) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }
}
