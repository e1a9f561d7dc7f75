package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Closeable;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/**
 * The layers that are on their way to this controller, so that saves of one job which run at the same time send none
 * twice: who wants what another one is sending waits for it, and finds it kept. All of a save's layers are claimed at
 * once, so that no two can wait for each other.
 */
public final class LayersUnderway {

    private final Set<Layer> claimed = new HashSet<>();

    private record Layer(Path job, String diffId) {}

    /** The part of one job, which knows nothing of others. */
    @NonNull
    public Job of(@NonNull Path job) {
        return new Job(job);
    }

    /** See {@link LayersUnderway}. */
    public final class Job {
        private final Path directory;

        private Job(Path directory) {
            this.directory = directory;
        }

        /**
         * Waits until nobody else sends any of these layers, and claims them.
         *
         * @param onWait run once, before it waits
         */
        @NonNull
        public Claim claim(@NonNull Collection<String> diffIds, @NonNull Runnable onWait) throws InterruptedException {
            Set<Layer> layers = new HashSet<>();
            diffIds.forEach(diffId -> layers.add(new Layer(directory, diffId)));
            boolean told = false;
            synchronized (claimed) {
                while (!Collections.disjoint(claimed, layers)) {
                    if (!told) {
                        told = true;
                        onWait.run();
                    }
                    claimed.wait();
                }
                claimed.addAll(layers);
            }
            return new Claim(layers);
        }
    }

    /** Ends when the layers are kept, or will not be. */
    public final class Claim implements Closeable {
        private final Set<Layer> layers;

        private Claim(Set<Layer> layers) {
            this.layers = layers;
        }

        @Override
        public void close() {
            synchronized (claimed) {
                claimed.removeAll(layers);
                layers.clear();
                claimed.notifyAll();
            }
        }
    }
}
