package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.retention.RetentionRule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import jenkins.model.RunAction2;

/** What a build archived, kept with the build. Steps of parallel branches write into it at the same time. */
public final class ArchivesAction implements RunAction2 {

    /** Replaced, never changed: Jenkins may be writing the build to disk at any time. */
    private volatile ArrayList<ArchiveRecord> archives = new ArrayList<>();

    /** Null in builds of early versions. */
    private volatile ArrayList<LoadRecord> loads = new ArrayList<>();

    /** Names that steps are about to use, which no record has yet, and by whom. */
    private transient Map<String, String> claimedStashes;

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
        return archives == null ? List.of() : List.copyOf(archives);
    }

    /** A copy of what was loaded and imported so far, oldest first. */
    @NonNull
    public List<LoadRecord> getLoads() {
        return loads == null ? List.of() : List.copyOf(loads);
    }

    /** References of what was loaded and imported, in one line. */
    @NonNull
    public String getLoadedNames() {
        return getLoads().stream()
                .flatMap(load -> load.getImages().stream())
                .flatMap(image -> image.getReferences().stream())
                .distinct()
                .collect(Collectors.joining(", "));
    }

    @NonNull
    public Run<?, ?> getRun() {
        return run;
    }

    /** No link where there is nothing to see. */
    @Override
    @CheckForNull
    public String getIconFileName() {
        return getArchives().isEmpty() && getLoads().isEmpty() ? null : "symbol-cube";
    }

    @Override
    @NonNull
    public String getDisplayName() {
        return Texts.ARCHIVES_NAME.text();
    }

    @Override
    @NonNull
    public String getUrlName() {
        return "docker-archives";
    }

    /** The archives as the pages of this build show them. */
    @NonNull
    public List<ArchivePage> getPages() {
        BuildRetention retention = new BuildRetention(run);
        List<ArchiveRecord> records = getArchives();
        List<ArchivePage> pages = new ArrayList<>();
        for (int i = 0; i < records.size(); i++) {
            pages.add(new ArchivePage(this, i, retention));
        }
        return pages;
    }

    /** What was loaded and imported, as the page of this build shows it. */
    @NonNull
    public List<LoadPage> getLoadPages() {
        return getLoads().stream().map(LoadPage::new).toList();
    }

    /**
     * One archive, at {@code archive/0/}, {@code archive/1/} and so on; null when there is none of that number.
     */
    @CheckForNull
    public ArchivePage getArchive(@NonNull String index) {
        if (!index.matches("[0-9]{1,6}")
                || Integer.parseInt(index) >= getArchives().size()) {
            return null;
        }
        return new ArchivePage(this, Integer.parseInt(index), new BuildRetention(run));
    }

    /**
     * Takes a stash name for the step that is about to fill it.
     *
     * @param writer who that is, for the sentence that others get: {@code dockerSave of shop:1}
     * @throws BadInputException when another step of this build has or takes it
     */
    public synchronized void claimStash(@NonNull String writer, @NonNull String stash) throws BadInputException {
        if (claimedStashes == null) {
            claimedStashes = new HashMap<>();
        }
        String other = claimedStashes.get(stash);
        for (ArchiveRecord archive : getArchives()) {
            if (stash.equals(archive.getStash())) {
                other = archive.getVerb() + " of "
                        + (archive.getImages().isEmpty() ? archive.getFile() : String.join(", ", archive.getImages()));
            }
        }
        if (other != null) {
            throw new BadInputException(writer + ": stash '" + stash + "' is used by another step of this build ("
                    + other + "); give each stash a name of its own.");
        }
        claimedStashes.put(stash, writer + ", which is still running");
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
            ArrayList<ArchiveRecord> more = new ArrayList<>(getArchives());
            more.add(archive);
            archives = more;
        }
        run.save();
    }

    /** Adds a record and writes it to disk. */
    public void add(@NonNull LoadRecord load) throws IOException {
        synchronized (this) {
            ArrayList<LoadRecord> more = new ArrayList<>(getLoads());
            more.add(load);
            loads = more;
        }
        run.save();
    }

    /** Whether a later archive of this build has taken the place of this one. */
    boolean isReplaced(int index) {
        List<ArchiveRecord> records = getArchives();
        String file = records.get(index).getFile();
        return records.stream()
                .skip(index + 1L)
                .anyMatch(later -> later.isArtifact() && later.getFile().equals(file));
    }

    /** Place of the newest archive that still is an artifact, or -1. */
    int newestArtifact() {
        List<ArchiveRecord> records = getArchives();
        int newest = records.size() - 1;
        while (newest >= 0
                && (!records.get(newest).isArtifact() || records.get(newest).isExpired())) {
            newest--;
        }
        return newest;
    }

    /** Writes that an archive is gone. */
    void expire(int index, @NonNull RetentionRule rule, @NonNull String by) throws IOException {
        synchronized (this) {
            ArrayList<ArchiveRecord> changed = new ArrayList<>(getArchives());
            changed.set(index, changed.get(index).expired(rule, by));
            archives = changed;
        }
        run.save();
    }
}
