package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.InvisibleAction;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jenkins.model.RunAction2;

/** What a build archived, kept with the build. Steps of parallel branches write into it at the same time. */
public final class ArchivesAction extends InvisibleAction implements RunAction2 {

    /** Replaced, never changed: Jenkins may be writing the build to disk at any time. */
    private volatile ArrayList<ArchiveRecord> archives = new ArrayList<>();

    /** Names that steps are about to use, which no record has yet. */
    private transient Set<String> claimedStashes;

    private transient Run<?, ?> run;

    /** The action of a build, which gets one if it has none. */
    @NonNull
    public static ArchivesAction of(@NonNull Run<?, ?> build) {
        // One build's steps may come here at the same time, and the build must not get two actions.
        synchronized (build) {
            ArchivesAction action = build.getAction(ArchivesAction.class);
            if (action == null) {
                action = new ArchivesAction();
                build.addAction(action);
            }
            return action;
        }
    }

    @Override
    public void onAttached(Run<?, ?> build) {
        run = build;
    }

    @Override
    public void onLoad(Run<?, ?> build) {
        run = build;
    }

    /** A copy of what was recorded so far, oldest first. */
    @NonNull
    public List<ArchiveRecord> getArchives() {
        return List.copyOf(archives);
    }

    /**
     * Takes a stash name for the step that is about to fill it.
     *
     * @throws BadInputException when another step of this build has or takes it
     */
    public synchronized void claimStash(@NonNull String verb, @NonNull String stash) throws BadInputException {
        if (claimedStashes == null) {
            claimedStashes = new HashSet<>();
        }
        boolean used = archives.stream().anyMatch(archive -> stash.equals(archive.getStash()));
        if (used || !claimedStashes.add(stash)) {
            throw new BadInputException(verb + ": stash '" + stash
                    + "' is used by another step of this build; give each stash a name of its own.");
        }
    }

    /** Gives a claimed name back, whatever became of the step. */
    public synchronized void releaseStash(@CheckForNull String stash) {
        if (claimedStashes != null) {
            claimedStashes.remove(stash);
        }
    }

    /** Adds a record and writes it to disk. */
    public void add(@NonNull ArchiveRecord archive) throws IOException {
        synchronized (this) {
            ArrayList<ArchiveRecord> more = new ArrayList<>(archives);
            more.add(archive);
            archives = more;
        }
        run.save();
    }
}
