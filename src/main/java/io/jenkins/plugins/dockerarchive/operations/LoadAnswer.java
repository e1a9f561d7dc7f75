package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.EngineArchive.Wanted;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a load needs next, told by the machine with the engine to the one with the layers.
 *
 * @param kind what it is
 * @param result what was loaded; null while more is needed
 * @param wanted blobs to be sent, in this order
 * @param there config digest to the number of layers, from the lowest on, that the engine has
 * @param whole whether it is the second try, with all layers
 */
public record LoadAnswer(
        @NonNull Kind kind,
        @CheckForNull LoadResult result,
        @NonNull List<Wanted> wanted,
        @NonNull Map<String, Integer> there,
        boolean whole)
        implements Serializable {

    /** What is to be done. */
    public enum Kind {
        /** Nothing: the images are loaded. */
        DONE,
        /** Send {@link #wanted}. */
        SEND,
        /** Bring the whole archive: it does not tell enough of its layers. */
        READ
    }

    public LoadAnswer {
        wanted = new ArrayList<>(wanted);
        there = new LinkedHashMap<>(there);
    }

    @NonNull
    static LoadAnswer done(@NonNull LoadResult result) {
        return new LoadAnswer(Kind.DONE, result, List.of(), Map.of(), false);
    }

    @NonNull
    static LoadAnswer send(@NonNull List<Wanted> wanted, @NonNull Map<String, Integer> there, boolean whole) {
        return new LoadAnswer(Kind.SEND, null, wanted, there, whole);
    }

    @NonNull
    static LoadAnswer read() {
        return new LoadAnswer(Kind.READ, null, List.of(), Map.of(), false);
    }
}
