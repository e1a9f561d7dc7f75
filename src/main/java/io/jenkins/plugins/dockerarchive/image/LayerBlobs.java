package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;

/** Gives the layers of an archive while an engine takes them, in the order of {@link EngineArchive#wanted()}. */
public interface LayerBlobs extends Closeable {

    /**
     * The bytes of a blob as they lie in the archive; what was opened before is no longer read. Whether they are the
     * right ones is for the caller to see.
     *
     * @param entry its name in the archive, {@code blobs/sha256/...}
     * @param size bytes that it should have
     */
    @NonNull
    InputStream open(@NonNull String entry, long size) throws IOException;
}
