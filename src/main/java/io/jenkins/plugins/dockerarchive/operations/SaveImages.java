package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.engine.ImageInspection;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import io.jenkins.plugins.dockerarchive.image.ArchiveOutput;
import io.jenkins.plugins.dockerarchive.image.ArchivedImage;
import io.jenkins.plugins.dockerarchive.image.ArchivedRoot;
import io.jenkins.plugins.dockerarchive.image.FileTree;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.image.ImageTarWriter;
import io.jenkins.plugins.dockerarchive.image.LayerSplitter;
import io.jenkins.plugins.dockerarchive.image.LayoutContent;
import io.jenkins.plugins.dockerarchive.image.Reference;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import io.jenkins.plugins.dockerarchive.store.LayoutSender;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** {@code dockerSave}: images with all layers and tags into an archive. */
public final class SaveImages {

    private final OperationContext context;

    public SaveImages(@NonNull OperationContext context) {
        this.context = context;
    }

    /** What the engine is asked for, and what it said about it before. */
    private record Wanted(Map<Reference, ImageInspection> byReference, Map<String, ImageInspection> byId) {

        Wanted() {
            this(new LinkedHashMap<>(), new LinkedHashMap<>());
        }

        List<String> names() {
            List<String> names = new ArrayList<>();
            byReference.keySet().forEach(reference -> names.add(reference.familiar()));
            names.addAll(byId.keySet());
            return names;
        }

        boolean isEmpty() {
            return byReference.isEmpty() && byId.isEmpty();
        }
    }

    /**
     * Saves the images. The archive has its name only when it was read back from the disk and holds what was asked for.
     *
     * @throws OperationException one sentence about what failed
     */
    @NonNull
    public SaveResult run(@NonNull SaveRequest request) throws IOException, InterruptedException {
        try {
            return save(request);
        } catch (IOException e) {
            throw Failure.of("Cannot save " + String.join(", ", request.images()), e);
        }
    }

    /**
     * Saves the images as a layout, and makes one file of it for stores that keep files. In the workspace, if the request
     * wants it there, is the layout.
     *
     * @return the file, in the temporary directory
     * @throws OperationException one sentence about what failed
     */
    @NonNull
    public SaveResult pack(@NonNull SaveRequest request) throws IOException, InterruptedException {
        SaveResult layout = run(request);
        if (layout.file() == null) {
            return layout;
        }
        boolean packed = false;
        try {
            SaveResult file = new PackLayout(context).pack(layout);
            packed = true;
            return file;
        } catch (IOException e) {
            throw Failure.of("Cannot save " + String.join(", ", request.images()), e);
        } finally {
            if (!packed || !request.destination().keepsFile()) {
                FileTree.delete(Path.of(layout.directory()).resolve(layout.file()));
            }
        }
    }

    private SaveResult save(SaveRequest request) throws IOException, InterruptedException {
        Target target = Target.of(
                context,
                request.destination(),
                request.format() == ArchiveFormat.OCI ? Target.Kind.LAYOUT : Target.Kind.FILE);
        try (Engine engine = Engine.connect(context.engine(), context.idle())) {
            checkPlatforms(engine, request.platforms());
            Wanted wanted = resolve(engine, request);
            if (wanted.isEmpty()) {
                context.log()
                        .line("Nothing saved: " + context.engine().uri() + " has none of "
                                + String.join(", ", request.images()));
                return new SaveResult(target.root().toString(), null, 0, null, List.of(), 0, true);
            }
            begin(engine, wanted);
            return request.format() == ArchiveFormat.OCI
                    ? new SaveLayout(context)
                            .save(engine, wanted.names(), request, target, archive -> check(archive, wanted, request))
                    : saveTar(engine, request, target, wanted);
        }
    }

    /**
     * Says which images a save would be of, without reading any.
     *
     * @throws OperationException one sentence about what is wrong with the request
     */
    @NonNull
    public FoundImages find(@NonNull SaveRequest request) throws IOException, InterruptedException {
        try (Engine engine = Engine.connect(context.engine(), context.idle())) {
            checkPlatforms(engine, request.platforms());
            Wanted wanted = resolve(engine, request);
            List<FoundImages.FoundImage> images = new ArrayList<>();
            wanted.byReference()
                    .forEach((reference, image) -> images.add(new FoundImages.FoundImage(
                            reference.familiar(), reference.familiar(), image.id(), image.diffIds())));
            wanted.byId()
                    .forEach((id, image) ->
                            images.add(new FoundImages.FoundImage(id, null, image.id(), image.diffIds())));
            return new FoundImages(images, context.engine().uri().toString());
        } catch (IOException e) {
            throw Failure.of("Cannot save " + String.join(", ", request.images()), e);
        }
    }

