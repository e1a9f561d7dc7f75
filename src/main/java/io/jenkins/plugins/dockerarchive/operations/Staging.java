package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.engine.EngineCapabilities.ImageStore;
import io.jenkins.plugins.dockerarchive.engine.EngineException;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import io.jenkins.plugins.dockerarchive.engine.ImageInspection;
import io.jenkins.plugins.dockerarchive.engine.ImageSummary;
import io.jenkins.plugins.dockerarchive.image.ArchivedImage;
import io.jenkins.plugins.dockerarchive.image.ArchivedRoot;
import io.jenkins.plugins.dockerarchive.image.EngineArchive;
import io.jenkins.plugins.dockerarchive.image.Reference;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Brings images into an engine under references that nobody else uses, has them compared with what they should be, and
 * moves the real references last. The staged references are gone when this is closed, whatever happened.
 */
final class Staging implements Closeable {

    /** A registry that cannot exist (RFC 2606), so that no such reference is ever pulled or pushed. */
    private static final String REPOSITORY = "docker-archive.invalid/staging";

    private static final Pattern STAGED = Pattern.compile(Pattern.quote(REPOSITORY) + ":([0-9]{1,12})-.*");
    /** Much longer than any load takes. */
    private static final Duration FORGOTTEN = Duration.ofHours(24);

    /** How long is waited for others that give names to the same image; each of them needs some milliseconds. */
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    /** What is older was left by somebody who was killed. */
    private static final Duration UNDER_WAY = Duration.ofMinutes(10);

    private static final IdleTimeout CLEAN_UP = new IdleTimeout(Duration.ofMinutes(1));
    /** A stopped step ends within five seconds, whatever its engine does. */
    private static final IdleTimeout CLEAN_UP_AFTER_FAILURE = new IdleTimeout(Duration.ofSeconds(3));

    private final OperationContext context;
    private final Engine engine;
    private final List<Piece> pieces;
    private final String id = Instant.now().getEpochSecond() + "-" + UUID.randomUUID();
    private final List<Reference> staged = new ArrayList<>();
    private final List<ImageInspection> inspections = new ArrayList<>();
    private final Map<Reference, Optional<ImageInspection>> moved = new LinkedHashMap<>();
    private final Map<Reference, String> given = new LinkedHashMap<>();
    private final List<String> nameless = new ArrayList<>();
    private boolean done;

    /** An archived image, or one platform of it, and the references it gets. */
    record Piece(
            @NonNull ArchivedRoot root,
            @CheckForNull ArchivedImage image,
            @NonNull List<Reference> references) {}

    /** Makes the tar that goes into the engine. */
    @FunctionalInterface
    interface Opening {
        @NonNull
        InputStream open(@NonNull EngineArchive outgoing) throws IOException;
    }

    Staging(@NonNull OperationContext context, @NonNull Engine engine) {
        this(context, engine, List.of());
    }

    Staging(@NonNull OperationContext context, @NonNull Engine engine, @NonNull List<Piece> pieces) {
        this.context = context;
        this.engine = engine;
        this.pieces = List.copyOf(pieces);
    }

    /** What this engine reads. */
    @NonNull
    static EngineArchive.Layout layout(@NonNull Engine engine) {
        return engine.capabilities().store() == ImageStore.CONTAINERD
                ? EngineArchive.Layout.OCI
                : EngineArchive.Layout.DOCKER;
    }

    /** A new reference of ours. */
    @NonNull
    Reference next() {
        Reference reference = Reference.parse(REPOSITORY + ":" + id + "-" + staged.size());
        staged.add(reference);
        return reference;
    }

    /**
     * Removes what others could not: an agent that was killed, or Docker 20.10, which goes on when the step is stopped
     * while it unpacks, and gives the reference after the clean-up (measured).
     */
    static void sweep(@NonNull OperationContext context, @NonNull Engine engine)
            throws EngineException, InterruptedException {
        Instant recent = Instant.now().minus(FORGOTTEN);
        for (ImageSummary image : engine.listImages(List.of(REPOSITORY))) {
            for (String reference : image.repoTags()) {
                Matcher staged = STAGED.matcher(reference);
                if (staged.matches()
                        && Instant.ofEpochSecond(Long.parseLong(staged.group(1)))
                                .isBefore(recent)) {
                    try {
                        engine.removeImage(reference);
                    } catch (EngineException e) {
                        context.log().line("Could not remove " + reference + ": " + e.getMessage());
                    }
                }
            }
        }
    }

