package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.LayerBlobs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The blobs of an OCI image layout on this machine. */
public final class DirectoryBlobs implements LayerBlobs {

    private final Path layout;
    private InputStream current = InputStream.nullInputStream();

    public DirectoryBlobs(@NonNull Path layout) {
        this.layout = layout;
    }

    @Override
    @NonNull
    public InputStream open(@NonNull String entry, long size) throws IOException {
        current.close();
        try {
            current = Files.newInputStream(layout.resolve(entry), LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            throw new ArchiveException("'" + entry + "' was deleted while the archive was read", e);
        }
        return current;
    }

    @Override
    public void close() throws IOException {
        current.close();
    }
}