    /**
     * Sends the images as a layout to where only the layers that are missing there are taken. What the request wants as a
     * file here is written, too, and the engine saves once.
     *
     * @param known layers that are there
     * @param out closed when, and only when, everything was sent and is what was asked for
     * @return the file that was written here; null when none was asked for
     * @throws OperationException one sentence about what failed
     */
    @CheckForNull
    public SaveResult send(
            @NonNull SaveRequest request, @NonNull Collection<StoredLayer> known, @NonNull OutputStream out)
            throws IOException, InterruptedException {
        try {
            LayoutSender sender = new LayoutSender(out, known);
            LayerSplitter splitter =
                    new LayerSplitter(sender, request.compression(), context.temporary(), context.limits());
            SaveResult file = request.writesFile() ? save(request) : null;
            LayoutContent content = file == null
                    ? split(request, splitter)
                    : splitter.split(Path.of(file.directory()).resolve(file.file()));
            sender.commit(content);
            out.close();
            return file;
        } catch (IOException e) {
            throw Failure.of("Cannot save " + String.join(", ", request.images()), e);
        }
    }

    private LayoutContent split(SaveRequest request, LayerSplitter splitter) throws IOException, InterruptedException {
        try (Engine engine = Engine.connect(context.engine(), context.idle())) {
            Wanted wanted = resolve(engine, request);
            if (wanted.isEmpty()) {
                throw new OperationException(
                        "The images were removed from " + context.engine().uri() + " meanwhile.");
            }
            begin(engine, wanted);
            LayoutContent content =
                    request.platforms().isEmpty() && wanted.byId().isEmpty()
                            ? new PushedSave(context, engine).split(wanted.byReference(), splitter)
                            : null;
            if (content == null) {
                try (Progress saved = new Progress(
                        engine.saveImages(wanted.names(), request.platforms()), "saving", 0, context.log())) {
                    content = splitter.split(saved);
                }
            }
            check(content.archive(), wanted, request);
            return content;
        }
    }

    private void begin(Engine engine, Wanted wanted) {
        context.log()
                .line("Saving " + String.join(", ", wanted.names()) + " from "
                        + context.engine().uri() + " ("
                        + engine.capabilities().describe() + ")");
    }

