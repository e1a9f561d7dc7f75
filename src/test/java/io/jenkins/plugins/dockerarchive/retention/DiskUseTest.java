package io.jenkins.plugins.dockerarchive.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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

    @Test
    void onlyWhatHasNoOtherNameIsUnshared() throws Exception {
        Path earlier = Files.createDirectory(directory.resolve("1"));
        Path build = Files.createDirectories(directory.resolve("2/archive"));
        Path stash = Files.createDirectories(directory.resolve("2/stash"));
        Files.write(earlier.resolve("base"), new byte[1000]);
        Files.createLink(build.resolve("base"), earlier.resolve("base"));
        Files.write(build.resolve("own"), new byte[70]);
        Files.write(build.resolve("twice"), new byte[7]);
        Files.createLink(stash.resolve("twice"), build.resolve("twice"));
        assertEquals(70, DiskUse.unshared(List.of(build)));
        assertEquals(77, DiskUse.unshared(List.of(build, stash)));
        assertEquals(1077, DiskUse.unshared(List.of(earlier, build, stash)));
        assertEquals(0, DiskUse.unshared(List.of(directory.resolve("gone"))));
        assertEquals(0, DiskUse.unshared(List.of()));
    }
}
