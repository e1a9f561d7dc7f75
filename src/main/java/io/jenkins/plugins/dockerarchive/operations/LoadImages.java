package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.engine.EngineCapabilities.ImageStore;
import io.jenkins.plugins.dockerarchive.engine.ImageInspection;
import io.jenkins.plugins.dockerarchive.engine.ImageSummary;
import io.jenkins.plugins.dockerarchive.image.ArchivedImage;
import io.jenkins.plugins.dockerarchive.image.ArchivedRoot;
import io.jenkins.plugins.dockerarchive.image.EngineArchive;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.image.Reference;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * {@code dockerLoad}: an archive back into images. The archive is verified before the engine sees it; the images go in
 * under names of ours, are compared with the archive, and only then get their references. Whatever fails before that
 * leaves every reference of the engine as it was.
 */
public final class LoadImages {

    private final OperationContext context;

    public LoadImages(@NonNull OperationContext context) {
        this.context = context;
    }

    /**
     * One image to be loaded.
     *
     * @param image the platform that is loaded, or null for all that the root has
     * @param references it gets
     * @param kept references that stay with another image
     * @param there whether the engine has all of it already
     */
    private record Arrival(
            ArchivedRoot root,
            ArchivedImage image,
            List<Reference> references,
            List<Reference> kept,
            Optional<ImageInspection> there) {

        List<ArchivedImage> images() {
            return image == null ? root.images() : List.of(image);
        }

        boolean wanted() {
            return !references.isEmpty() || kept.isEmpty();
        }
    }

    /**
     * Loads the archive.
     *
     * @throws OperationException one sentence about what failed
     */
    @NonNull
    public LoadResult run(@NonNull LoadRequest request) throws IOException, InterruptedException {
        // the engine first: nobody wants to fetch and check gigabytes for one that is not there
        try (Engine engine = Engine.connect(context.engine(), context.idle());
                LocalArchive local = LocalArchive.of(context, request.source())) {
            return load(engine, request, local.path());
        } catch (IOException e) {
            throw Failure.of("Cannot load " + request.source().label(), e);
        }
    }

    private LoadResult load(Engine engine, LoadRequest request, Path path) throws IOException, InterruptedException {
        long start = System.nanoTime();
        context.log().line("Checking " + request.source().label());
        ImageArchive archive = ImageArchive.read(path, context.limits());
        List<ArchivedRoot> roots = choose(archive, request);
        List<Arrival> arrivals = new ArrayList<>();
        for (ArchivedRoot root : roots) {
            arrivals.add(arrival(engine, root, request));
        }
        List<ImageSummary> images = engine.listImages();
        Staging.sweep(context, engine, images);
        KnownLayers known = KnownLayers.of(engine, images);
        List<Arrival> sent =
                arrivals.stream().filter(a -> a.wanted() && a.there().isEmpty()).toList();
        Map<Arrival, ImageInspection> loaded = new LinkedHashMap<>();
        long bytes = 0;
        if (!sent.isEmpty()) {
            try (Staging staging = new Staging(context, engine)) {
                bytes = staging.send(
                        path,
                        sent.stream()
                                .map(a -> new Staging.Piece(a.root(), a.image(), a.references()))
                                .toList());
                for (int i = 0; i < sent.size(); i++) {
                    loaded.put(sent.get(i), staging.inspections().get(i));
                }
            }
        }
        LoadResult result = result(arrivals, loaded, known);
        context.log().line(summary(result, sent.size()) + ": " + Amount.since(start, bytes));
        return result;
    }

    private List<ArchivedRoot> choose(ImageArchive archive, LoadRequest request) throws IOException {
        List<ArchivedRoot> roots = new ArrayList<>();
        for (ArchivedRoot root : archive.roots()) {
            ArchivedRoot left = root.only(request.platforms());
            if (!left.images().isEmpty()) {
                roots.add(left);
            }
        }
        if (roots.isEmpty()) {
            throw new OperationException(
                    request.source().label() + " holds no image for " + text(request.platforms()) + "; it has "
                            + text(archive.images().stream()
                                    .map(ArchivedImage::platform)
                                    .distinct()
                                    .toList()) + ".");
        }
        Set<Reference> held = new LinkedHashSet<>();
        roots.forEach(root -> held.addAll(root.references()));
        checkExpected(held, request, roots);
        Map<Reference, Reference> rename = new LinkedHashMap<>();
        for (Map.Entry<String, String> pair : request.rename().entrySet()) {
            Reference from = Reference.parse(pair.getKey());
            if (!held.contains(from)) {
                throw new OperationException(
                        "rename names " + from + ", but " + request.source().label() + " holds " + text(held) + ".");
            }
            rename.put(from, Reference.parse(pair.getValue()));
        }
        Set<Reference> targets = new HashSet<>();
        List<ArchivedRoot> renamed = new ArrayList<>();
        for (ArchivedRoot root : roots) {
            List<Reference> references = root.references().stream()
                    .map(r -> rename.getOrDefault(r, r))
                    .distinct()
                    .toList();
            for (Reference reference : references) {
                if (!targets.add(reference)) {
                    throw new OperationException("rename gives " + reference + " to two images of "
                            + request.source().label() + ".");
                }
            }
            renamed.add(root.withReferences(references));
        }
        return renamed;
    }

