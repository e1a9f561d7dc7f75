package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Run;
import hudson.model.TaskListener;
import java.io.IOException;
import org.jenkinsci.plugins.docker.commons.fingerprint.DockerFingerprints;

/** Makes images known to Jenkins by their IDs, so that it shows which builds saved and loaded the same one. */
public final class ImageFingerprints {

    private final Run<?, ?> run;
    private final TaskListener listener;

    public ImageFingerprints(@NonNull Run<?, ?> run, @NonNull TaskListener listener) {
        this.run = run;
        this.listener = listener;
    }

    /**
     * Notes that the build has used an image. That fails no step, but is told.
     *
     * @param id {@code sha256:...}
     * @param name one of its references, or null
     */
    public void use(@NonNull String id, @CheckForNull String name) {
        try {
            DockerFingerprints.forImage(run, id, name).addFor(run);
            // the facet makes the build list the image on its Docker fingerprints page
            DockerFingerprints.addFromFacet(null, id, run);
        } catch (IOException | RuntimeException e) {
            listener.getLogger()
                    .println("Could not write the fingerprint of image " + id + ": " + e.getMessage()
                            + ". The step goes on; only the list of builds that used the image lacks this one.");
        }
    }

    /** Path of a fingerprint below the root of this Jenkins, or null when there is none. */
    @CheckForNull
    static String url(@NonNull String id) {
        try {
            return DockerFingerprints.of(id) == null
                    ? null
                    : "fingerprint/" + DockerFingerprints.getFingerprintHash(id);
        } catch (IOException | IllegalArgumentException e) {
            return null; // a page without that link, rather than no page
        }
    }
}
