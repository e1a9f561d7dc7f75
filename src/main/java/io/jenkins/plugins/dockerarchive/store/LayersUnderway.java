package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Closeable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The layers that are on their way to this controller, so that saves of one job which run at the same time send none
 * twice: who wants what another one is sending waits for it, and finds it kept. All of a save's layers are claimed at
 * once, so that no two can wait for each other.
 *
 * <p>The other one may be on a slow line. So each time nobody new has begun for a while, one of those that wait sends
 * the layers, too.
 */
public final class LayersUnderway {

    /** Longer than most saves take, and no great loss for one that waits in vain. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Duration patience;

    /** In the order in which they began; guarded by itself. */
    private final Set<Claim> claims = new LinkedHashSet<>();

    public LayersUnderway() {
        this(PATIENCE);
    }

    /** @param patience how long a save waits after the last one began that sends some of the same layers */
    LayersUnderway(@NonNull Duration patience) {
        this.patience = patience;
    }

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
         * Claims layers, when nobody else sends any of them or who does takes too long.
         *
         * @param onWait run before it waits
         * @return null when one that it waited for has ended: some of the layers may be kept now
         */
        @CheckForNull
        public Claim claim(@NonNull Collection<String> diffIds, @NonNull Runnable onWait) throws InterruptedException {
            synchronized (claims) {
                Claim own = new Claim(directory, Set.copyOf(diffIds));
                List<Claim> others = own.others();
                for (long left = own.patience(others); left > 0; left = own.patience(others)) {
                    onWait.run();
                    claims.wait(left);
                    if (!claims.containsAll(others)) {
                        return null;
                    }
                    others = own.others();
                }
                own.begin();
                return own;
            }
        }
    }

    /** Ends when the layers are kept, or will not be. */
    public final class Claim implements Closeable {
        private final Path job;
        private final Set<String> diffIds;
        private long began;

        private Claim(Path job, Set<String> diffIds) {
            this.job = job;
            this.diffIds = diffIds;
        }

        /** Those that send some of these layers. */
        private List<Claim> others() {
            return claims.stream()
                    .filter(other -> other.job.equals(job) && !Collections.disjoint(other.diffIds, diffIds))
                    .toList();
        }

        /** Milliseconds that it should wait for others; 0 or less when it need not. */
        private long patience(List<Claim> others) {
            if (others.isEmpty()) {
                return 0;
            }
            long waited = System.nanoTime() - others.get(others.size() - 1).began;
            return (patience.toNanos() - waited + 999_999) / 1_000_000;
        }

        private void begin() {
            began = System.nanoTime();
            claims.add(this);
        }

        @Override
        public void close() {
            synchronized (claims) {
                claims.remove(this);
                claims.notifyAll();
            }
        }
    }
}
