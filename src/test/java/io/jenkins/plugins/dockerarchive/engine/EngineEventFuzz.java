package io.jenkins.plugins.dockerarchive.engine;

import io.jenkins.plugins.dockerarchive.engine.EngineEventParser.MalformedEventException;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/** For fuzzing: any bytes are events, or are said not to be. */
public final class EngineEventFuzz {

    private EngineEventFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        try (EngineEventParser parser = new EngineEventParser(new ByteArrayInputStream(input))) {
            int events = 0;
            while (parser.next() != null) {
                if (++events > input.length) {
                    throw new AssertionError("more events than bytes");
                }
            }
        } catch (MalformedEventException e) {
            if (e.getMessage().chars().anyMatch(Character::isISOControl)) {
                throw new AssertionError(e.getMessage(), e);
            }
        }
    }
}
