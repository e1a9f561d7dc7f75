package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.OutputStream;

/** Where the layers of a saved image are kept, one after another. What is kept may be asked for from any thread. */
public interface LayerKeeper {

    /** The layer of that diff ID, when it is kept already. */
    @CheckForNull
    StoredLayer byDiffId(@NonNull String diffId);

    /** The layer whose bytes as they are kept have that digest, when there is one. */
    @CheckForNull
    StoredLayer byDigest(@NonNull String digest);

    /** Whether a layer of so many plain bytes is kept: no is an answer before the layer was read. */
    boolean hasPlainSize(long plainSize);

    /** Takes the bytes of the next layer; what is written must be followed by {@link #end} or {@link #abandon}. */
    @NonNull
    OutputStream begin() throws IOException;

    /** What has come of the layer since {@link #begin} is of no use; without effect when none has begun. */
    void abandon() throws IOException;

    /** The layer is complete, and this is what it was. */
    void end(@NonNull StoredLayer layer) throws IOException;
}
