package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.engine.EngineCapabilities.ImageStore;
import io.jenkins.plugins.dockerarchive.engine.EngineException;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import io.jenkins.plugins.dockerarchive.engine.ImageInspection;
import io.jenkins.plugins.dockerarchive.engine.ImageSummary;
import io.jenkins.plugins.dockerarchive.engine.NotPushedException;
import io.jenkins.plugins.dockerarchive.engine.PushBrokenException;
import io.jenkins.plugins.dockerarchive.engine.PushEndpoint;
import io.jenkins.plugins.dockerarchive.engine.PushReference;
import io.jenkins.plugins.dockerarchive.image.LayerSplitter;
import io.jenkins.plugins.dockerarchive.image.LayoutContent;
import io.jenkins.plugins.dockerarchive.image.PushedImage;
import io.jenkins.plugins.dockerarchive.image.Reference;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Gets an image's new layers out of a containerd image store by a push to a {@linkplain PushEndpoint registry} on this
 * machine's loopback. The engine sends its blobs as they lie, and only those that are not there; its save reads and sends
 * the whole image. Possible only where engine and step share a loopback, and where the engine has all of the image.
 */
final class PushedSave {

    /** Time in which an engine that broke off says why. */
    private static final long REASON_MILLIS = 1000;

    /** A stopped step ends within five seconds, whatever its engine does. */
    private static final IdleTimeout CLEAN_UP_AFTER_FAILURE = new IdleTimeout(Duration.ofSeconds(3));

    private final OperationContext context;
    private final Engine engine;

    PushedSave(@NonNull OperationContext context, @NonNull Engine engine) {
        this.context = context;
        this.engine = engine;
    }

    /** Whether a reference is one that an image has only while it is pushed. */
    static boolean isOurs(@NonNull String reference) {
        return PushReference.parse(reference).isPresent();
    }

    /**
     * Takes the images apart while they are pushed.
     *
     * @return null when they have to be saved in the other way; layers that came are kept
     */
    @CheckForNull
    LayoutContent split(@NonNull Map<Reference, ImageInspection> wanted, @NonNull LayerSplitter splitter)
            throws IOException, InterruptedException {
        if (context.route() != LayerRoute.PUSH_WHERE_POSSIBLE
                || engine.capabilities().store() != ImageStore.CONTAINERD
                || wanted.isEmpty()) {
            return null;
        }
        List<PushedImage> images = images(wanted);
        for (PushedImage image : images) {
            if (!engine.hasEverythingOf(image.id())) {
                return null;
            }
        }
        try (Progress progress = new Progress("pushed", context.log());
                PushEndpoint endpoint = open(splitter, progress)) {
            if (!engine.reaches(endpoint)) {
                return null;
            }
            context.log().line("The engine pushes new layers to this machine");
            return push(endpoint, images, splitter);
        } catch (NotPushedException e) {
            context.log()
                    .line("No push (" + e.getMessage().replaceFirst("\\.$", "")
                            + "): the engine saves the whole image instead");
            return null;
        }
    }

    private PushEndpoint open(LayerSplitter splitter, Progress progress) throws NotPushedException {
        try {
            return PushEndpoint.open(splitter::keeps, context.limits().jsonBytes(), progress::count, context.idle());
        } catch (IOException e) {
            throw new NotPushedException(new IOException("this machine's loopback cannot be listened on: " + e, e));
        }
    }

    private static List<PushedImage> images(Map<Reference, ImageInspection> wanted) {
        Map<String, List<Reference>> byId = new LinkedHashMap<>();
        wanted.forEach((reference, image) ->
                byId.computeIfAbsent(image.id(), id -> new ArrayList<>()).add(reference));
        List<PushedImage> images = new ArrayList<>();
        byId.forEach((id, references) -> images.add(new PushedImage(PushReference.newTag(), id, references)));
        return images;
    }

    private LayoutContent push(PushEndpoint endpoint, List<PushedImage> images, LayerSplitter splitter)
            throws IOException, InterruptedException {
        boolean done = false;
        try {
            tag(endpoint, images);
            LayoutContent content = receive(endpoint, images, splitter);
            done = true;
            return content;
        } finally {
            cleanUp(endpoint, images, done);
        }
    }

    private void tag(PushEndpoint endpoint, List<PushedImage> images) throws IOException, InterruptedException {
        try {
            for (PushedImage image : images) {
                engine.tag(image.id(), endpoint.repository(), image.tag());
            }
        } catch (EngineException e) {
            throw e.isRefusal() ? new NotPushedException(e) : e;
        }
    }

    private LayoutContent receive(PushEndpoint endpoint, List<PushedImage> images, LayerSplitter splitter)
            throws IOException, InterruptedException {
        CompletableFuture<EngineException> failure = new CompletableFuture<>();
        Thread pushing = new Thread(() -> pushAll(endpoint, images, failure), "push to " + endpoint.repository());
        pushing.setDaemon(true);
        pushing.start();
        try {
            return splitter.split(endpoint, images);
        } catch (NotPushedException e) {
            throw e.getCause() instanceof PushBrokenException ? new NotPushedException(reason(failure, e)) : e;
        } finally {
            endpoint.close();
            pushing.interrupt(); // the engine's calls heed it
        }
    }

    private void pushAll(PushEndpoint endpoint, List<PushedImage> images, CompletableFuture<EngineException> failure) {
        IOException why = new IOException("the push was stopped");
        try {
            for (PushedImage image : images) {
                engine.push(endpoint, image.tag());
            }
            why = null;
        } catch (EngineException e) {
            failure.complete(e);
            why = e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (why == null) {
                endpoint.end();
            } else {
                endpoint.end(why);
            }
        }
    }

    private static IOException reason(CompletableFuture<EngineException> failure, NotPushedException broken)
            throws InterruptedException {
        try {
            return failure.get(REASON_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return broken;
        }
    }

    /** Removes our references, even when the thread was interrupted. */
    private void cleanUp(PushEndpoint endpoint, List<PushedImage> images, boolean done) {
        boolean interrupted = Thread.interrupted();
        try {
            if (done && !interrupted) {
                remove(engine, endpoint, images);
                sweep();
            } else {
                // the engine's calls were ended by what interrupted us
                try (Engine own = Engine.connect(context.engine(), CLEAN_UP_AFTER_FAILURE)) {
                    remove(own, endpoint, images);
                }
            }
        } catch (EngineException e) {
            context.log()
                    .line("Could not remove references of " + endpoint.repository() + " from "
                            + context.engine().uri() + ": " + e.getMessage());
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void remove(Engine with, PushEndpoint endpoint, List<PushedImage> images)
            throws EngineException, InterruptedException {
        for (PushedImage image : images) {
            with.removeImage(endpoint.repository() + ":" + image.tag());
        }
    }

    /**
     * Removes what agents left that were killed. Only an engine that shares our loopback comes here, and so does every agent
     * that it pushes to: where nobody listens any more, nobody pushes.
     */
    private void sweep() throws EngineException, InterruptedException {
        for (ImageSummary image : engine.listImages(List.of(PushReference.REPOSITORIES))) {
            for (String reference : image.repoTags()) {
                if (PushReference.parse(reference)
                        .filter(ours -> !ours.isInUse())
                        .isPresent()) {
                    engine.removeImage(reference);
                }
            }
        }
    }
}
