package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The entries of an image archive, one after another, each name once and none that leads out of the archive. */
interface ArchiveEntries extends Closeable {

    /** The next entry; null at an end that is as it must be. */
    @CheckForNull
    ArchiveEntry next() throws IOException;

    /** Content of the entry that {@link #next} gave last; need not be read to its end nor closed. */
    @NonNull
    InputStream content() throws IOException;

    /** Opens a tar archive, compressed or not, or a directory in OCI image layout. */
    @NonNull
    static ArchiveEntries open(@NonNull Path archive, @NonNull ArchiveLimits limits) throws IOException {
        if (Files.isDirectory(archive)) {
            return new DirectoryEntries(archive, limits);
        }
        InputStream in = Files.newInputStream(archive);
        try {
            return new TarEntries(new Decompressed(in, limits), limits);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }
}
