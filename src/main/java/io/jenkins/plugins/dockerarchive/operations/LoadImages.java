package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.engine.ImageInspection;
import io.jenkins.plugins.dockerarchive.image.ArchivedImage;
import io.jenkins.plugins.dockerarchive.image.EngineArchive;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.image.LayerBlobs;
import io.jenkins.plugins.dockerarchive.image.Reference;
import io.jenkins.plugins.dockerarchive.image.Sha256;
import io.jenkins.plugins.dockerarchive.store.DirectoryBlobs;
import io.jenkins.plugins.dockerarchive.store.LayoutDocuments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@code dockerLoad}: an archive back into images. Layers that the engine has are not sent. The images go in under names
 * of ours, are compared with the archive, and only then get their references. Whatever fails before that leaves every
 * reference of the engine as it was.
 *
 * <p>An archive on this machine is loaded by {@link #run}. For a layout on another machine {@link #plan} tells which
 * blobs are needed, and {@link #load} takes them; it may ask once more, for all of them.
 */
public final class LoadImages {

    private final OperationContext context;

    public LoadImages(@NonNull OperationContext context) {
        this.context = context;
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
            context.log().line("Checking " + request.source().label());
            Path path = local.path();
            LayoutDocuments documents = Files.isDirectory(path) ? LayoutDocuments.read(path, context.limits()) : null;
            ImageArchive told = documents == null ? null : documents.archive(context.limits());
            ImageArchive archive = told == null ? ImageArchive.read(path, context.limits()) : told;
            Load load = new Load(engine, request, archive);
            LoadAnswer answer = load.plan();
            while (answer.result() == null) {
                answer = load.send(
                        answer,
                        outgoing -> told == null ? outgoing.open(path) : outgoing.open(new DirectoryBlobs(path)));
            }
            return answer.result();
        } catch (IOException e) {
            throw Failure.of("Cannot load " + request.source().label(), e);
        }
    }

    /**
     * Asks the engine what it lacks of a layout that lies elsewhere. Loads nothing, unless nothing has to be moved.
     *
     * @param request its source is a label only
     * @throws OperationException one sentence about what failed
     */
    @NonNull
    public LoadAnswer plan(@NonNull LoadRequest request, @NonNull LayoutDocuments documents)
            throws IOException, InterruptedException {
        try (Engine engine = Engine.connect(context.engine(), context.idle())) {
            context.log().line("Checking " + request.source().label());
            checkSum(request.source(), documents);
            ImageArchive archive = documents.archive(context.limits());
            return archive == null ? LoadAnswer.read() : new Load(engine, request, archive).plan();
        } catch (IOException e) {
            throw Failure.of("Cannot load " + request.source().label(), e);
        }
    }

    /**
     * Loads a layout that lies elsewhere.
     *
     * @param asked what was answered before: {@link LoadAnswer.Kind#SEND}
     * @param blobs those of {@link LoadAnswer#wanted}, each proved while the engine takes it
     * @return done, or another wish because the engine has changed meanwhile
     * @throws OperationException one sentence about what failed
     */
    @NonNull
    public LoadAnswer load(
            @NonNull LoadRequest request,
            @NonNull LayoutDocuments documents,
            @NonNull LoadAnswer asked,
            @NonNull LayerBlobs blobs)
            throws IOException, InterruptedException {
        try (Engine engine = Engine.connect(context.engine(), context.idle())) {
            checkSum(request.source(), documents);
            ImageArchive archive = documents.archive(context.limits());
            if (archive == null) {
                throw new OperationException(
                        "The documents of " + request.source().label() + " have changed.");
            }
            return new Load(engine, request, archive).send(asked, outgoing -> outgoing.open(blobs));
        } catch (IOException e) {
            throw Failure.of("Cannot load " + request.source().label(), e);
        }
    }

    /** The index of a layout states the digest of everything in it. */
    private static void checkSum(ArchiveSource source, LayoutDocuments documents) throws OperationException {
        byte[] index = documents.documents().get("index.json");
        if (source.sha256() != null && index != null) {
            LocalArchive.check(source, Sha256.hex(Sha256.of(index)));
        }
    }

    /** One archive and one engine. */
    private final class Load {
        private final Engine engine;
        private final LoadRequest request;
        private final ImageArchive archive;
        private final long start = System.nanoTime();

        Load(Engine engine, LoadRequest request, ImageArchive archive) {
            this.engine = engine;
            this.request = request;
            this.archive = archive;
        }

        LoadAnswer plan() throws IOException, InterruptedException {
            List<Arrival> arrivals = new Arrivals(context, engine, request).of(archive);
            List<Arrival> sent = sent(arrivals);
            if (sent.isEmpty()) {
                return done(arrivals, Map.of(), Map.of(), 0);
            }
            Staging.sweep(context, engine);
            KnownLayers known = KnownLayers.of(engine, sent);
            Map<String, Integer> there = new LinkedHashMap<>();
            for (Arrival arrival : sent) {
                for (ArchivedImage image : arrival.images()) {
                    there.put(image.configDigest(), known.count(image.diffIds()));
                }
            }
            return LoadAnswer.send(wanted(sent, there, false), there, false);
        }

        private List<Arrival> sent(List<Arrival> arrivals) {
            return arrivals.stream().filter(Arrival::mustBeSent).toList();
        }

        private List<EngineArchive.Wanted> wanted(List<Arrival> sent, Map<String, Integer> there, boolean whole) {
            return Staging.shape(context, engine, pieces(sent), there, whole).wanted();
        }

        LoadAnswer send(LoadAnswer asked, Staging.Opening source) throws IOException, InterruptedException {
            List<Arrival> arrivals = new Arrivals(context, engine, request).of(archive);
            List<Arrival> sent = sent(arrivals);
            if (sent.isEmpty()) {
                return done(arrivals, Map.of(), asked.there(), 0);
            }
            if (!wanted(sent, asked.there(), asked.whole()).equals(asked.wanted())) {
                return plan(); // somebody else has loaded or removed one of them meanwhile
            }
            Map<Arrival, ImageInspection> loaded = new LinkedHashMap<>();
            long bytes;
            try (Staging staging = new Staging(context, engine, pieces(sent))) {
                bytes = staging.send(source, asked.there(), asked.whole());
                for (int i = 0; i < sent.size(); i++) {
                    loaded.put(sent.get(i), staging.inspections().get(i));
                }
            } catch (LayersGoneException e) {
                context.log()
                        .line("The engine lacks layers that it seemed to have; sending the whole archive ("
                                + e.getMessage() + ")");
                return LoadAnswer.send(wanted(sent, Map.of(), true), Map.of(), true);
            }
            return done(arrivals, loaded, asked.there(), bytes);
        }

        private List<Staging.Piece> pieces(List<Arrival> sent) {
            return sent.stream()
                    .map(a -> new Staging.Piece(a.root(), a.image(), a.references()))
                    .toList();
        }

        private LoadAnswer done(
                List<Arrival> arrivals, Map<Arrival, ImageInspection> loaded, Map<String, Integer> there, long bytes) {
            LoadResult result = result(arrivals, loaded, there);
            context.log().line(summary(result, loaded.size()) + ": " + Amount.since(start, bytes));
            return LoadAnswer.done(result);
        }
    }

    private static LoadResult result(
            List<Arrival> arrivals, Map<Arrival, ImageInspection> loaded, Map<String, Integer> there) {
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
                        image.configDigest(),
                        arrival.references().stream().map(Reference::familiar).toList(),
                        image.platform().toString(),
                        image.layers().size(),
                        arrival.there().isPresent()
                                ? image.layers().size()
                                : there.getOrDefault(image.configDigest(), 0)));
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
}
