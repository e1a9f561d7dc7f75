package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.ArchivedRoot;
import io.jenkins.plugins.dockerarchive.image.LayoutContent;
import io.jenkins.plugins.dockerarchive.image.Reference;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import io.jenkins.plugins.dockerarchive.store.JobLayers;
import io.jenkins.plugins.dockerarchive.store.LayersUnderway;
import io.jenkins.plugins.dockerarchive.store.LayoutReceiver;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The controller's part of a save in layers: looks up what the job has, takes what it lacks, and makes stash and artifact
 * of both. What comes from the agent is verified here; see {@link LayoutReceiver}. Closed when nothing more will be
 * received: other saves of the job may wait for it.
 */
public final class KeepImages implements Closeable {

    private final BuildStore build;
    private final JobLayers job;
    private final ArchiveLimits limits;
    private final BuildLog log;
    private final SaveRequest request;
    private final FoundImages found;
    private final Path artifact;
    private final long start = System.nanoTime();
    private Map<String, StoredLayer> known = Map.of();
    private LayersUnderway.Claim claim;
    private boolean waited;
    private volatile boolean madeStash;
    private volatile boolean madeArtifact;

    /** An image of an earlier layout and the engine's own documents of it. */
    private record Earlier(ArchivedRoot root, Map<String, byte[]> originals) {}

    /**
     * @param artifacts directory of the build's artifacts
     * @param found as the agent told it
     */
    public KeepImages(
            @NonNull BuildStore build,
            @NonNull JobLayers job,
            @NonNull ArchiveLimits limits,
            @NonNull BuildLog log,
            @NonNull SaveRequest request,
            @NonNull FoundImages found,
            @NonNull Path artifacts) {
        this.build = build;
        this.job = job;
        this.limits = limits;
        this.log = log;
        this.request = request;
        this.found = found;
        this.artifact = request.destination().artifact() && request.format() == ArchiveFormat.OCI
                ? artifacts.resolve(file(request, found))
                : null;
    }

    /** What the archive is called: the path asked for, or one made from the first image. */
    @NonNull
    public static String file(@NonNull SaveRequest request, @NonNull FoundImages found) {
        String asked = request.destination().file();
        return asked == null ? Target.fileName(found.names().get(0)) + ".oci" : asked;
    }

    /**
     * Keeps images that the job has archived before, without the engine being asked for them. Layers that another save of
     * the job is sending just now are waited for.
     *
     * @return null when something of them is new
     */
    @CheckForNull
    public SaveResult unchanged() throws IOException, InterruptedException {
        Set<String> diffIds = new LinkedHashSet<>();
        found.images().forEach(image -> diffIds.addAll(image.diffIds()));
        known = job.adopt(diffIds);
        while (claim == null && !known.keySet().containsAll(diffIds)) {
            Set<String> missing = new LinkedHashSet<>(diffIds);
            missing.removeAll(known.keySet());
            claim = job.claim(missing, this::tellOfWaiting);
            known = job.adopt(diffIds); // what has come meanwhile, too
        }
        // a file needs the engine's bytes; which platforms an image ID stands for can change
        if (request.writesFile()
                || !request.platforms().isEmpty()
                || !known.keySet().containsAll(diffIds)) {
            return null;
        }
        List<ArchivedRoot> roots = new ArrayList<>();
        Map<String, byte[]> originals = new LinkedHashMap<>();
        Map<String, List<FoundImages.FoundImage>> byId = new LinkedHashMap<>();
        for (FoundImages.FoundImage image : found.images()) {
            byId.computeIfAbsent(image.id(), id -> new ArrayList<>()).add(image);
        }
        for (List<FoundImages.FoundImage> same : byId.values()) {
            Earlier earlier = job.first(layout -> earlier(layout, same.get(0)));
            if (earlier == null) {
                return null;
            }
            List<Reference> references = new ArrayList<>();
            for (FoundImages.FoundImage image : same) {
                if (image.reference() != null) {
                    references.add(Reference.parse(image.reference()));
                }
            }
            roots.add(earlier.root().withReferences(references));
            originals.putAll(earlier.originals());
        }
        LayoutContent content = LayoutContent.of(roots, known, originals, limits);
        SaveResult result = commit(content, Set.of(), 0, true);
        log.line("Nothing to save: this job has archived " + String.join(", ", found.names())
                + " before, unchanged since; " + places() + " made of links: " + Amount.since(start, content.size()));
        return result;
    }

