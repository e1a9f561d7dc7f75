package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Util;
import io.jenkins.plugins.dockerarchive.operations.ImportResult;
import io.jenkins.plugins.dockerarchive.operations.LoadResult;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What a build loaded or imported into an engine, in {@code build.xml}: plain values only. */
public final class LoadRecord implements Serializable {

    private static final long serialVersionUID = 1L;

    private final String verb;
    private final String source;
    private final ArrayList<Image> images = new ArrayList<>();
    private final String stage;
    private final String node;
    private final long time = System.currentTimeMillis();

    private LoadRecord(String verb, String source, Origin origin) {
        this.verb = verb;
        this.source = source;
        this.stage = origin.stage();
        this.node = origin.node();
    }

    /**
     * What {@code dockerLoad} loaded.
     *
     * @param source as people read it, for example {@code stash 'shop'}
     */
    @NonNull
    public static LoadRecord of(@NonNull LoadResult result, @NonNull String source, @NonNull Origin origin) {
        LoadRecord record = new LoadRecord("dockerLoad", source, origin);
        for (LoadResult.LoadedImage image : result.images()) {
            record.images.add(new Image(
                    image.id(),
                    image.configDigest(),
                    image.references(),
                    image.platform(),
                    image.layers(),
                    image.layersReused()));
        }
        return record;
    }

    /** What {@code dockerImport} made. */
    @NonNull
    public static LoadRecord of(@NonNull ImportResult result, @NonNull String source, @NonNull Origin origin) {
        LoadRecord record = new LoadRecord("dockerImport", source, origin);
        record.images.add(new Image(result.id(), null, List.of(result.reference()), "", 1, 0));
        return record;
    }

    /** Name of the step. */
    @NonNull
    public String getVerb() {
        return verb;
    }

    /** Where the archive came from. */
    @NonNull
    public String getSource() {
        return source;
    }

    @NonNull
    public List<Image> getImages() {
        return Collections.unmodifiableList(images);
    }

    @CheckForNull
    public String getStage() {
        return stage;
    }

    @CheckForNull
    public String getNode() {
        return node;
    }

    /** Milliseconds since 1970. */
    public long getTime() {
        return time;
    }

    /** An image as the engine had it afterwards. */
    public static final class Image implements Serializable {

        private static final long serialVersionUID = 1L;

        private final String id;
        /** Null for imports and in records of early versions. */
        private final String configDigest;

        private final ArrayList<String> references;
        private final String platform;
        private final int layers;
        private final int layersReused;

        Image(
                String id,
                @CheckForNull String configDigest,
                List<String> references,
                String platform,
                int layers,
                int layersReused) {
            this.id = id;
            this.configDigest = configDigest;
            this.references = new ArrayList<>(references);
            this.platform = platform;
            this.layers = layers;
            this.layersReused = layersReused;
        }

        /** What the engine calls it, {@code sha256:...}. */
        @NonNull
        public String getId() {
            return id;
        }

        /**
         * What it is known by wherever it is: the config digest, as in {@link RecordedImage#getId}. Where that was not told, what
         * the engine calls it.
         */
        @NonNull
        public String getConfigDigest() {
            return configDigest == null ? id : configDigest;
        }

        @NonNull
        public List<String> getReferences() {
            return Collections.unmodifiableList(references);
        }

        @NonNull
        public String getPlatform() {
            return Util.fixNull(platform);
        }

        public int getLayers() {
            return layers;
        }

        public int getLayersReused() {
            return layersReused;
        }
    }
}
