package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a save of real engines holds, what its file is called, and what is left when it fails: nothing. */
class SaveOnEnginesTest extends OperationsOnEnginesTest {

    /** As the engine calls an image: podman puts a registry before a name that was loaded without. */
    private static String name(TestEngine engine, String reference) {
        return (isPodman(engine) ? "localhost/" : "") + reference;
    }

    /** Every reference in the archive, by both of its manifests. */
    private TreeSet<String> held(String file) throws IOException {
        TreeSet<String> references = new TreeSet<>();
        JsonNode manifest = JSON.readTree(entry(workspace().resolve(file), "manifest.json"));
        manifest.forEach(image -> image.path("RepoTags").forEach(tag -> references.add(familiar(tag.asText()))));
        return references;
    }

    private int images(String file) throws IOException {
        return JSON.readTree(entry(workspace().resolve(file), "manifest.json")).size();
    }

    // what is in it

    @EveryEngine
    void anIdKeepsTheReferencesOfItsImage(TestEngine engine) throws Exception {
        String one = repository("a") + ":1";
        String two = repository("a") + ":2";
        tiny(engine, one, two);
        String id = id(engine, name(engine, one));
        for (String asked : List.of(id, id.substring(7), id.substring(7, 19))) {
            save(engine, "images", asked, "file", "a.tar", "overwrite", true);
            assertEquals(new TreeSet<>(List.of(one, two)), held("a.tar"), asked);
            assertEquals(1, images("a.tar"), asked);
        }
    }

    @EveryEngine
    void anImageWithoutReferenceIsSavedByItsId(TestEngine engine) throws Exception {
        tiny(engine);
        String id = marked(engine).get(0).path("Id").asText();
        String full = id.startsWith("sha256:") ? id : "sha256:" + id;
        List<String> diffIds = diffIds(engine, id);
        SaveResult saved = save(engine, "images", full, "file", "a.tar");
        assertEquals(List.of(), saved.images().get(0).references());
        assertEquals(
                diffIds,
                saved.images().get(0).layers().stream()
                        .map(SaveResult.SavedLayer::diffId)
                        .toList());
        engine.call("DELETE", "/images/" + id, null);
        for (TestEngine to : engines()) {
            assertEquals(
                    diffIds,
                    diffIds(to, load(to, "file", "a.tar").images().get(0).id()),
                    to.name());
        }
    }

    @EveryEngine
    void imagesThatShareLayersLieInOneArchive(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        String b = repository("b") + ":1";
        byte[] base = new TestLayer().random("data/base", 400_000, 9).tar();
        tar(
                "two.tar",
                archive(
                        Raw.of(a, base, text("a").tar()),
                        Raw.of(b, base, text("b").tar())));
        load(engine, "file", "two.tar");
        SaveResult saved = save(engine, "images", List.of(a, b), "file", "saved.tar", "compression", "none");
        assertEquals(2, saved.images().size());
        assertTrue(saved.size() < 2 * 400_000, "the shared layer lies there once, but it has " + saved.size());
        for (TestEngine to : engines()) {
            String aThere = a.replace(":1", ":" + to.name());
            load(to, "file", "saved.tar", "rename", Map.of(a, aThere));
            assertEquals(diffIds(engine, a), diffIds(to, aThere), to.name());
            assertEquals(diffIds(engine, b), diffIds(to, b), to.name());
        }
    }

    @EveryEngine
    void aBareRepositoryMeansLatestOnly(TestEngine engine) throws Exception {
        String latest = repository("a") + ":latest";
        tiny(engine, latest, repository("a") + ":other");
        tiny(engine, repository("a") + ":third");
        SaveResult saved = save(engine, "images", repository("a"), "compression", "none");
        assertEquals(repository("a") + "_latest.tar", familiarFile(saved.file()));
        assertEquals(new TreeSet<>(List.of(latest)), held(saved.file()));
        remove(engine, name(engine, latest));
        failure(() -> save(engine, "images", repository("a"), "file", "b.tar"), repository("a"));
        assertFiles(saved.file());
    }

    private static String familiarFile(String file) {
        return file.replace("localhost_", "");
    }

