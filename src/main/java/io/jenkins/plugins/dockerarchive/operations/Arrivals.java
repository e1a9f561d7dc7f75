package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.engine.EngineCapabilities.ImageStore;
import io.jenkins.plugins.dockerarchive.engine.ImageInspection;
import io.jenkins.plugins.dockerarchive.image.ArchivedImage;
import io.jenkins.plugins.dockerarchive.image.ArchivedRoot;
import io.jenkins.plugins.dockerarchive.image.EngineArchive;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.image.Reference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Settles which images of an archive go into an engine and under which references, or that they must not. */
final class Arrivals {

    private final OperationContext context;
    private final Engine engine;
    private final LoadRequest request;

    Arrivals(@NonNull OperationContext context, @NonNull Engine engine, @NonNull LoadRequest request) {
        this.context = context;
        this.engine = engine;
        this.request = request;
    }

    /** All images that the request asks for, in the order of the archive. */
    @NonNull
    List<Arrival> of(@NonNull ImageArchive archive) throws IOException, InterruptedException {
        List<Arrival> arrivals = new ArrayList<>();
        for (ArchivedRoot root : choose(archive)) {
            arrivals.add(arrival(root));
        }
        return arrivals;
    }

    private List<ArchivedRoot> choose(ImageArchive archive) throws IOException {
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
        checkExpected(held, roots);
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

    private void checkExpected(Set<Reference> held, List<ArchivedRoot> roots) throws OperationException {
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

    private Arrival arrival(ArchivedRoot root) throws IOException, InterruptedException {
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
        List<ImageInspection> before = new ArrayList<>();
        Optional<ImageInspection> there = Optional.empty();
        boolean all = true;
        for (Reference reference : root.references()) {
            Optional<ImageInspection> existing = engine.findImage(reference.familiar());
            boolean same = existing.isPresent() && isSame(existing.get(), root, image);
            existing.ifPresent(before::add);
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
        return new Arrival(root, image, references, kept, before, complete ? there : Optional.empty());
    }

    /**
     * Whether an image of the engine is the archived one, and whole; IDs tell, and they are what the store makes of the
     * content.
     */
    private boolean isSame(ImageInspection existing, ArchivedRoot root, ArchivedImage image)
            throws IOException, InterruptedException {
        EngineArchive.Layout layout = Staging.layout(engine);
        EngineArchive.Item item = new EngineArchive.Item(root, image, null);
        EngineArchive archive = new EngineArchive(List.of(item), layout, context.limits());
        return existing.id().equals(archive.imageId(item)) && engine.hasAllOf(existing.id());
    }

    private static String text(Iterable<?> things) {
        List<String> texts = new ArrayList<>();
        things.forEach(thing -> texts.add(thing.toString()));
        return texts.isEmpty() ? "no reference" : String.join(", ", texts);
    }
}
