package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.ExtensionList;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.store.LayersUnderway;

/** What all saves of this controller that run at the same time know of each other. */
@Extension
public final class ReceivedLayers {

    private final LayersUnderway underway = new LayersUnderway();

    /** Of the job of a build. */
    @NonNull
    static LayersUnderway.Job of(@NonNull Run<?, ?> run) {
        return ExtensionList.lookupSingleton(ReceivedLayers.class)
                .underway
                .of(run.getParent().getRootDir().toPath());
    }
}
