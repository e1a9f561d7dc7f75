package io.jenkins.plugins.dockerarchive.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;

/** For fuzzing: any bytes are a file system archive, or are refused. */
public final class FileSystemFuzz {

    private FileSystemFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        try {
            FileSystemArchive.read(new ByteArrayInputStream(input), ArchiveFuzz.SMALL);
        } catch (ArchiveException | WrongArchiveException e) {
            ArchiveFuzz.checkSentence(e);
        }
    }
}