    private SaveResult saveTar(Engine engine, SaveRequest request, Target target, Wanted wanted)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        String name = Target.fileName(shortName(wanted.names().get(0))) + ".tar";
        target.checkFree(target.place(name, request.compression()));
        try (ArchiveOutput output = new ArchiveOutput(target.directory(), target.name(), request.compression())) {
            long received;
            try (Progress saved =
                    new Progress(engine.saveImages(wanted.names(), request.platforms()), "saving", 0, context.log())) {
                new ImageTarWriter(output, context.limits()).copy(saved);
                received = saved.bytes();
            }
            ImageArchive archive = new ReadBack(output, context.limits()).images();
            check(archive, wanted, request);
            Path file = target.file(name + output.compression().extension());
            output.commit(file, target.replace());
            context.log()
                    .line("Saved " + archive.images().size() + (archive.images().size() == 1 ? " image, " : " images, ")
                            + Amount.since(start, received) + ", to " + target.relative(file) + ": "
                            + Amount.size(output.size())
                            + ", sha256 " + output.sha256());
            return new SaveResult(
                    target.root().toString(),
                    target.relative(file),
                    output.size(),
                    output.sha256(),
                    saved(archive, wanted.names()),
                    output.size(),
                    false);
        }
    }

    private static String shortName(String name) {
        return ImageName.isId(name) ? name.substring(0, Math.min(name.length(), "sha256:".length() + 12)) : name;
    }

    /** The images in the order in which they were asked for. */
    static List<SaveResult.SavedImage> saved(ImageArchive archive, List<String> names) {
        return saved(archive, names, diffId -> true);
    }

    /** The same, with the layers that were really added told from the others. */
    static List<SaveResult.SavedImage> saved(ImageArchive archive, List<String> names, Predicate<String> added) {
        List<SaveResult.SavedImage> images = new ArrayList<>();
        for (ArchivedImage image : archive.images()) {
            images.add(new SaveResult.SavedImage(
                    image.configDigest(),
                    image.references().stream().map(Reference::familiar).toList(),
                    image.platform().toString(),
                    image.layers().stream()
                            .map(layer ->
                                    new SaveResult.SavedLayer(layer.diffId(), layer.size(), added.test(layer.diffId())))
                            .toList(),
                    image.command(),
                    image.created()));
        }
        images.sort(Comparator.comparingInt(image -> image.references().stream()
                .mapToInt(names::indexOf)
                .filter(index -> index >= 0)
                .min()
                .orElse(names.size())));
        return images;
    }

    private void checkPlatforms(Engine engine, List<Platform> platforms) throws OperationException {
        if (!platforms.isEmpty() && !engine.capabilities().platformOnSaveAndLoad()) {
            throw new OperationException(
                    "platforms cannot be chosen on " + context.engine().uri() + " ("
                            + engine.capabilities().describe() + "): that needs Docker 28 (API 1.48) or later.");
        }
        if (platforms.size() > 1 && !engine.capabilities().severalPlatforms()) {
            throw new OperationException("only one platform can be saved at a time from "
                    + context.engine().uri() + " (" + engine.capabilities().describe()
                    + "): several need Docker 29 (API 1.52) or later.");
        }
    }

    /** Names every tag that is wanted itself: a bare repository would give all its tags, an ID none. */
    private Wanted resolve(Engine engine, SaveRequest request) throws IOException, InterruptedException {
        Wanted wanted = new Wanted();
        List<String> missing = new ArrayList<>();
        for (String text : request.images()) {
            boolean unnamed = ImageName.isId(text) || ImageName.isDigested(text);
            String name = unnamed ? text : Reference.parse(text).familiar();
            Optional<ImageInspection> found = engine.findImage(name);
            if (found.isEmpty() && ImageName.mayBeShortId(text)) {
                found = engine.findImage(text);
                unnamed = true;
            }
            if (found.isEmpty()) {
                missing.add(text);
            } else if (!unnamed) {
                wanted.byReference().put(asEngineNamesIt(Reference.parse(text), found.get()), found.get());
            } else {
                Set<Reference> references = references(found.get());
                if (references.isEmpty()) {
                    wanted.byId().put(found.get().id(), found.get());
                }
                for (Reference reference : references) {
                    wanted.byReference().put(reference, found.get());
                }
            }
        }
        if (!missing.isEmpty() && request.missing() == SaveRequest.Missing.FAIL) {
            throw new OperationException("There is no image " + String.join(", ", missing) + " on "
                    + context.engine().uri() + "; build, pull or load it there first, or set ignoreMissing: true.");
        }
        missing.forEach(text -> context.log()
                .line("No image " + text + " on " + context.engine().uri() + ": left out"));
        return wanted;
    }

    /** Podman finds {@code localhost/shop:1}, as it names what it builds, by {@code shop:1}, and saves it as that. */
    private static Reference asEngineNamesIt(Reference asked, ImageInspection found) {
        Set<Reference> own = references(found);
        Reference local = Reference.parseOrNull("localhost/" + asked.familiar());
        return !own.contains(asked) && local != null && own.contains(local) ? local : asked;
    }

    private static Set<Reference> references(ImageInspection image) {
        Set<Reference> references = new LinkedHashSet<>();
        for (String tag : image.repoTags()) {
            Reference reference = Reference.parseOrNull(tag);
            if (reference != null && !PushedSave.isOurs(tag)) {
                references.add(reference);
            }
        }
        return references;
    }

    /** What lies on the disk must be what the engine was asked for, no less and no more. */
    private void check(ImageArchive archive, Wanted wanted, SaveRequest request) throws IOException {
        Set<Reference> surplus = new LinkedHashSet<>(archive.references());
        for (Map.Entry<Reference, ImageInspection> want : wanted.byReference().entrySet()) {
            surplus.remove(want.getKey());
            ArchivedRoot root = archive.roots().stream()
                    .filter(r -> r.references().contains(want.getKey()))
                    .findFirst()
                    .orElseThrow(() -> incomplete(want.getKey() + " is missing in what it sent"));
            checkSame(want.getKey().toString(), root, want.getValue(), request);
        }
        for (Map.Entry<String, ImageInspection> want : wanted.byId().entrySet()) {
            boolean there = archive.roots().stream()
                    .anyMatch(root -> holds(root, want.getValue().diffIds()));
            if (!there) {
                throw incomplete(want.getKey() + " is missing in what it sent");
            }
        }
        if (!surplus.isEmpty()) {
            throw incomplete("it sent " + surplus + " as well, which nobody asked for");
        }
    }

    private void checkSame(String name, ArchivedRoot root, ImageInspection inspected, SaveRequest request)
            throws IOException {
        if (request.platforms().isEmpty()) {
            if (!holds(root, inspected.diffIds())) {
                throw incomplete(name + " has other layers in what it sent than the engine says it has");
            }
            return;
        }
        for (Platform platform : request.platforms()) {
            if (root.images().stream().noneMatch(image -> platform.matches(image.platform()))) {
                throw incomplete(name + " for " + platform + " is missing in what it sent");
            }
        }
    }

    private static boolean holds(ArchivedRoot root, List<String> diffIds) {
        return root.images().stream().anyMatch(image -> image.diffIds().equals(diffIds));
    }

    private OperationException incomplete(String what) {
        return new OperationException("The engine " + context.engine().uri() + " did not save what it was asked for: "
                + what + "; nothing was written, look into the engine's log.");
    }
}
