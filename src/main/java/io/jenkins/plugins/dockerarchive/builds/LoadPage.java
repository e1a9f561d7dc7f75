package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.Date;

/** What a step loaded or imported, as the page of its build shows it. */
public final class LoadPage {

    private final LoadRecord load;

    LoadPage(@NonNull LoadRecord load) {
        this.load = load;
    }

    @NonNull
    public LoadRecord getRecord() {
        return load;
    }

    @NonNull
    public Date getDate() {
        return new Date(load.getTime());
    }

    /** The step, with stage and agent as far as known. */
    @NonNull
    public String getWriter() {
        return new Origin(load.getStage(), load.getNode()).text(load.getVerb());
    }

    @NonNull
    public String shortId(@NonNull LoadRecord.Image image) {
        return ShortId.of(image.getConfigDigest());
    }

    /** Path of an image's fingerprint below the root of this Jenkins, or null when it has none. */
    @CheckForNull
    public String fingerprint(@NonNull LoadRecord.Image image) {
        return ImageFingerprints.url(image.getConfigDigest());
    }
}
