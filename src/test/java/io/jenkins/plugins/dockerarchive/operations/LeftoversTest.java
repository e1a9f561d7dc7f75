package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What killed agents left is deleted, and nothing else. */
class LeftoversTest {

    @TempDir
    private Path directory;

    @Test
    void oldOnesOfOursGo() throws IOException {
        Path step = Files.createDirectories(directory.resolve(step()).resolve("stash/inner"));
        Files.writeString(step.resolve("archive.tar"), "half");
        age(directory, Duration.ofDays(2));
        Files.writeString(directory.resolve(part()), "half");
        age(directory, Duration.ofDays(2));
        new Leftovers(directory).sweep();
        assertEquals(List.of(), left());
    }

    @Test
    void thoseThatMayBeInUseStay() throws IOException {
        Path inUse = Files.createDirectories(directory.resolve(step()));
        Path file = Files.writeString(inUse.resolve("archive.tar"), "growing");
        age(directory, Duration.ofDays(2));
        age(file, Duration.ofHours(1));
        Path part = Files.writeString(directory.resolve(part()), "growing");
        new Leftovers(directory).sweep();
        assertEquals(Stream.of(inUse, part).sorted().toList(), left());
    }

    @Test
    void whatOthersHaveStays() throws IOException {
        for (String name : List.of(
                "docker-archive-shop",
                "shop.tar.part",
                ".docker-archive.part",
                "x" + part(),
                step() + "x",
                "shop.tar")) {
            Files.writeString(directory.resolve(name), "theirs");
        }
        List<Path> before = left();
        age(directory, Duration.ofDays(20));
        new Leftovers(directory).sweep();
        assertEquals(before, left());
    }

    @Test
    void linksAreNotFollowed() throws IOException {
        Path theirs = Files.createDirectories(directory.resolve("theirs"));
        Path file = Files.writeString(theirs.resolve("file"), "theirs");
        Path ours = Files.createDirectories(directory.resolve("tmp").resolve(step()));
        age(ours, Duration.ofDays(2));
        Files.createSymbolicLink(ours.getParent().resolve(step()), theirs);
        Files.createSymbolicLink(ours.resolve("link"), theirs);
        new Leftovers(ours.getParent()).sweep();
        assertEquals("theirs", Files.readString(file));
    }

    @Test
    void nothingThereIsNoFailure() {
        new Leftovers(directory.resolve("none")).sweep();
        assertEquals(false, Files.exists(directory.resolve("none")));
    }

    private static String step() {
        return "docker-archive-" + UUID.randomUUID() + "-0";
    }

    private static String part() {
        return ".docker-archive-" + UUID.randomUUID() + ".part";
    }

    private static void age(Path path, Duration age) throws IOException {
        try (Stream<Path> walk = Files.walk(path)) {
            for (Path each : (Iterable<Path>) walk::iterator) {
                Files.setLastModifiedTime(each, FileTime.from(Instant.now().minus(age)));
            }
        }
    }

    private List<Path> left() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        }
    }
}
