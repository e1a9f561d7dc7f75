package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.ContainerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptConfigTest {

    private static final ArchiveLimits LIMITS = ArchiveLimits.defaults();

    @TempDir
    Path directory;

    @Test
    void liesBesideItsArchive() {
        assertEquals(Path.of("out", "shop.tar.zst.config.json"), KeptConfig.beside(Path.of("out", "shop.tar.zst")));
    }

    @Test
    void isReadWhereItLies() throws IOException {
        Path archive = directory.resolve("shop.tar");
        ContainerConfig config =
                ContainerConfig.of(new ObjectMapper().readTree("{\"Cmd\":[\"sh\"]}"), "linux/amd64", Map.of());
        Files.write(KeptConfig.beside(archive), config.write(LIMITS));

        assertEquals(List.of("CMD [\"sh\"]"), KeptConfig.read(archive, LIMITS).changes());
    }

    @Test
    void isNoneWhereNoneWasKept() throws IOException {
        assertNull(KeptConfig.read(directory.resolve("shop.tar"), LIMITS));
        Files.createDirectory(directory.resolve("other.tar.config.json"));
        assertNull(KeptConfig.read(directory.resolve("other.tar"), LIMITS));
    }

    @Test
    void isRefusedWhenItIsBrokenOrTooBig() throws IOException {
        Path archive = directory.resolve("shop.tar");
        Files.writeString(KeptConfig.beside(archive), "{\"config\":{\"Cmd\":");
        String broken = assertThrows(ArchiveException.class, () -> KeptConfig.read(archive, LIMITS))
                .getMessage();
        Files.writeString(KeptConfig.beside(archive), " ".repeat(LIMITS.jsonBytes()) + "{}");
        String big = assertThrows(ArchiveException.class, () -> KeptConfig.read(archive, LIMITS))
                .getMessage();

        assertTrue(broken.startsWith("the kept configuration is not JSON that can be read"), broken);
        assertEquals("the kept configuration shop.tar.config.json has more than 4194304 bytes", big);
    }
}
