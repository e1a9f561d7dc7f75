package io.jenkins.plugins.dockerarchive.image;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.util.regex.Pattern;

/**
 * Reads JSON that an archive brings, within limits and in one way only: a key that stands twice is refused. One instance
 * reads the documents of one archive, which have a limit together, too.
 */
public final class Json {

    // A tree needs some 75 bytes for each; a config has a few hundred.
    private static final long TOKENS = 200_000;
    private static final long ALL_TOKENS = 2 * TOKENS;
    private static final Pattern PARSERS_SOURCE = Pattern.compile("\\s*(?:\\(for \\w+ starting at )?\\[Source:.*");

    private final ObjectMapper mapper;
    private long tokens;

    public Json(@NonNull ArchiveLimits limits) {
        this.mapper = new ObjectMapper(JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(limits.jsonDepth())
                                .maxStringLength(limits.jsonBytes())
                                .maxNumberLength(100)
                                .maxTokenCount(TOKENS)
                                .build())
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build())
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    }

    /**
     * @param what a person calls the document, as in "manifest.json"
     * @throws ArchiveException when it cannot be read, which says where
     */
    @NonNull
    public JsonNode read(@NonNull byte[] json, @NonNull String what) throws ArchiveException {
        try (JsonParser parser = mapper.createParser(json)) {
            JsonNode node = mapper.reader()
                    .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .readTree(parser);
            tokens += parser.currentTokenCount();
            if (tokens > ALL_TOKENS) {
                throw new ArchiveException("its JSON documents together have more than " + ALL_TOKENS + " values");
            }
            return node == null ? mapper.missingNode() : node;
        } catch (ArchiveException e) {
            throw e;
        } catch (JsonProcessingException e) {
            String where =
                    e.getLocation() == null ? "" : " at byte " + e.getLocation().getByteOffset();
            throw new ArchiveException(
                    what + " is not JSON that can be read" + where + " (" + firstLine(e.getOriginalMessage()) + ")", e);
        } catch (IOException e) {
            throw new ArchiveException(what + " cannot be read (" + firstLine(e.getMessage()) + ")", e);
        }
    }

    /** Compact JSON text. */
    @NonNull
    public byte[] write(@NonNull Object value) {
        try {
            return mapper.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("A tree of maps and lists can be written", e);
        }
    }

    private static String firstLine(String message) {
        String first = message == null ? "" : message.lines().findFirst().orElse("");
        return EntryNames.shown(PARSERS_SOURCE.matcher(first).replaceAll(""));
    }
}
