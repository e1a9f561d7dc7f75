package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import java.io.Serializable;

/** A layer of an archived image, in {@code build.xml}. */
public final class RecordedLayer implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String diffId;
    private final long size;
    private final boolean added;

    RecordedLayer(@NonNull SaveResult.SavedLayer layer) {
        this.diffId = layer.diffId();
        this.size = layer.size();
        this.added = layer.added();
    }

    /** Digest of the uncompressed tar, {@code sha256:...}. */
    @NonNull
    public String getDiffId() {
        return diffId;
    }

    /** Bytes of the uncompressed tar. */
    public long getSize() {
        return size;
    }

    /** Whether this archive added it; false where an earlier one of the job had it. */
    public boolean isAdded() {
        return added;
    }
}