    /** moby#51389: what Docker 28 saves of an ID beside a name is not in its index.json. */
    @EveryEngine
    void anIdBesideANameIsCompleteOnEveryEngine(TestEngine engine) throws Exception {
        String a = tiny(engine, repository("a") + ":1");
        tiny(engine);
        String id = null;
        for (JsonNode image : marked(engine)) {
            if (!image.path("RepoTags").toString().contains(repository("a"))) {
                id = image.path("Id").asText();
            }
        }
        List<String> nameless = diffIds(engine, id);
        SaveResult saved =
                save(engine, "images", List.of(a, id.startsWith("sha256:") ? id : "sha256:" + id), "file", "a.tar");
        assertEquals(2, saved.images().size());
        remove(engine, name(engine, a));
        engine.call("DELETE", "/images/" + id, null);
        for (TestEngine to : engines()) {
            LoadResult loaded = load(to, "file", "a.tar");
            Set<List<String>> found = new HashSet<>();
            for (LoadResult.LoadedImage image : loaded.images()) {
                found.add(diffIds(to, image.id()));
            }
            assertTrue(found.contains(nameless), to.name());
            assertEquals(2, found.size(), to.name());
        }
    }

    @EveryEngine
    void theSameNameTwiceIsOneImage(TestEngine engine) throws Exception {
        String a = tiny(engine, repository("a") + ":1");
        String id = id(engine, name(engine, a));
        SaveResult saved = save(engine, "images", List.of(a, a, id), "file", "a.tar");
        assertEquals(1, saved.images().size());
        assertEquals(new TreeSet<>(List.of(a)), held("a.tar"));
        assertEquals(1, images("a.tar"));
    }

    @EveryEngine
    void theSameImageGivesTheSameBytesEveryTime(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        String b = repository("b") + ":1";
        tiny(engine, a);
        tiny(engine, b);
        byte[] first = null;
        String index = null;
        for (int i = 0; i < 6; i++) {
            SaveResult saved = save(engine, "images", List.of(b, a), "file", "a.tar.zst", "overwrite", true);
            assertEquals(
                    List.of(b),
                    saved.images().get(0).references().stream()
                            .map(r -> familiar(r))
                            .toList());
            byte[] bytes = Files.readAllBytes(workspace().resolve("a.tar.zst"));
            assertEquals(sha256(bytes), saved.sha256());
            assertEquals(bytes.length, saved.size());
            first = first == null ? bytes : first;
            assertArrayEquals(first, bytes);
            SaveResult layout =
                    save(engine, "images", List.of(b, a), "file", "a.oci", "format", "oci", "overwrite", true);
            index = index == null ? layout.sha256() : index;
            assertEquals(index, layout.sha256());
        }
    }

    // missing images

    @EveryEngine
    void aMissingImageFailsTheSaveOrIsLeftOut(TestEngine engine) throws Exception {
        String a = tiny(engine, repository("a") + ":1");
        String none = repository("none") + ":1";
        String id = "sha256:" + "0".repeat(60) + mark.substring(0, 4);
        failure(
                () -> save(engine, "images", List.of(a, none, id)),
                none,
                id,
                engine.uri().toString(),
                "ignoreMissing");
        failure(() -> save(engine, "images", List.of(none), "format", "oci"), none);
        assertFiles();
        SaveResult nothing = save(engine, "images", List.of(none, id), "ignoreMissing", true);
        assertNull(nothing.file());
        assertTrue(nothing.skipped());
        assertFiles();
        SaveResult some = save(engine, "images", List.of(none, a), "ignoreMissing", "true", "file", "a.tar");
        assertEquals(1, some.images().size());
        assertTrue(logged("No image " + none), log.toString());
        assertFiles("a.tar");
    }

    // files

