package io.jenkins.plugins.dockerarchive.store;

import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.CompressionChoice;
import io.jenkins.plugins.dockerarchive.image.LayerSplitter;
import io.jenkins.plugins.dockerarchive.image.LayoutContent;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import io.jenkins.plugins.dockerarchive.testengines.TestImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Saves without an engine: what one would send, as the bytes that go to the controller. */
final class TestTransfer {

    static final ArchiveLimits LIMITS = ArchiveLimits.defaults();

    private TestTransfer() {}

    /** An archive with one image of these layers, as an engine sends it. */
    static byte[] archive(String reference, TestLayer... layers) throws IOException {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        new TestImageArchive().image(List.of(reference), List.of(layers)).writeTo(tar);
        return tar.toByteArray();
    }

    /** What an agent sends of an archive to a controller that has some layers. */
    static byte[] sent(byte[] archive, Collection<StoredLayer> known, Path temporary) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        LayoutSender sender = new LayoutSender(bytes, known);
        LayoutContent content = new LayerSplitter(sender, CompressionChoice.AUTO, temporary, LIMITS)
                .split(new ByteArrayInputStream(archive));
        sender.commit(content);
        return bytes.toByteArray();
    }

    /** Saves an archive as a stash. Returns what was new. */
    static LayoutReceiver save(Path build, List<Path> earlier, byte[] archive, String stash, Path temporary)
            throws IOException {
        BuildStore store = new BuildStore(build, LIMITS);
        Collection<StoredLayer> known = known(store, earlier, archive, temporary);
        LayoutReceiver receiver = new LayoutReceiver(store, known, LIMITS);
        LayoutContent content = receiver.receive(new ByteArrayInputStream(sent(archive, known, temporary)));
        store.makeStash(stash, content);
        return receiver;
    }

    static Collection<StoredLayer> known(BuildStore store, List<Path> earlier, byte[] archive, Path temporary)
            throws IOException {
        List<BuildStore> stores = new ArrayList<>();
        earlier.forEach(build -> stores.add(new BuildStore(build, LIMITS)));
        List<String> diffIds = new ArrayList<>();
        LayoutContent content = new LayerSplitter(
                        new LayoutSender(new ByteArrayOutputStream(), List.of()),
                        CompressionChoice.AUTO,
                        temporary,
                        LIMITS)
                .split(new ByteArrayInputStream(archive));
        content.archive().images().forEach(image -> diffIds.addAll(image.diffIds()));
        return new JobLayers(store, stores, new LayersUnderway().of(Path.of("job")))
                .adopt(diffIds)
                .values();
    }

    /** Every file below a directory. */
    static TreeSet<String> files(Path directory) throws IOException {
        TreeSet<String> files = new TreeSet<>();
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                all.filter(Files::isRegularFile)
                        .forEach(file -> files.add(directory.relativize(file).toString()));
            }
        }
        return files;
    }
}