    private void tellOfWaiting() {
        if (!waited) {
            waited = true;
            log.line("Waiting for another save of this job, which sends the same layers");
        }
    }

    @CheckForNull
    private Earlier earlier(LayoutContent layout, FoundImages.FoundImage image) throws IOException {
        Set<String> configs = layout.configsOf(image.id(), limits);
        if (configs.isEmpty()) {
            return null;
        }
        for (ArchivedRoot root : layout.archive().roots()) {
            Set<String> own = new LinkedHashSet<>();
            root.images().forEach(archived -> own.add(archived.configDigest()));
            boolean layers = root.images().stream()
                    .anyMatch(archived -> archived.diffIds().equals(image.diffIds()));
            boolean there =
                    root.images().stream().allMatch(archived -> known.keySet().containsAll(archived.diffIds()));
            if (own.equals(configs) && layers && there) {
                return new Earlier(root, layout.documentsOf(image.id(), limits));
            }
        }
        return null;
    }

    /** Layers of the images that need not be sent; known after {@link #unchanged}. */
    @NonNull
    public Collection<StoredLayer> known() {
        return List.copyOf(known.values());
    }

    /** Takes what the agent sends and keeps it. */
    @NonNull
    public SaveResult receive(@NonNull InputStream sent) throws IOException {
        LayoutReceiver receiver = new LayoutReceiver(build, known.values(), limits);
        LayoutContent content = receiver.receive(sent);
        SaveResult result = commit(content, receiver.added(), receiver.stored(), false);
        int images = content.archive().images().size();
        log.line("Saved " + images + (images == 1 ? " image" : " images") + " as " + places() + ", "
                + content.layers().size() + " layers, "
                + (content.layers().size() - receiver.added().size()) + " of them known before: "
                + Amount.since(start, receiver.stored()) + " added of " + Amount.size(content.size())
                + ", index sha256 " + content.sha256());
        return result;
    }

    private String places() {
        List<String> places = new ArrayList<>();
        if (request.destination().stash() != null) {
            places.add("stash '" + request.destination().stash() + "'");
        }
        if (artifact != null) {
            places.add("artifact " + file(request, found));
        }
        return String.join(" and ", places);
    }

    private SaveResult commit(LayoutContent content, Set<String> added, long stored, boolean skipped)
            throws IOException {
        long bytes = stored;
        String stash = request.destination().stash();
        if (stash != null) {
            bytes += makeStash(stash, content);
        }
        if (artifact != null) {
            try {
                bytes += makeArtifact(content);
            } finally {
                if (!madeArtifact) {
                    discard();
                }
            }
        }
        return new SaveResult(
                "",
                file(request, found),
                content.size(),
                content.sha256(),
                SaveImages.saved(content.archive(), found.names(), added::contains),
                bytes,
                skipped);
    }

    @Override
    public void close() {
        if (claim != null) {
            claim.close();
        }
    }

    /** Takes back what was made, because something else of the save failed. */
    public void discard() throws IOException {
        if (madeStash) {
            build.removeStash(request.destination().stash());
        }
        if (madeArtifact) {
            build.removeArtifact(artifact);
        }
    }

    /** A stash of that name is another step's, which must not lose it. */
    private long makeStash(String stash, LayoutContent content) throws IOException {
        try {
            long bytes = build.makeStash(stash, content);
            madeStash = true;
            return bytes;
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
            throw new OperationException(
                    "This build has a stash '" + stash
                            + "' already, which another step has written; give each stash a name of its own.",
                    e);
        }
    }

    private long makeArtifact(LayoutContent content) throws IOException {
        try {
            if (request.destination().existing() == Destination.Existing.OVERWRITE) {
                build.removeArtifact(artifact);
            }
            long bytes = build.makeArtifact(artifact, content);
            madeArtifact = true;
            return bytes;
        } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
            throw new OperationException(
                    "This build has an artifact '" + file(request, found)
                            + "' already; give another name with file, or set overwrite: true.",
                    e);
        }
    }
}
