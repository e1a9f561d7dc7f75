package io.jenkins.plugins.dockerarchive.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;

/** For fuzzing: any bytes are an image archive, or are refused. */
public final class ArchiveFuzz {

    /** Small enough that a found archive cannot just be a big one. */
    public static final ArchiveLimits SMALL =
            new ArchiveLimits(1_000, 1_000, 4_096, 64 << 10, 1 << 20, 64, 128, 100, 64L << 20, 100_000);

    private ArchiveFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        try {
            ImageArchive archive = ImageArchive.read(new ByteArrayInputStream(input), SMALL);
            for (ArchivedImage image : archive.images()) {
                if (image.layers().size() != image.diffIds().size()) {
                    throw new AssertionError("layers and diff IDs differ");
                }
            }
        } catch (ArchiveException | WrongArchiveException e) {
            checkSentence(e);
        }
    }

    /** What a user may get: one line, not too long. */
    public static void checkSentence(IOException e) {
        if (e.getMessage() == null
                || e.getMessage().length() > 1_000
                || e.getMessage().chars().anyMatch(Character::isISOControl)) {
            throw new AssertionError("no sentence: " + e.getMessage(), e);
        }
    }
}
