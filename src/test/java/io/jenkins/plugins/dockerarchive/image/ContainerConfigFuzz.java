package io.jenkins.plugins.dockerarchive.image;

import java.io.IOException;
import java.util.List;

/** For fuzzing: a kept configuration becomes instructions of one line each, or is refused. */
public final class ContainerConfigFuzz {

    private ContainerConfigFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        try {
            ContainerConfig config = ContainerConfig.read(input, ArchiveFuzz.SMALL);
            for (ContainerConfig.Dialect dialect : ContainerConfig.Dialect.values()) {
                for (String change : config.changes(dialect, List.of())) {
                    if (change.indexOf('\n') >= 0 || change.indexOf('\r') >= 0 || change.indexOf('\0') >= 0) {
                        throw new AssertionError("two instructions: " + change);
                    }
                }
            }
        } catch (ArchiveException e) {
            ArchiveFuzz.checkSentence(e);
        }
    }
}