    private void checkExpected(Set<Reference> held, LoadRequest request, List<ArchivedRoot> roots)
            throws OperationException {
        if (request.expected().isEmpty()) {
            return;
        }
        Set<Reference> expected =
                request.expected().stream().map(Reference::parse).collect(Collectors.toCollection(LinkedHashSet::new));
        boolean unnamed = roots.stream().anyMatch(root -> root.references().isEmpty());
        if (!held.equals(expected) || unnamed) {
            throw new OperationException(request.source().label() + " holds " + text(held)
                    + (unnamed ? (held.isEmpty() ? "" : " and ") + "an image without a reference" : "") + ", not "
                    + text(expected)
                    + " as expected; nothing was loaded.");
        }
    }

    private Arrival arrival(Engine engine, ArchivedRoot root, LoadRequest request)
            throws IOException, InterruptedException {
        boolean onePlatform = engine.capabilities().store() != ImageStore.CONTAINERD;
        ArchivedImage image = root.images().size() == 1 ? root.images().get(0) : null;
        if (onePlatform && image == null) {
            image = root.forPlatform(engine.capabilities().platform());
            if (image == null || request.platforms().size() > 1) {
                throw new OperationException(text(root.references()) + " is there for "
                        + text(root.images().stream()
                                .map(ArchivedImage::platform)
                                .toList()) + ", and " + context.engine().uri()
                        + " keeps one platform of an image; choose it by platforms.");
            }
        }
        List<Reference> references = new ArrayList<>();
        List<Reference> kept = new ArrayList<>();
        Optional<ImageInspection> there = Optional.empty();
        boolean all = true;
        for (Reference reference : root.references()) {
            Optional<ImageInspection> existing = engine.findImage(reference.familiar());
            boolean same = existing.isPresent() && isSame(existing.get(), root, image, engine);
            all &= same;
            there = same ? existing : there;
            if (existing.isPresent() && !same) {
                switch (request.conflict()) {
                    case FAIL ->
                        throw new OperationException(
                                reference + " exists on " + context.engine().uri() + " with other content ("
                                        + existing.get().id() + "); nothing was loaded, as onConflict: 'fail' asks.");
                    case KEEP -> {
                        context.log()
                                .line("Keeping " + reference + " on "
                                        + context.engine().uri() + ": it has other content");
                        kept.add(reference);
                        continue;
                    }
                    case REPLACE ->
                        context.log()
                                .line("Replacing " + reference + ", which was "
                                        + existing.get().id());
                }
            }
            references.add(reference);
        }
        boolean complete = all && !root.references().isEmpty();
        return new Arrival(root, image, references, kept, complete ? there : Optional.empty());
    }

    /** Whether an image of the engine is the archived one; IDs tell, and they are what the store makes of the content. */
    private boolean isSame(ImageInspection existing, ArchivedRoot root, ArchivedImage image, Engine engine) {
        EngineArchive.Layout layout = Staging.layout(engine);
        EngineArchive.Item item = new EngineArchive.Item(root, image, null);
        EngineArchive archive = new EngineArchive(List.of(item), layout, context.limits());
        return existing.id().equals(archive.imageId(item));
    }

    private LoadResult result(List<Arrival> arrivals, Map<Arrival, ImageInspection> loaded, KnownLayers known) {
        List<LoadResult.LoadedImage> images = new ArrayList<>();
        for (Arrival arrival : arrivals) {
            if (!arrival.wanted()) {
                continue;
            }
            ImageInspection inspection =
                    loaded.getOrDefault(arrival, arrival.there().orElse(null));
            for (ArchivedImage image : arrival.images()) {
                images.add(new LoadResult.LoadedImage(
                        inspection.id(),
                        arrival.references().stream().map(Reference::familiar).toList(),
                        image.platform().toString(),
                        image.layers().size(),
                        arrival.there().isPresent() ? image.layers().size() : known.count(image.diffIds())));
            }
        }
        return new LoadResult(images);
    }

    private String summary(LoadResult result, int sent) {
        String names = result.images().stream()
                .map(image -> image.references().isEmpty() ? image.id() : String.join(", ", image.references()))
                .distinct()
                .collect(Collectors.joining(", "));
        int layers = result.images().stream()
                .mapToInt(LoadResult.LoadedImage::layers)
                .sum();
        int reused = result.images().stream()
                .mapToInt(LoadResult.LoadedImage::layersReused)
                .sum();
        if (result.images().isEmpty()) {
            return "Loaded nothing";
        }
        return (sent == 0 ? "Already there: " : "Loaded ") + names + " into "
                + context.engine().uri() + ", " + layers + " layers, " + reused + " of them known before";
    }

    private static String text(Iterable<?> things) {
        List<String> texts = new ArrayList<>();
        things.forEach(thing -> texts.add(thing.toString()));
        return texts.isEmpty() ? "no reference" : String.join(", ", texts);
    }
}
