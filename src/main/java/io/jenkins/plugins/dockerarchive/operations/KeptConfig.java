package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.ContainerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The configuration of a container that an export keeps beside its archive. */
final class KeptConfig {

    private static final String SUFFIX = ".config.json";

    private KeptConfig() {}

    /** Its place: {@code shop.tar.zst.config.json} beside {@code shop.tar.zst}. */
    @NonNull
    static Path beside(@NonNull Path archive) {
        return archive.resolveSibling(archive.getFileName() + SUFFIX);
    }

    /** The configuration beside an archive, or null when none was kept. */
    @CheckForNull
    static ContainerConfig read(@NonNull Path archive, @NonNull ArchiveLimits limits) throws IOException {
        Path file = beside(archive);
        if (!Files.isRegularFile(file)) {
            return null;
        }
        if (Files.size(file) > limits.jsonBytes()) {
            throw new ArchiveException(
                    "the kept configuration " + file.getFileName() + " has more than " + limits.jsonBytes() + " bytes");
        }
        return ContainerConfig.read(Files.readAllBytes(file), limits);
    }
}
