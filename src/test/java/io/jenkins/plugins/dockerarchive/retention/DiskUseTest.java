package io.jenkins.plugins.dockerarchive.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskUseTest {

    @TempDir
    private Path directory;

    @Test
    void fileWithTwoNamesTakesItsPlaceOnce() throws Exception {
        Path first = Files.createDirectory(directory.resolve("1"));
        Path second = Files.createDirectory(directory.resolve("2"));
        Files.write(first.resolve("blob"), new byte[1000]);
        Files.createLink(second.resolve("blob"), first.resolve("blob"));
        Files.write(second.resolve("own"), new byte[7]);
        DiskUse use = new DiskUse();
        assertEquals(1000, use.add(DiskUse.of(first)));
        assertEquals(7, use.add(DiskUse.of(second)));
        assertEquals(1007, use.bytes());
    }

    @Test
    void linksAreNotFollowed() throws Exception {
        Path elsewhere = Files.write(directory.resolve("elsewhere"), new byte[100_000]);
        Path archive = Files.createDirectory(directory.resolve("archive"));
        Files.createSymbolicLink(archive.resolve("link"), elsewhere);
        DiskUse use = new DiskUse();
        use.add(DiskUse.of(archive));
        assertEquals(true, use.bytes() < 1000);
    }

    @Test
    void whatIsNotThereTakesNothing() throws Exception {
        assertEquals(Map.of(), DiskUse.of(directory.resolve("gone")));
    }
}