    @EveryEngine
    void theFileIsNamedAfterTheImageAndTheCompression(TestEngine engine) throws Exception {
        String a = "example.com:5000/x/" + repository("a") + ":1.0_b";
        tiny(engine, a);
        String stem = "example.com_5000_x_" + repository("a") + "_1.0_b";
        assertEquals(stem + ".tar.zst", save(engine, "images", a).file());
        assertEquals(
                stem + ".tar.gz",
                save(engine, "images", a, "compression", "gzip").file());
        assertEquals(
                stem + ".tar", save(engine, "images", a, "compression", "none").file());
        assertEquals(stem + ".oci", save(engine, "images", a, "format", "oci").file());
        assertEquals("un.tar", save(engine, "images", a, "file", "un.tar").file());
        assertEquals("b.tgz", save(engine, "images", a, "file", "b.tgz").file());
        assertEquals(
                "sub/c.tar.zst",
                save(engine, "images", a, "file", "sub/c.tar.zst").file());
        assertEquals(
                "plain.zst",
                save(engine, "images", a, "file", "plain.zst", "compression", "none")
                        .file());
        begins(stem + ".tar.zst", 0x28, 0xb5, 0x2f, 0xfd);
        begins(stem + ".tar.gz", 0x1f, 0x8b);
        begins("b.tgz", 0x1f, 0x8b);
        begins("sub/c.tar.zst", 0x28, 0xb5, 0x2f, 0xfd);
        for (String plain : List.of(stem + ".tar", "un.tar", "plain.zst")) {
            assertEquals(1, images(plain), plain);
        }
        for (String file : List.of(stem + ".tar.zst", "b.tgz", "un.tar", stem + ".oci")) {
            load(engine, "file", file, "images", a);
        }
    }

    private void begins(String file, int... magic) throws IOException {
        byte[] bytes = Files.readAllBytes(workspace().resolve(file));
        for (int i = 0; i < magic.length; i++) {
            assertEquals(magic[i], bytes[i] & 0xff, file);
        }
    }

    /** The containerd store compresses what it imports; that is not compressed once more, and keeps its digests. */
    @Test
    void layersThatAreCompressedAlreadyAreNotCompressedAgain() throws Exception {
        TestEngine engine = containerd();
        String a = repository("a") + ":1";
        Files.write(
                workspace().resolve("fs.tar"),
                new TestLayer().compressible("etc/a", 500_000, 1).tar());
        ImportResult imported =
                importImage(engine, "file", "fs.tar", "image", a, "changes", "LABEL docker-archive-test=" + mark);
        Files.delete(workspace().resolve("fs.tar"));
        SaveResult saved = save(engine, "images", a);
        assertEquals(repository("a") + "_1.tar", saved.file());
        SaveResult layout = save(engine, "images", a, "format", "oci");
        remove(engine, a);
        assertEquals(
                imported.id(),
                load(engine, "file", saved.file()).images().get(0).id());
        remove(engine, a);
        assertEquals(
                imported.id(),
                load(engine, "file", layout.file()).images().get(0).id());
        for (TestEngine to : engines()) {
            load(to, "file", saved.file());
            assertEquals(1, diffIds(to, a).size(), to.name());
        }
    }

    @EveryEngine
    void aTakenNameIsRefusedBeforeTheEngineSaves(TestEngine engine) throws Exception {
        String a = tiny(engine, repository("a") + ":1");
        String made = (isPodman(engine) ? "localhost_" : "") + repository("a") + "_1.tar";
        Files.writeString(workspace().resolve("a.tar"), "mine");
        Files.writeString(workspace().resolve(made + ".zst"), "mine");
        Files.writeString(workspace().resolve(made + ".gz"), "mine");
        Files.createDirectories(workspace().resolve("directory/inside"));
        log.clear();
        failure(
                () -> save(engine, "images", a, "file", "a.tar"),
                "The workspace has 'a.tar' already",
                "set overwrite: true to replace it, or give file another name.");
        assertFalse(logged("Saving"), "asked nothing of the engine");
        failure(() -> save(engine, "images", a), "'" + made + ".zst'", "overwrite: true");
        failure(() -> save(engine, "images", a, "compression", "gzip"), "'" + made + ".gz'", "overwrite: true");
        failure(() -> save(engine, "images", a, "file", "directory", "overwrite", true), "is a directory");
        failure(() -> save(engine, "images", a, "format", "oci", "file", "a.tar"), "'a.tar'", "overwrite: true");
        failure(
                () -> save(engine, "images", a, "format", "oci", "file", "directory", "overwrite", true),
                "'directory'",
                "directory of something else");
        failure(() -> save(engine, "images", a, "file", "../a.tar"), "outside the workspace");
        failure(() -> save(engine, "images", a, "file", "/tmp/a.tar"), "outside the workspace");
        assertEquals("mine", Files.readString(workspace().resolve("a.tar")));
        assertFiles("a.tar", made + ".zst", made + ".gz", "directory", "directory/inside");
        save(engine, "images", a, "file", "a.tar", "overwrite", true);
        assertEquals(1, images("a.tar"));
    }

