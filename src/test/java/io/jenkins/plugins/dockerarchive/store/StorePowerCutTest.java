package io.jenkins.plugins.dockerarchive.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.ArchiveOutput;
import io.jenkins.plugins.dockerarchive.image.CompressionChoice;
import io.jenkins.plugins.dockerarchive.image.FileTree;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.image.Sha256;
import io.jenkins.plugins.dockerarchive.testengines.Fault;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.Tries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The power is cut after each single thing that saves and deletions do to the disk: every archive that can be seen
 * afterwards is sound, and the store goes on with what is left. {@code -Ddocker.archive.kill.rounds=50} is the long form.
 */
@Timeout(600)
@Tries(Fault.F9)
class StorePowerCutTest {

    private static final String FILE = "archive/shop.tar.zst";
    private static final String LAYOUT = "archive/shop.oci";

    /** Every cut is tried in the long form, one of some in the short one. */
    private static final int STEP = Integer.getInteger("docker.archive.kill.rounds", 8) > 8 ? 1 : 3;

    /** After which cuts the store goes on: each time costs a save. */
    private static final int NEXT = 5;

    @TempDir
    Path directory;

    private final long seed = Long.getLong("docker.archive.seed", 1);
    private final TestLayer base = new TestLayer().random("base", 3_000, 1);
    private RecordedDisk disk;
    /** Stashes by what was done to the disk when their save had returned. */
    private final Map<String, Integer> saved = new LinkedHashMap<>();

    private final Map<String, Integer> deleted = new LinkedHashMap<>();
    private String content;

    @BeforeEach
    void record() throws IOException {
        disk = new RecordedDisk(Files.createDirectories(directory.resolve("disk")));
        Path temporary = directory.resolve("temporary");
        Path one = build("1");
        Path two = build("2");
        TestTransfer.save(one, List.of(), archive("one"), "shop", temporary);
        saved.put("1", disk.events().size());
        TestTransfer.save(two, List.of(one), archive("two"), "shop", temporary);
        saved.put("2", disk.events().size());
        BuildStore second = new BuildStore(two, TestTransfer.LIMITS);
        second.makeArtifact(two.resolve(LAYOUT), second.layouts().get(0));
        writeFile(two.resolve(FILE), "first");
        writeFile(two.resolve(FILE), "second");
        deleted.put("1", disk.events().size());
        new BuildStore(one, TestTransfer.LIMITS).clear();
        TestTransfer.save(build("3"), List.of(two), archive("two"), "shop", temporary);
        saved.put("3", disk.events().size());
        deleted.put("2", disk.events().size());
        second.removeStash("shop");
        second.clear();
        second.removeArtifact(two.resolve(LAYOUT));
    }

    private Path build(String number) {
        return disk.root().resolve(number);
    }

    private byte[] archive(String text) throws IOException {
        return TestTransfer.archive("shop:1", base, new TestLayer().text("app", text));
    }

    private void writeFile(Path file, String text) throws IOException {
        try (ArchiveOutput output =
                new ArchiveOutput(file.getParent(), file.getFileName().toString(), CompressionChoice.ZSTD)) {
            output.write(text.repeat(500).getBytes(java.nio.charset.StandardCharsets.UTF_8));
            output.complete();
            content = (content == null ? "" : content) + output.sha256() + " ";
            output.commit(file, ArchiveOutput.Replace.YES);
        }
    }

    @ParameterizedTest
    @EnumSource(PowerCut.Names.class)
    void everyArchiveThatCanBeSeenAfterwardsIsSound(PowerCut.Names names) throws Exception {
        PowerCut cut = new PowerCut(disk.events());
        Random random = new Random(seed);
        int seen = 0;
        for (int after = random.nextInt(STEP); after <= disk.events().size(); after += STEP) {
            Path left = directory.resolve("left-" + after);
            cut.leave(after, names, random, left);
            String when = names + " after " + after + " of " + disk.events().size() + ", seed " + seed;
            for (String number : List.of("1", "2", "3")) {
                seen += sound(left.resolve(number), when);
                boolean promised = after >= saved.get(number) && after <= deleted.getOrDefault(number, 1 << 30);
                if (promised && (names == PowerCut.Names.ALL || names == PowerCut.Names.JOURNAL)) {
                    assertTrue(
                            new BuildStore(left.resolve(number), TestTransfer.LIMITS).hasStash("shop"),
                            "build " + number + " was saved, " + when);
                }
            }
            if (after / STEP % NEXT == 0) {
                goesOn(left, when);
            }
            FileTree.delete(left);
        }
        assertTrue(seen > 50, "archives were there: " + seen);
    }

    private int sound(Path build, String when) throws Exception {
        int seen = 0;
        BuildStore store = new BuildStore(build, TestTransfer.LIMITS);
        for (Path layout : List.of(store.stash("shop"), build.resolve(LAYOUT))) {
            if (Files.exists(layout)) {
                try {
                    assertEquals(
                            2,
                            ImageArchive.read(layout, TestTransfer.LIMITS)
                                    .images()
                                    .get(0)
                                    .layers()
                                    .size());
                } catch (IOException e) {
                    throw new AssertionError(layout + ", " + when, e);
                }
                seen++;
            }
        }
        Path file = build.resolve(FILE);
        if (Files.exists(file)) {
            assertTrue(content.contains(Sha256.hex(Sha256.of(Files.readAllBytes(file)))), file + ", " + when);
            seen++;
        }
        store.layouts();
        return seen;
    }

    /** The next builds use what is left, and nothing of it is wrong; what is half goes. */
    private void goesOn(Path left, String when) throws Exception {
        List<Path> earlier = List.of(left.resolve("3"), left.resolve("2"), left.resolve("1"));
        TestTransfer.save(left.resolve("4"), earlier, archive("two"), "next", directory.resolve("temporary"));
        BuildStore next = new BuildStore(left.resolve("4"), TestTransfer.LIMITS);
        try {
            ImageArchive.read(next.stash("next"), TestTransfer.LIMITS);
        } catch (IOException e) {
            throw new AssertionError("the next save, " + when, e);
        }
        for (Path build : earlier) {
            BuildStore store = new BuildStore(build, TestTransfer.LIMITS);
            store.sweep(Duration.ZERO);
            for (String file : TestTransfer.files(build.resolve(BuildStore.DIRECTORY))) {
                assertTrue(!file.contains(LayoutDirectory.UNFINISHED), file + ", " + when);
            }
        }
    }

    /** The model would be worth nothing if it let everything through. */
    @Test
    void aFileThatGetsItsNameBeforeItsContentIsFlushedIsFound() throws Exception {
        RecordedDisk careless = new RecordedDisk(Files.createDirectories(directory.resolve("careless")));
        Path file = careless.root().resolve("a");
        Files.writeString(file.resolveSibling("b"), "content");
        Files.move(file.resolveSibling("b"), file);
        Path left = directory.resolve("left");
        new PowerCut(careless.events()).leave(careless.events().size(), PowerCut.Names.ALL, new Random(), left);
        assertEquals("\0".repeat(7), Files.readString(left.resolve("a")));
        Path strict = directory.resolve("strict");
        new PowerCut(careless.events()).leave(careless.events().size(), PowerCut.Names.FLUSHED, new Random(), strict);
        assertTrue(Files.notExists(strict.resolve("a")));
    }
}
