package io.jenkins.plugins.dockerarchive.operations;

import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import io.jenkins.plugins.dockerarchive.store.JobLayers;
import io.jenkins.plugins.dockerarchive.store.LayersUnderway;
import io.jenkins.plugins.dockerarchive.store.OutputInTurns;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the tests of saves in layers share: builds of one job on a controller's disk, and both sides of a save. */
abstract class KeptInLayersTest extends OperationsOnEnginesTest {

    private final LayersUnderway underway = new LayersUnderway();

    final Path build(int number) {
        return directory.resolve("builds").resolve(String.valueOf(number));
    }

    final BuildStore store(int number) {
        return new BuildStore(build(number), context(null).limits());
    }

    /** Numbers of the builds that a build may share layers with, newest first. */
    List<Integer> others(int number) {
        List<Integer> others = new ArrayList<>();
        for (int other = 9; other > 0; other--) {
            if (other != number) {
                others.add(other);
            }
        }
        return others;
    }

    /** A save under way, as transfer runs it. */
    final class Save {
        private final SaveRequest request;
        private final OperationContext context;
        private final FoundImages found;
        final KeepImages keep;

        Save(TestEngine engine, int number, Object... parameters) throws IOException, InterruptedException {
            this(engine.address(), number, parameters);
        }

        Save(EngineAddress engine, int number, Object... parameters) throws IOException, InterruptedException {
            Map<String, Object> map = new LinkedHashMap<>();
            for (int i = 0; i < parameters.length; i += 2) {
                map.put((String) parameters[i], parameters[i + 1]);
            }
            request = SaveRequest.from(new Parameters("dockerSave", map));
            context = context(engine);
            found = new SaveImages(context).find(request);
            List<BuildStore> others = new ArrayList<>();
            others(number).forEach(other -> others.add(store(other)));
            BuildStore own = store(number);
            keep = new KeepImages(
                    own,
                    new JobLayers(own, others, underway.of(directory)),
                    context.limits(),
                    log::add,
                    request,
                    found,
                    build(number).resolve("archive"));
        }

        SaveResult run() throws IOException, InterruptedException {
            try (keep) {
                SaveResult unchanged = keep.unchanged();
                return unchanged != null ? unchanged : send(out -> out);
            }
        }

        SaveResult send(java.util.function.UnaryOperator<OutputStream> link) throws IOException, InterruptedException {
            try (keep;
                    Reception reception = new Reception(keep, "a test", OutputStream.nullOutputStream())) {
                OutputStream out = new OutputInTurns(reception.sinks(4), OutputInTurns.Reader.BY_ARRIVAL);
                try {
                    new SaveImages(context).send(request, keep.known(), link.apply(out));
                } catch (IOException e) {
                    throw reception.reason(e);
                }
                SaveResult result = reception.result();
                reception.accept();
                return result;
            }
        }
    }

    final SaveResult keep(TestEngine engine, int number, String image, String stash)
            throws IOException, InterruptedException {
        return new Save(engine, number, "images", image, "stash", stash).run();
    }

    final ImageArchive read(int number, String stash) throws IOException {
        return ImageArchive.read(store(number).stash(stash), context(null).limits());
    }

    /** A directory with all that is in it, to where nothing is. */
    static void copy(Path from, Path to) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(from)) {
            all = walk.toList();
        }
        for (Path path : all) {
            Files.copy(path, to.resolve(from.relativize(path).toString()));
        }
    }
}
