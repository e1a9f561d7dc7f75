package io.jenkins.plugins.dockerarchive.hermetic;

import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.engine.EngineCapabilities;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.CompressionChoice;
import io.jenkins.plugins.dockerarchive.image.LayerSplitter;
import io.jenkins.plugins.dockerarchive.image.LayoutContent;
import io.jenkins.plugins.dockerarchive.operations.ArchiveSource;
import io.jenkins.plugins.dockerarchive.operations.LayerRoute;
import io.jenkins.plugins.dockerarchive.operations.LoadAnswer;
import io.jenkins.plugins.dockerarchive.operations.LoadImages;
import io.jenkins.plugins.dockerarchive.operations.LoadRequest;
import io.jenkins.plugins.dockerarchive.operations.OperationContext;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import io.jenkins.plugins.dockerarchive.operations.SaveImages;
import io.jenkins.plugins.dockerarchive.operations.SaveRequest;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import io.jenkins.plugins.dockerarchive.store.DirectoryBlobs;
import io.jenkins.plugins.dockerarchive.store.JobLayers;
import io.jenkins.plugins.dockerarchive.store.LayersUnderway;
import io.jenkins.plugins.dockerarchive.store.LayoutDocuments;
import io.jenkins.plugins.dockerarchive.store.LayoutReceiver;
import io.jenkins.plugins.dockerarchive.store.LayoutSender;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/** Saves and loads of the plugin, agent and controller in one process. */
final class BenchOurs {

    private final Path work;
    private final EngineAddress address;
    private final LayerRoute route;
    private final LayersUnderway underway = new LayersUnderway();

    BenchOurs(Path work, EngineAddress address, LayerRoute route) {
        this.work = work;
        this.address = address;
        this.route = route;
    }

    /** Whether the engine's image store is one of which layers can be pushed. */
    boolean pushes() throws IOException, InterruptedException {
        try (Engine engine = Engine.connect(address, IdleTimeout.DEFAULT)) {
            return engine.capabilities().store() == EngineCapabilities.ImageStore.CONTAINERD;
        }
    }

    private OperationContext context() {
        return new OperationContext(
                work, temporary(), address, IdleTimeout.DEFAULT, ArchiveLimits.defaults(), route, line -> {});
    }

    private Path temporary() {
        return work.resolve("temporary");
    }

    SaveResult save(Path job, int build, String reference) throws IOException, InterruptedException {
        SaveRequest request =
                SaveRequest.from(new Parameters("dockerSave", Map.of("images", reference, "stash", "app")));
        OperationContext context = context();
        return Run.keepLayers(
                context, new SaveImages(context), request, new LocalStore(job, build, temporary(), underway));
    }

    void load(Path job, int build) throws IOException, InterruptedException {
        Path layout = stash(job, build);
        LoadRequest request = LoadRequest.from(
                new Parameters("dockerLoad", Map.of()), new ArchiveSource(null, null, null, "stash 'app'"));
        LoadImages loading = new LoadImages(context());
        LayoutDocuments documents = LayoutDocuments.read(layout, ArchiveLimits.defaults());
        LoadAnswer answer = loading.plan(request, documents);
        while (answer.result() == null) {
            answer = loading.load(request, documents, answer, new DirectoryBlobs(layout));
        }
    }

    static Path stash(Path job, int build) {
        return new BuildStore(job.resolve("builds/" + build), ArchiveLimits.defaults()).stash("app");
    }

    /** Builds that save one image at the same time. */
    void saveAtOnce(Path job, int builds, String reference)
            throws IOException, InterruptedException, ExecutionException {
        List<Callable<SaveResult>> saves = new ArrayList<>();
        for (int build = 1; build <= builds; build++) {
            int number = build;
            saves.add(() -> save(job, number, reference));
        }
        ExecutorService threads = Executors.newFixedThreadPool(builds);
        try {
            for (Future<SaveResult> save : threads.invokeAll(saves)) {
                save.get();
            }
        } finally {
            threads.shutdownNow();
        }
        Set<Object> files = new HashSet<>();
        long links = 0;
        try (Stream<Path> all = Files.walk(job)) {
            for (Path file : all.filter(f -> f.toFile().length() > 1 << 20).toList()) {
                files.add(Files.getAttribute(file, "unix:ino"));
                links++;
            }
        }
        // a layer lies in the pool and in the stash of each build
        if (files.size() * 2L * builds != links) {
            throw new IOException(links + " names of " + files.size() + " files: a layer is kept more than once");
        }
    }

    /** What a build keeps of an archive whose bytes come from no engine. */
    void keep(Path job, int build, InputStream archive, List<String> diffIds) throws IOException {
        ArchiveLimits limits = ArchiveLimits.defaults();
        BuildStore own = new BuildStore(job.resolve("builds/" + build), limits);
        List<BuildStore> others =
                build == 1 ? List.of() : List.of(new BuildStore(job.resolve("builds/" + (build - 1)), limits));
        var known = new JobLayers(own, others, underway.of(job)).adopt(diffIds).values();
        Files.createDirectories(temporary());
        Path sent = temporary().resolve("sent");
        try (OutputStream out = Files.newOutputStream(sent)) {
            LayoutSender sender = new LayoutSender(out, known);
            sender.commit(new LayerSplitter(sender, CompressionChoice.AUTO, temporary(), limits).split(archive));
        }
        try (InputStream in = new java.io.BufferedInputStream(Files.newInputStream(sent), 1 << 17)) {
            LayoutContent content = new LayoutReceiver(own, known, limits).receive(in);
            own.makeStash("app", content);
        }
        Files.delete(sent);
    }
}