    /**
     * What {@link #send} would send, but for names: which layers it wants.
     *
     * @param known config digest to the number of layers, from the lowest on, that the engine seems to have
     * @param whole whether all layers are sent whatever is known
     */
    @NonNull
    static EngineArchive shape(
            @NonNull OperationContext context,
            @NonNull Engine engine,
            @NonNull List<Piece> pieces,
            @NonNull Map<String, Integer> known,
            boolean whole) {
        Sending sending = Sending.of(engine.capabilities(), pieces, known, whole);
        return new EngineArchive(
                pieces.stream()
                        .map(piece -> new EngineArchive.Item(piece.root(), piece.image(), null))
                        .toList(),
                sending.layout(),
                context.limits(),
                sending::thereOf);
    }

    /**
     * Loads, compares, and moves the references. Returns the bytes that went into the engine.
     *
     * @param known config digest to the number of layers, from the lowest on, that the engine seems to have
     * @param whole whether all layers are sent whatever is known
     * @throws LayersGoneException when layers were left out and the engine does not have them; nothing is loaded then
     */
    long send(@NonNull Opening source, @NonNull Map<String, Integer> known, boolean whole)
            throws IOException, InterruptedException {
        Sending sending = Sending.of(engine.capabilities(), pieces, known, whole);
        List<EngineArchive.Item> items = new ArrayList<>();
        for (Piece piece : pieces) {
            // Removing its last reference removes an image: one that gets none is loaded without.
            items.add(new EngineArchive.Item(
                    piece.root(), piece.image(), piece.references().isEmpty() ? null : next()));
        }
        EngineArchive outgoing = new EngineArchive(items, sending.layout(), context.limits(), sending::thereOf);
        for (EngineArchive.Item item : items) {
            if (item.name() == null && engine.findImage(outgoing.imageId(item)).isEmpty()) {
                nameless.add(outgoing.imageId(item));
            }
        }
        context.log()
                .line("Loading into " + context.engine().uri() + " ("
                        + engine.capabilities().describe() + ")"
                        + (sending.isSparse()
                                ? ", " + outgoing.wanted().size() + " layers that it lacks, "
                                        + Amount.size(outgoing.size())
                                : ""));
        long bytes;
        try (InputStream tar = source.open(outgoing);
                Progress progress = new Progress(tar, "loading", outgoing.size(), context.log())) {
            engine.loadImages(progress, sending.platforms(), event -> {});
            bytes = progress.bytes();
        } catch (EngineException e) {
            if (sending.isSparse() && e.isRefusal()) {
                throw new LayersGoneException(e.getMessage());
            }
            throw e;
        }
        for (int i = 0; i < pieces.size(); i++) {
            try {
                inspections.add(compare(pieces.get(i), items.get(i), outgoing.imageId(items.get(i))));
            } catch (OperationException e) {
                if (sending.isSparse()) {
                    throw new LayersGoneException(e.getMessage());
                }
                throw e;
            }
        }
        for (int i = 0; i < pieces.size(); i++) {
            for (Reference reference : pieces.get(i).references()) {
                move(items.get(i).name(), reference, inspections.get(i));
            }
        }
        done = true;
        return bytes;
    }

    /** The images as the engine has them, one for each piece. */
    @NonNull
    List<ImageInspection> inspections() {
        return inspections;
    }

    private ImageInspection compare(Piece piece, EngineArchive.Item item, String expectedId)
            throws IOException, InterruptedException {
        String name = item.name() == null ? expectedId : item.name().familiar();
        String shown = piece.references().isEmpty()
                ? expectedId
                : piece.references().get(0).toString();
        ImageInspection found = engine.findImage(name)
                .orElseThrow(() ->
                        new OperationException("The engine " + context.engine().uri() + " said that it loaded " + shown
                                + ", but it does not have it; look into the engine's log."));
        List<ArchivedImage> images = piece.image() == null ? piece.root().images() : List.of(piece.image());
        boolean sameLayers = images.stream().anyMatch(image -> image.diffIds().equals(found.diffIds()));
        if (!sameLayers || !found.id().equals(expectedId)) {
            throw new OperationException("The engine " + context.engine().uri() + " made another image of " + shown
                    + " than the archive holds (" + found.id() + " with "
                    + found.diffIds().size() + " layers instead of "
                    + expectedId + " with " + images.get(0).layers().size() + "); no reference was moved.");
        }
        if (!engine.hasAllOf(found.id())) {
            throw new OperationException("The engine " + context.engine().uri() + " loaded " + shown
                    + " without all of its layers; no reference was moved.");
        }
        return found;
    }

