package io.jenkins.plugins.dockerarchive.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.engine.EngineEventParser.MalformedEventException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineEventParserTest {

    private static List<EngineEvent> parse(InputStream in) throws IOException {
        List<EngineEvent> events = new ArrayList<>();
        try (EngineEventParser parser = new EngineEventParser(in)) {
            for (EngineEvent event = parser.next(); event != null; event = parser.next()) {
                events.add(event);
            }
        }
        return events;
    }

    private static List<EngineEvent> parse(String text) throws IOException {
        return parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void readsObjectsWithAndWithoutLineEnds() throws IOException {
        List<EngineEvent> events = parse("""
            {"status":"Loading layer","progressDetail":{"current":32768,"total":1234567},"id":"0123456789ab"}\r
            {"stream":"Loaded image: a:1\\n"}{"status":"x","progressDetail":{}}

            """);
        assertEquals(3, events.size());
        assertEquals(
                new EngineEvent(null, "Loading layer", "0123456789ab", new EngineEvent.Progress(32768, 1234567), null),
                events.get(0));
        assertEquals("Loaded image: a:1\n", events.get(1).stream());
        assertNull(events.get(2).progress());
    }

    @Test
    void readsWhatArrivesInPieces() throws IOException {
        byte[] bytes = "{\"stream\":\"\u00e4\u20ac\"}\n{\"status\":\"y\"}".getBytes(StandardCharsets.UTF_8);
        InputStream dripping = new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] buffer, int offset, int length) {
                return super.read(buffer, offset, Math.min(1, length));
            }
        };
        assertEquals(
                List.of("\u00e4\u20ac", "y"),
                parse(dripping).stream()
                        .map(event -> event.stream() == null ? event.status() : event.stream())
                        .toList());
    }

    @Test
    void anEmptyStreamHasNoEvents() throws IOException {
        assertTrue(parse("").isEmpty());
        assertTrue(parse(" \r\n\t ").isEmpty());
    }

    @Test
    void findsErrorsInEveryForm() throws IOException {
        assertEquals(
                "new",
                parse("{\"errorDetail\":{\"message\":\"new\"},\"error\":\"old\"}")
                        .get(0)
                        .error());
        assertEquals(
                "new",
                parse("{\"errorDetail\":{\"code\":1,\"message\":\"new\"}}")
                        .get(0)
                        .error());
        assertEquals("old", parse("{\"error\":\"old\"}").get(0).error());
        assertEquals(
                "long",
                parse("{\"cause\":\"c\",\"message\":\"long\",\"response\":500}")
                        .get(0)
                        .error());
        assertEquals("it gave no reason", parse("{\"errorDetail\":{}}").get(0).error());
        assertEquals("it gave no reason", parse("{\"error\":{\"x\":1}}").get(0).error());
        assertNull(parse("{\"error\":\"\",\"errorDetail\":null,\"status\":\"fine\"}")
                .get(0)
                .error());
        assertNull(parse("{\"message\":\"no error\"}").get(0).error());
        assertNull(parse("{}").get(0).error());
    }

    @Test
    void takesValuesOfOtherTypesForAbsent() throws IOException {
        EngineEvent event = parse("{\"stream\":1,\"status\":[],\"id\":{},\"progressDetail\":\"x\"}")
                .get(0);
        assertEquals(new EngineEvent(null, null, null, null, null), event);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"stream\":\"Loaded",
                "{\"stream\":\"x\"",
                "{\"stream\":\"x\"}{",
                "{\"a\":",
                "<html><body>502 Bad Gateway</body></html>",
                "[]",
                "\"text\"",
                "42",
                "null",
                "{\"a\":1}}",
                "{'a':1}",
                "{\"a\":NaN}",
                "\u0000\u0001\u0002"
            })
    void refusesWhatIsCutOrNoEvents(String text) {
        MalformedEventException failure = assertThrows(MalformedEventException.class, () -> parse(text));
        assertTrue(failure.getMessage().startsWith("its answer"), failure.getMessage());
        assertFalse(failure.getMessage().matches("(?s).*\\p{Cc}.*"), failure.getMessage());
    }

    @Test
    void eventsBeforeGarbageAreDelivered() throws IOException {
        try (EngineEventParser parser = new EngineEventParser(new ByteArrayInputStream(
                "{\"status\":\"a\"}\n{\"status\":\"b\"}garbage".getBytes(StandardCharsets.UTF_8)))) {
            assertEquals("a", parser.next().status());
            assertEquals("b", parser.next().status());
            assertThrows(MalformedEventException.class, parser::next);
        }
    }

    @Test
    void refusesAnObjectWithoutEnd() {
        InputStream endless = new SequenceInputStream(
                new ByteArrayInputStream("{\"stream\":\"".getBytes(StandardCharsets.UTF_8)), new Xs(Long.MAX_VALUE));
        MalformedEventException failure = assertThrows(MalformedEventException.class, () -> parse(endless));
        assertTrue(failure.getMessage().contains("more than 1048576 bytes"), failure.getMessage());
    }

    @Test
    void refusesDeepNesting() {
        String deep = "{\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}";
        assertThrows(MalformedEventException.class, () -> parse(deep));
    }

    @Test
    void readsAnyNumberOfObjects() throws IOException {
        String object = "{\"status\":\"Loading layer\",\"progressDetail\":{\"current\":1,\"total\":2},\"id\":\"x\"}\n";
        assertEquals(50_000, parse(object.repeat(50_000)).size());
    }

    @Test
    void aFailureOfTheConnectionArrivesAsItIs() {
        IOException lost = new IOException("lost");
        InputStream broken = new SequenceInputStream(
                new ByteArrayInputStream("{\"status\":\"a\"}{\"st".getBytes(StandardCharsets.UTF_8)),
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw lost;
                    }
                });
        assertSame(lost, assertThrows(IOException.class, () -> parse(broken)));
    }

    private static final class Xs extends InputStream {
        private long left;

        Xs(long count) {
            left = count;
        }

        @Override
        public int read() {
            return left-- > 0 ? 'x' : -1;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) {
            java.util.Arrays.fill(buffer, offset, offset + length, (byte) 'x');
            left -= length;
            return length;
        }
    }
}
