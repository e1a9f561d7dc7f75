package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.ArchiveOutput;
import io.jenkins.plugins.dockerarchive.image.FileSystemArchive;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import java.io.IOException;
import java.io.InputStream;

/** Reads a file that was just written, from the disk, before it gets its name. */
final class ReadBack {

    private final ArchiveOutput output;
    private final ArchiveLimits limits;

    ReadBack(@NonNull ArchiveOutput output, @NonNull ArchiveLimits limits) {
        this.output = output;
        this.limits = limits;
    }

    @NonNull
    ImageArchive images() throws IOException {
        Checksum checksum = new Checksum(output.written());
        try (InputStream in = checksum.open()) {
            ImageArchive archive = ImageArchive.read(in, limits);
            checkSame(checksum);
            return archive;
        }
    }

    @NonNull
    FileSystemArchive fileSystem() throws IOException {
        Checksum checksum = new Checksum(output.written());
        try (InputStream in = checksum.open()) {
            FileSystemArchive archive = FileSystemArchive.read(in, limits);
            checkSame(checksum);
            return archive;
        }
    }

    private void checkSame(Checksum checksum) throws IOException {
        if (!checksum.finish().equals(output.sha256())) {
            throw new ArchiveException("the disk gave back other bytes than were written to "
                    + output.written().getParent());
        }
    }
}
