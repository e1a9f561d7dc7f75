package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Util;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** An archived image, in {@code build.xml}. */
public final class RecordedImage implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String id;
    private final ArrayList<String> references;
    private final String platform;
    private final String command;
    private final String created;
    private final ArrayList<RecordedLayer> layers;

    RecordedImage(@NonNull SaveResult.SavedImage image) {
        this.id = image.id();
        this.references = new ArrayList<>(image.references());
        this.platform = image.platform();
        this.command = image.command();
        this.created = image.created();
        this.layers = new ArrayList<>();
        image.layers().forEach(layer -> layers.add(new RecordedLayer(layer)));
    }

    /** Config digest, {@code sha256:...}. */
    @NonNull
    public String getId() {
        return id;
    }

    @NonNull
    public List<String> getReferences() {
        return references == null ? List.of() : Collections.unmodifiableList(references);
    }

    @NonNull
    public String getPlatform() {
        return Util.fixNull(platform);
    }

    /** What its containers run, as one line; empty for nothing. */
    @NonNull
    public String getCommand() {
        return Util.fixNull(command);
    }

    /** When it was made, as its config says; empty where it says nothing. */
    @NonNull
    public String getCreated() {
        return Util.fixNull(created);
    }

    /** Lowest first. */
    @NonNull
    public List<RecordedLayer> getLayers() {
        return layers == null ? List.of() : Collections.unmodifiableList(layers);
    }

    /** Bytes of all layers, uncompressed. */
    public long getSize() {
        return getLayers().stream().mapToLong(RecordedLayer::getSize).sum();
    }

    /** Bytes of the layers that this archive added, uncompressed. */
    public long getAddedSize() {
        return getLayers().stream()
                .filter(RecordedLayer::isAdded)
                .mapToLong(RecordedLayer::getSize)
                .sum();
    }
}