    /** Gives the image a reference for good; remembers what had it before. */
    void move(@NonNull Reference from, @NonNull Reference to, @NonNull ImageInspection expected)
            throws IOException, InterruptedException {
        Optional<ImageInspection> before = engine.findImage(to.familiar());
        moved.put(to, before);
        engine.tag(from.familiar(), to.familiarRepository(), to.tag());
        Optional<ImageInspection> now = engine.findImage(to.familiar());
        if (now.isEmpty() || !now.get().id().equals(expected.id())) {
            throw new OperationException("The engine " + context.engine().uri() + " did not give " + to
                    + " to the image " + expected.id() + "; something else moves that reference at the same time.");
        }
        given.put(to, expected.id());
    }

    /** Says that all references stand. */
    void done() {
        done = true;
    }

    /** Takes back what was not finished and removes the staged references, even when the thread was interrupted. */
    @Override
    public void close() throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            if (done && !interrupted) {
                cleanUp(engine);
            } else {
                // The engine's calls were ended by what interrupted us; a connection of its own cleans up.
                try (Engine own = Engine.connect(context.engine(), done ? CLEAN_UP : CLEAN_UP_AFTER_FAILURE)) {
                    cleanUp(own);
                }
            }
        } catch (EngineException e) {
            context.log()
                    .line("Could not remove " + REPOSITORY + " references of " + id + " from "
                            + context.engine().uri() + ": " + e.getMessage());
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void cleanUp(Engine with) throws EngineException, InterruptedException {
        if (!done) {
            for (Map.Entry<Reference, Optional<ImageInspection>> move : moved.entrySet()) {
                attempt(() -> takeBack(with, move.getKey(), move.getValue()));
            }
            for (String image : nameless) {
                attempt(() -> removeNameless(with, image));
            }
        }
        for (Reference reference : staged) {
            attempt(() -> with.removeImage(reference.familiar()));
        }
        if (done && with.capabilities().store() == ImageStore.PODMAN) {
            settle(with);
        }
    }

    /**
     * Podman 4 gives and takes names by writing all names of an image anew: of two loads of one image at the same time
     * each may undo what the other has just done (measured). So each looks again until none of them is under way.
     */
    private void settle(Engine with) throws EngineException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!isSettled(with) && System.nanoTime() < end) {
            Thread.sleep(BETWEEN_LOOKS.toMillis());
        }
    }

    /** Names of ours that came back go again, and references that are lost are given again, but not taken from others. */
    private boolean isSettled(Engine with) throws EngineException, InterruptedException {
        boolean settled = true;
        for (Reference reference : staged) {
            if (with.findImage(reference.familiar()).isPresent()) {
                settled = false;
                attempt(() -> with.removeImage(reference.familiar()));
            }
        }
        for (Map.Entry<Reference, String> one : given.entrySet()) {
            Reference reference = one.getKey();
            if (with.findImage(reference.familiar()).isEmpty()) {
                settled = false;
                attempt(() -> with.tag(one.getValue(), reference.familiarRepository(), reference.tag()));
            }
        }
        for (String image : Set.copyOf(given.values())) {
            Optional<ImageInspection> found = with.findImage(image);
            settled &= found.isEmpty() || found.get().repoTags().stream().noneMatch(Staging::isUnderWay);
        }
        return settled;
    }

    private static boolean isUnderWay(String reference) {
        Matcher other = STAGED.matcher(reference);
        return other.matches()
                && Instant.ofEpochSecond(Long.parseLong(other.group(1)))
                        .isAfter(Instant.now().minus(UNDER_WAY));
    }

    private interface CleanUp {
        void run() throws EngineException, InterruptedException;
    }

    /** What the engine refuses does not keep the rest from being cleaned up; an engine that is gone does. */
    private void attempt(CleanUp step) throws EngineException, InterruptedException {
        try {
            step.run();
        } catch (EngineException e) {
            if (e.status() == 0) {
                throw e;
            }
            context.log().line("Could not clean up on " + context.engine().uri() + ": " + e.getMessage());
        }
    }

    private static void takeBack(Engine engine, Reference reference, Optional<ImageInspection> before)
            throws EngineException, InterruptedException {
        if (before.isPresent()) {
            engine.tag(before.get().id(), reference.familiarRepository(), reference.tag());
        } else {
            engine.removeImage(reference.familiar());
        }
    }

    private static void removeNameless(Engine engine, String image) throws EngineException, InterruptedException {
        Optional<ImageInspection> found = engine.findImage(image);
        if (found.isPresent() && found.get().repoTags().isEmpty()) {
            engine.removeImage(image);
        }
    }
}
