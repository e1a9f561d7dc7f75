package io.jenkins.plugins.dockerarchive.image;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;

/** What {@link BoundedHeapTest} runs in a JVM of its own: reads archives and prints one line for each. */
final class HeapProbe {

    private HeapProbe() {}

    /** @param arguments pairs of what to do and with which file */
    public static void main(String[] arguments) throws IOException {
        for (int i = 0; i < arguments.length; i += 2) {
            Path file = Path.of(arguments[i + 1]);
            String told;
            try {
                told = switch (arguments[i]) {
                    case "filesystem" -> fileSystem(file);
                    case "split" -> split(file);
                    default -> image(file, arguments[i]);
                };
            } catch (ArchiveException | WrongArchiveException e) {
                told = "refused: " + e.getMessage();
            }
            System.out.println(told);
        }
    }

    private static String fileSystem(Path file) throws IOException {
        return FileSystemArchive.read(file, ArchiveLimits.defaults()).entries() + " entries";
    }

    /** As a save reads what an engine sends, which may be anybody's image. */
    private static String split(Path file) throws IOException {
        LayoutContent content = new LayerSplitter(
                        new Nowhere(),
                        CompressionChoice.AUTO,
                        file.resolveSibling("temporary"),
                        ArchiveLimits.defaults())
                .split(file);
        return content.archive().images().size() + " images";
    }

    /** Keeps nothing. */
    private static final class Nowhere implements LayerKeeper {
        @Override
        public void abandon() {}

        @Override
        public StoredLayer byDiffId(String diffId) {
            return null;
        }

        @Override
        public StoredLayer byDigest(String digest) {
            return null;
        }

        @Override
        public boolean hasPlainSize(long plainSize) {
            return false;
        }

        @Override
        public OutputStream begin() {
            return OutputStream.nullOutputStream();
        }

        @Override
        public void end(StoredLayer layer) {}
    }

    private static String image(Path file, String what) throws IOException {
        ImageArchive archive = ImageArchive.read(file, ArchiveLimits.defaults());
        long bytes = archive.images().stream()
                .flatMap(image -> image.layers().stream())
                .mapToLong(ArchivedLayer::size)
                .sum();
        if (what.equals("send")) {
            ArchivedRoot root = archive.roots().get(0);
            EngineArchive.Item item = new EngineArchive.Item(root, root.images().get(0), null);
            EngineArchive outgoing =
                    new EngineArchive(List.of(item), EngineArchive.Layout.DOCKER, ArchiveLimits.defaults());
            try (InputStream in = outgoing.open(file)) {
                bytes = 0;
                byte[] buffer = new byte[64 << 10];
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    bytes += read;
                }
            }
        }
        return archive.images().size() + " images, " + bytes + " bytes";
    }
}