    @Test
    void aLayoutIsReplacedWhenAskedFor() throws Exception {
        TestEngine engine = graph();
        String a = tiny(engine, repository("a") + ":1");
        String b = tiny(engine, repository("b") + ":1");
        save(engine, "images", a, "format", "oci", "file", "x.oci");
        failure(() -> save(engine, "images", b, "format", "oci", "file", "x.oci"), "'x.oci'", "overwrite: true");
        save(engine, "images", b, "format", "oci", "file", "x.oci", "overwrite", true);
        String index = Files.readString(workspace().resolve("x.oci/index.json"));
        assertTrue(index.contains(b) && !index.contains(a), index);
        assertEquals(
                List.of("blobs", "index.json", "manifest.json", "oci-layout"),
                files().stream()
                        .filter(f -> f.startsWith("x.oci/") && f.split("/").length == 2)
                        .map(f -> f.substring(6))
                        .toList());
        assertEquals(1, files().stream().filter(f -> !f.contains("/")).count(), "nothing else is left: " + files());
        load(engine, "file", "x.oci", "images", b);
    }

    // engines that cannot

    @EveryEngine
    void platformsNeedAnEngineThatKnowsThem(TestEngine engine) throws Exception {
        String a = tiny(engine, repository("a") + ":1");
        if (isDocker28(engine)) {
            save(engine, "images", a, "platforms", "linux/amd64", "file", "a.tar");
            assertFiles("a.tar");
            failure(() -> save(engine, "images", a, "platforms", List.of("linux/s390x"), "file", "b.tar"), a);
            failure(
                    () -> save(engine, "images", a, "platforms", "linux/amd64,linux/arm64", "file", "b.tar"),
                    "only one platform",
                    engine.uri().toString());
            assertFiles("a.tar");
        } else {
            failure(
                    () -> save(engine, "images", a, "platforms", "linux/amd64", "file", "a.tar"),
                    "platforms",
                    engine.uri().toString(),
                    "API 1.48");
            assertFiles();
        }
    }

    /** The store answers 200 and puts the error into the tar, and the docker command line is content with that. */
    @Test
    void anImageThatLostALayerIsNeverSaved() throws Exception {
        TestEngine engine = containerd();
        String a = image(engine, repository("a") + ":1", new TestLayer().random("data/big", 300_000, mark.hashCode()));
        String layer = diffIds(engine, a).get(2).substring("sha256:".length());
        String root = JSON.readTree(engine.call("GET", "/info", null))
                .path("DockerRootDir")
                .asText();
        // by its name: other tests' blobs come and go while this one is looked for
        Path blob = Path.of(root, "containerd/daemon/io.containerd.content.v1.content/blobs/sha256", layer);
        assertTrue(Files.isRegularFile(blob), blob.toString());
        Path away = directory.resolve("blob");
        Files.move(blob, away, StandardCopyOption.REPLACE_EXISTING);
        try {
            failure(() -> save(engine, "images", a, "file", "a.tar"), a);
            failure(() -> save(engine, "images", a, "file", "a.oci", "format", "oci"), a);
            assertFiles();
        } finally {
            Files.move(away, blob);
        }
        save(engine, "images", a, "file", "a.tar");
    }

    @EveryEngine
    void whatTheUserCallsAnImageIsNoPartOfAnAddress(TestEngine engine) throws Exception {
        for (String image : List.of("a:1/json?x=", "a b", "../info", "A:1", "a:", "", "a@sha256:12")) {
            failure(() -> save(engine, "images", List.of(image)), "dockerSave");
        }
        assertFiles();
        assertEquals(List.of(), references(engine));
    }
}
