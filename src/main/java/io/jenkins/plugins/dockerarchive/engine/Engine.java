package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A container engine: Docker 20.10 or later, or podman's API service.
 *
 * <p><b>Failures.</b> Every method that talks to the engine throws {@link EngineException} with one sentence for a
 * person when the engine cannot be reached, refuses, or does not do what was asked. A name that no engine could know is
 * such a failure, too, and never reaches another endpoint.
 *
 * <p><b>Ending a call.</b> Interrupting the calling thread and {@link #abort()} from any thread end every call within a
 * second, on every transport and in every phase. An interrupted method throws {@link InterruptedException}, an
 * interrupted read of a returned stream {@link java.io.InterruptedIOException} with the thread's interrupt flag still
 * set. Each call has a connection of its own, so nothing outlives it.
 *
 * <p>Calls may be made by several threads at the same time.
 */
public final class Engine implements Closeable {

    private final EngineAddress address;
    private final EngineCapabilities capabilities;
    private final Calls calls;

    private Engine(EngineAddress address, EngineCapabilities capabilities, Calls calls) {
        this.address = address;
        this.capabilities = capabilities;
        this.calls = calls;
    }

    /**
     * Connects and asks who the engine is.
     *
     * @throws EngineException when nothing at that address answers like a container engine
     */
    @NonNull
    public static Engine connect(@NonNull EngineAddress address, @NonNull IdleTimeout idle)
            throws EngineException, InterruptedException {
        Calls calls = Calls.to(address, idle);
        try {
            Engine engine = new Engine(address, new ConnectCalls(calls).ask(), calls);
            calls = null;
            return engine;
        } finally {
            if (calls != null) {
                calls.close();
            }
        }
    }

    @NonNull
    public EngineAddress address() {
        return address;
    }

    @NonNull
    public EngineCapabilities capabilities() {
        return capabilities;
    }

    /** The image of that reference or ID, or nothing when the engine does not have it. */
    @NonNull
    public Optional<ImageInspection> findImage(@NonNull String nameOrId) throws EngineException, InterruptedException {
        return new ImageCalls(calls).find(nameOrId);
    }

    /**
     * Whether the engine has all the content of an image, for one platform at least. A containerd image store may have a
     * reference to an image that it cannot save or run; other engines, and those before Docker 28, are not asked.
     */
    public boolean hasAllOf(@NonNull String nameOrId) throws EngineException, InterruptedException {
        return !capabilities.tellsMissingContent() || new ImageCalls(calls).hasAllOf(nameOrId);
    }

    /**
     * Whether the engine has the content of all that an image consists of, every platform included. Only a containerd image
     * store of Docker 28 or later can say that it has not.
     */
    public boolean hasEverythingOf(@NonNull String nameOrId) throws EngineException, InterruptedException {
        return !capabilities.tellsMissingContent() || new ImageCalls(calls).hasEverythingOf(nameOrId);
    }

    /** The images that the engine has, those without a reference included. Slow on a containerd image store. */
    @NonNull
    public List<ImageSummary> listImages() throws EngineException, InterruptedException {
        return new ImageCalls(calls).list(List.of());
    }

    /**
     * The images with a reference of one of these repositories, which is quick on every engine.
     *
     * @param repositories as the engine writes them, without tags; at least one
     */
    @NonNull
    public List<ImageSummary> listImages(@NonNull Collection<String> repositories)
            throws EngineException, InterruptedException {
        if (repositories.isEmpty()) {
            throw new IllegalArgumentException("No repository means all images to an engine");
        }
        return new ImageCalls(calls).list(repositories);
    }

    /**
     * Gives an image one more reference; another image that has it loses it.
     *
     * @param source reference or ID of the image
     * @param repository without tag
     */
    public void tag(@NonNull String source, @NonNull String repository, @NonNull String tag)
            throws EngineException, InterruptedException {
        new ImageCalls(calls).tag(source, repository, tag);
    }

    /**
     * Removes a reference, and the image with its unused parents when that was its last one. Without effect when the
     * engine does not have it.
     *
     * @throws EngineException with status 409 when a container uses the image
     */
    public void removeImage(@NonNull String reference) throws EngineException, InterruptedException {
        new ImageCalls(calls).remove(reference);
    }

    /** The container of that name or ID, or nothing when the engine does not have it. */
    @NonNull
    public Optional<ContainerInspection> findContainer(@NonNull String nameOrId)
            throws EngineException, InterruptedException {
        return new ContainerCalls(calls).find(nameOrId);
    }

    /** Freezes a running container's processes. */
    public void pause(@NonNull String container) throws EngineException, InterruptedException {
        new ContainerCalls(calls).pause(container);
    }

    /** Lets a paused container's processes run again. */
    public void unpause(@NonNull String container) throws EngineException, InterruptedException {
        new ContainerCalls(calls).unpause(container);
    }

    /**
     * Saves images with all layers. Waits until the engine has begun to answer, which on a graph driver means that it
     * has written everything to its own disk.
     *
     * <p>Engines report errors that come later inside the tar, so verify it. A connection that ends early makes a read
     * fail. Closing the stream early drops the connection at once, without reading the rest.
     *
     * @param names references or IDs, at least one. Name every tag that is wanted: a bare repository means all its tags
     *     to most engines, and an ID saves the image without references
     * @param platforms to save, all of what is there when empty
     * @return a tar with a {@code manifest.json}; to be closed
     * @throws EngineException also when the engine cannot pick platforms and some are asked for
     */
    @NonNull
    public InputStream saveImages(@NonNull List<String> names, @NonNull List<Platform> platforms)
            throws EngineException, InterruptedException {
        return new SaveCall(calls, capabilities).send(names, platforms);
    }

    /**
     * Loads images and waits until the engine has unpacked them.
     *
     * @param tar an archive of images; read to its end but not closed. It is read by another thread while this one
     *     waits, and no more once this method has returned (unless one of its reads ignores an interrupt for a second)
     * @param platforms to load, all when empty
     * @param progress takes every object of the engine's answer, in the calling thread
     * @throws IOException what reading {@code tar} threw, as it is: the engine has then got no complete archive and
     *     loads nothing of it
     * @throws EngineException (an {@code IOException}) when the engine reports an error anywhere in its answer, or no
     *     loaded image. Some images of an archive may be there nevertheless
     */
    @NonNull
    public LoadReport loadImages(
            @NonNull InputStream tar, @NonNull List<Platform> platforms, @NonNull Consumer<EngineEvent> progress)
            throws IOException, InterruptedException {
        return new LoadCall(calls, capabilities).send(tar, platforms, progress);
    }

    /**
     * Whether the engine gets to that endpoint: only one that shares this machine's loopback does. Nothing of an image is
     * sent for it.
     */
    public boolean reaches(@NonNull PushEndpoint endpoint) throws EngineException, InterruptedException {
        return new PushCall(calls).reaches(endpoint);
    }

    /**
     * Pushes an image that has a reference of that endpoint's, and waits until the endpoint has answered for all of it.
     *
     * @throws EngineException when the engine reports an error anywhere in its answer
     */
    public void push(@NonNull PushEndpoint endpoint, @NonNull String tag) throws EngineException, InterruptedException {
        new PushCall(calls).send(endpoint, tag);
    }

    /**
     * Exports a container's file system, without volumes. Closing and errors are those of {@link #saveImages}.
     *
     * @return a tar; to be closed
     */
    @NonNull
    public InputStream exportContainer(@NonNull String nameOrId) throws EngineException, InterruptedException {
        return new ContainerCalls(calls).export(nameOrId);
    }

    /**
     * Makes an image of a file system. A containerd image store may keep a broken image of that name when it fails.
     *
     * @param tar a file system; read like that of {@link #loadImages}. An empty stream is refused, because engines make
     *     an empty image of it
     * @return ID of the image
     * @throws IOException what reading {@code tar} threw, as it is
     */
    @NonNull
    public String importImage(@NonNull InputStream tar, @NonNull ImportParameters parameters)
            throws IOException, InterruptedException {
        return new ImportCall(calls).send(tar, parameters);
    }

    /**
     * Makes an image with other settings of an image that is there, no layer added: for the instructions of {@link
     * EngineCapabilities#instructionsRefusedByImport()} on Docker. Its classic builder does it, without any network.
     *
     * @param base reference of the image
     * @param instructions Dockerfile instructions that change no file, one in each
     */
    public void amendImage(
            @NonNull String base, @NonNull List<String> instructions, @NonNull String repository, @NonNull String tag)
            throws IOException, InterruptedException {
        new AmendCall(calls).send(base, instructions, repository, tag);
    }

    /**
     * Ends every call that is under way and refuses new ones; from any thread. The ended calls, and reads of the streams
     * they returned, throw {@link EngineException}.
     */
    public void abort() {
        calls.abort();
    }

    /** Ends what is still under way and the threads that watched over it. */
    @Override
    public void close() {
        calls.close();
    }
}
