package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.LayoutContent;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The layers that the builds of one job have. No other job's are ever looked at. */
public final class JobLayers {

    private final BuildStore own;
    private final Iterable<BuildStore> others;
    private final LayersUnderway.Job underway;

    /**
     * @param own of the build that asks
     * @param others those of other builds of the same job, newest first; asked for as far as needed
     * @param underway of the same job
     */
    public JobLayers(
            @NonNull BuildStore own, @NonNull Iterable<BuildStore> others, @NonNull LayersUnderway.Job underway) {
        this.own = own;
        this.others = others;
        this.underway = underway;
    }

    /**
     * Says that the build is about to receive layers; waits while another one receives some of them.
     *
     * @see LayersUnderway.Job#claim
     */
    @CheckForNull
    public LayersUnderway.Claim claim(@NonNull Collection<String> diffIds, @NonNull Runnable onWait)
            throws InterruptedException {
        return underway.claim(diffIds, onWait);
    }

    /**
     * Looks for layers, and makes those it finds the asking build's own: they stay there even if the builds that brought
     * them are deleted meanwhile.
     *
     * @return by diff ID, those that were found
     */
    @NonNull
    public Map<String, StoredLayer> adopt(@NonNull Collection<String> diffIds) throws IOException {
        Map<String, StoredLayer> found = new LinkedHashMap<>();
        Set<String> missing = new LinkedHashSet<>(diffIds);
        take(own, missing, found);
        for (BuildStore build : others) {
            if (missing.isEmpty()) {
                break;
            }
            take(build, missing, found);
        }
        return found;
    }

    private void take(BuildStore build, Set<String> missing, Map<String, StoredLayer> found) throws IOException {
        for (String diffId : List.copyOf(missing)) {
            BuildStore.Known known = build.find(diffId);
            if (known == null) {
                continue;
            }
            try {
                own.adopt(known);
                found.put(diffId, known.layer());
                missing.remove(diffId);
            } catch (NoSuchFileException e) {
                continue; // its build was deleted just now
            }
        }
    }

    /** The first layout of the job, newest first, that serves; null when none does. */
    @CheckForNull
    public <T> T first(@NonNull Choice<T> choice) throws IOException {
        T chosen = first(own, choice);
        Iterator<BuildStore> builds = others.iterator();
        while (chosen == null && builds.hasNext()) {
            chosen = first(builds.next(), choice);
        }
        return chosen;
    }

    private static <T> T first(BuildStore build, Choice<T> choice) throws IOException {
        for (LayoutContent layout : build.layouts()) {
            T chosen = choice.of(layout);
            if (chosen != null) {
                return chosen;
            }
        }
        return null;
    }

    /** Looks at a layout, and takes something of it or not. */
    @FunctionalInterface
    public interface Choice<T> {
        @CheckForNull
        T of(@NonNull LayoutContent layout) throws IOException;
    }
}
