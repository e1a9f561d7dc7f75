package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.UnixRelay;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a load does to the references of real engines, and what it leaves when it fails: nothing. */
class LoadOnEnginesTest extends OperationsOnEnginesTest {

    private static byte[] layer(String text) throws IOException {
        return text(text).tar();
    }

    /** A layer of a sound digest that no engine can unpack. */
    private static byte[] garbage() {
        byte[] bytes = new byte[4096];
        Arrays.fill(bytes, (byte) 'g');
        return bytes;
    }

    // what was expected

    @EveryEngine
    void anArchiveWithOtherImagesThanExpectedIsNotLoaded(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        String b = repository("b") + ":1";
        tar("two.tar", archive(Raw.of(a, layer("a")), Raw.of(b, layer("b"))));
        failure(() -> load(engine, "file", "two.tar", "images", List.of(a)), "holds " + a + ", " + b, "not " + a);
        failure(() -> load(engine, "file", "two.tar", "images", List.of(a, b, repository("c"))), "as expected");
        failure(() -> load(engine, "file", "two.tar", "images", repository("c") + ":1"), "as expected");
        assertEquals(List.of(), references(engine));
        load(engine, "file", "two.tar", "images", b + " " + a);
        assertEquals(List.of(a, b), references(engine));
    }

    @EveryEngine
    void aRenamedImageHasItsNewReferenceOnly(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        String b = repository("b") + ":1";
        String other = repository("other") + ":2";
        tar("two.tar", archive(Raw.of(a, layer("a")), Raw.of(b, layer("b"))));
        LoadResult loaded = load(engine, "file", "two.tar", "images", List.of(a, b), "rename", Map.of(a, other));
        assertEquals(List.of(b, other), references(engine));
        assertEquals(List.of(other), loaded.images().get(0).references());
        assertEquals(List.of("sha256:" + sha256(layer("a"))), diffIds(engine, other));
    }

    @EveryEngine
    void aReferenceMayTakeThePlaceOfAnotherByRename(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        String b = repository("b") + ":1";
        tar("two.tar", archive(Raw.of(a, layer("a")), Raw.of(b, layer("b"))));
        load(engine, "file", "two.tar", "rename", Map.of(a, b, b, a));
        assertEquals(List.of("sha256:" + sha256(layer("b"))), diffIds(engine, a));
        assertEquals(List.of("sha256:" + sha256(layer("a"))), diffIds(engine, b));
        assertEquals(List.of(a, b), references(engine));
    }

    @Test
    void aRenameThatCannotBeMeantIsRefused() throws Exception {
        TestEngine engine = engines().get(0);
        String a = repository("a") + ":1";
        String b = repository("b") + ":1";
        tar("two.tar", archive(Raw.of(a, layer("a")), Raw.of(b, layer("b"))));
        failure(
                () -> load(engine, "file", "two.tar", "rename", Map.of(repository("x"), a)),
                "rename names",
                "x:latest");
        failure(() -> load(engine, "file", "two.tar", "rename", Map.of(a, b)), "rename gives " + b + " to two images");
        assertEquals(List.of(), references(engine));
    }

    @Test
    void aFileOfAnotherChecksumIsNotLoaded() throws Exception {
        TestEngine engine = engines().get(0);
        String a = repository("a") + ":1";
        tar("a.tar", archive(Raw.of(a, layer("a"))));
        String right = sha256(Files.readAllBytes(workspace().resolve("a.tar")));
        failure(() -> load(engine, "file", "a.tar", "sha256", "0".repeat(64)), right, "0".repeat(64), "'a.tar'");
        assertEquals(List.of(), references(engine));
        load(engine, "file", "a.tar", "sha256", right);
        assertEquals(List.of(a), references(engine));
    }

    // conflicts

    @EveryEngine
    void aReferenceInUseMovesByDefault(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        tar("old.tar", archive(Raw.of(a, layer("old"))));
        tar("new.tar", archive(Raw.of(a, layer("new"))));
        load(engine, "file", "old.tar");
        String before = id(engine, a);
        load(engine, "file", "new.tar");
        assertEquals(List.of("sha256:" + sha256(layer("new"))), diffIds(engine, a));
        assertTrue(logged("Replacing " + a + ", which was " + before));
    }

    @EveryEngine
    void aReferenceInUseIsKeptWhenAskedFor(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        String more = repository("a") + ":more";
        tar("old.tar", archive(Raw.of(a, layer("old"))));
        tar("new.tar", archive(new Raw("amd64", List.of(a, more), List.of(layer("new")))));
        tar("same.tar", archive(Raw.of(a, layer("new"))));
        load(engine, "file", "old.tar");
        String before = id(engine, a);
        LoadResult nothing = load(engine, "file", "same.tar", "onConflict", "keep");
        assertEquals(List.of(), nothing.images());
        assertEquals(List.of(a), references(engine), "what would be without a reference is not loaded");
        LoadResult loaded = load(engine, "file", "new.tar", "onConflict", "keep");
        assertEquals(List.of(more), loaded.images().get(0).references());
        assertEquals(before, id(engine, a));
        assertEquals(List.of("sha256:" + sha256(layer("new"))), diffIds(engine, more));
    }

    @EveryEngine
    void aReferenceInUseFailsTheLoadWhenAskedFor(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        String b = repository("b") + ":1";
        tar("old.tar", archive(Raw.of(b, layer("old"))));
        tar("new.tar", archive(Raw.of(a, layer("a")), Raw.of(b, layer("new"))));
        load(engine, "file", "old.tar");
        String before = id(engine, b);
        failure(() -> load(engine, "file", "new.tar", "onConflict", "fail"), b, before, "nothing was loaded");
        assertEquals(List.of(b), references(engine));
        load(engine, "file", "old.tar", "onConflict", "fail"); // the same content is no conflict
        assertEquals(before, id(engine, b));
    }

    // failures

    @EveryEngine
    void aBrokenArchiveMovesNoReference(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        tar("old.tar", archive(Raw.of(a, layer("old"))));
        load(engine, "file", "old.tar");
        String before = id(engine, a);

        Map<String, byte[]> sound = archive(Raw.of(a, layer("new"), layer("upper")));
        Path whole = workspace().resolve(tar("sound.tar", sound));
        byte[] bytes = Files.readAllBytes(whole);
        byte[] flipped = bytes.clone();
        flipped[new String(bytes, StandardCharsets.ISO_8859_1).indexOf("new\n")] ^= 1;
        Files.write(workspace().resolve("flipped.tar"), flipped);
        Files.write(workspace().resolve("cut.tar"), Arrays.copyOf(bytes, bytes.length / 2 / 512 * 512));
        int end = bytes.length - 512 * 2;
        while (bytes[end - 1] == 0) {
            end--;
        }
        Files.write(workspace().resolve("endless.tar"), Arrays.copyOf(bytes, (end / 512 + 1) * 512));
        Files.write(workspace().resolve("empty.tar"), new byte[0]);
        ArrayNode manifest = (ArrayNode) JSON.readTree(sound.get("manifest.json"));
        ArrayNode layers = (ArrayNode) manifest.get(0).get("Layers");
        layers.add(layers.remove(0));
        sound.put("manifest.json", JSON.writeValueAsBytes(manifest));
        tar("swapped.tar", sound);
        sound.remove(layers.get(0).asText());
        tar("incomplete.tar", sound);

        failure(() -> load(engine, "file", "flipped.tar"), "flipped.tar", "does not have the content");
        failure(() -> load(engine, "file", "cut.tar"), "cut.tar");
        failure(() -> load(engine, "file", "endless.tar"), "endless.tar");
        failure(() -> load(engine, "file", "empty.tar"), "empty.tar");
        failure(() -> load(engine, "file", "swapped.tar"), "layer 1", "does not have the content");
        failure(() -> load(engine, "file", "incomplete.tar"), "is missing");
        assertEquals(before, id(engine, a));
        assertEquals(List.of(a), references(engine));
    }

    @Test
    void anArchiveThatTellsEnginesDifferentThingsIsRefused() throws Exception {
        TestEngine maker = graph();
        String a = tiny(maker, repository("a") + ":1");
        String evil = repository("evil") + ":1";
        Path saved = directory.resolve("saved.tar");
        plainSave(maker, saved, a);
        Map<String, byte[]> entries = entries(saved);
        String index = new String(entries.get("index.json"), StandardCharsets.UTF_8);
        assertTrue(index.contains(a), index);
        entries.put("index.json", index.replace(a, evil).getBytes(StandardCharsets.UTF_8));
        tar("polyglot.tar", entries);
        remove(maker, a);
        for (TestEngine engine : engines()) {
            failure(() -> load(engine, "file", "polyglot.tar"), "manifest.json and index.json", "different");
            assertEquals(List.of(), references(engine), engine.name());
        }
    }

    @EveryEngine
    void whatTheEngineCannotUnpackLeavesTheEngineAsItWas(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        tar("old.tar", archive(Raw.of(a, layer("old"))));
        load(engine, "file", "old.tar");
        String before = id(engine, a);
        tar("bad.tar", archive(Raw.of(a, layer("new"), garbage())));
        failure(() -> load(engine, "file", "bad.tar"), "bad.tar", engine.uri().toString());
        assertEquals(before, id(engine, a));
        assertEquals(List.of(a), references(engine), "neither a staged reference nor an image without");
    }

    @EveryEngine
    void theFirstOfTwoImagesGoesWhenTheSecondCannotBeUnpacked(TestEngine engine) throws Exception {
        tar(
                "bad.tar",
                archive(
                        Raw.of(repository("a") + ":1", layer("a")),
                        Raw.of(null, layer("nameless")),
                        Raw.of(repository("b") + ":1", layer("b"), garbage())));
        failure(() -> load(engine, "file", "bad.tar"), "bad.tar");
        assertEquals(List.of(), references(engine));
    }

    @EveryEngine
    void anImageWithoutReferenceThatCannotBeUnpackedIsNotLeft(TestEngine engine) throws Exception {
        tar("bad.tar", archive(Raw.of(null, layer("nameless"), garbage())));
        failure(() -> load(engine, "file", "bad.tar"), "bad.tar");
        assertEquals(List.of(), references(engine));
    }

    // what is there already

    @EveryEngine
    void theSameImageAgainIsNotSentAgain(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        tar(
                "a.tar",
                archive(Raw.of(a, new TestLayer().random("data", 300_000, 3).tar())));
        LoadResult first = load(engine, "file", "a.tar");
        assertEquals(0, first.images().get(0).layersReused());
        UnixRelay relay = closing(new UnixRelay(engine, directory));
        relay.stallUploadAfter(50_000); // whoever sends it hangs
        LoadResult second = load(relay.address(), "file", "a.tar");
        assertEquals(1, second.images().get(0).layersReused());
        assertEquals(first.images().get(0).id(), second.images().get(0).id());
        assertEquals(List.of(a), second.images().get(0).references());
        assertTrue(logged("Already there: " + a));
    }

    @EveryEngine
    void layersCountAsReusedFromTheLowestOnOnly(TestEngine engine) throws Exception {
        byte[] base = layer("base " + mark);
        byte[] middle = layer("middle " + mark);
        byte[] top = layer("top " + mark);
        tar("base.tar", archive(Raw.of(repository("base") + ":1", base, middle)));
        load(engine, "file", "base.tar");
        tar("app.tar", archive(Raw.of(repository("app") + ":1", base, middle, top)));
        LoadResult.LoadedImage app = load(engine, "file", "app.tar").images().get(0);
        assertEquals(3, app.layers());
        assertEquals(2, app.layersReused());
        tar("turned.tar", archive(Raw.of(repository("turned") + ":1", middle, base)));
        assertEquals(0, load(engine, "file", "turned.tar").images().get(0).layersReused());
    }

    // kinds of images

    @EveryEngine
    void anImageWithoutReferenceIsLoadedUnderItsId(TestEngine engine) throws Exception {
        tar("nameless.tar", archive(Raw.of(null, layer("nameless"))));
        LoadResult.LoadedImage loaded =
                load(engine, "file", "nameless.tar").images().get(0);
        assertEquals(List.of(), loaded.references());
        assertEquals(List.of("sha256:" + sha256(layer("nameless"))), diffIds(engine, loaded.id()));
        assertEquals(List.of("<none>"), references(engine));
        failure(() -> load(engine, "file", "nameless.tar", "images", repository("a")), "without a reference");
    }

    @EveryEngine
    void allReferencesOfAnImageAreLoaded(TestEngine engine) throws Exception {
        List<String> all =
                List.of(repository("a") + ":1", repository("a") + ":2", "example.com/x/" + repository("b") + ":1");
        tar("three.tar", archive(new Raw("amd64", all, List.of(layer("a")))));
        LoadResult loaded = load(engine, "file", "three.tar", "images", all);
        assertEquals(1, loaded.images().size());
        assertEquals(all.stream().sorted().toList(), references(engine));
    }

    @EveryEngine
    void anImageForAnotherPlatformIsLoadedAsSuch(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        tar("arm.tar", archive(new Raw("arm64", List.of(a), List.of(layer("arm")))));
        failure(
                () -> load(engine, "file", "arm.tar", "platforms", "linux/amd64"),
                "no image for linux/amd64",
                "linux/arm64");
        assertEquals(List.of(), references(engine));
        LoadResult loaded = load(engine, "file", "arm.tar", "platforms", List.of("linux/arm64"));
        assertEquals("linux/arm64", loaded.images().get(0).platform());
        assertEquals("arm64", engine.inspectImage(a).path("Architecture").asText());
    }

    @EveryEngine
    void anImageWithoutLayersIsLoaded(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        tar("bare.tar", archive(Raw.of(a)));
        assertEquals(0, load(engine, "file", "bare.tar").images().get(0).layers());
        assertEquals(List.of(a), references(engine));
    }

    /** An index with images for two platforms, as the containerd store saves what was built for both. */
    @EveryEngine
    void oneOfSeveralPlatformsIsChosen(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        tar("both.tar", bothPlatforms(a));
        LoadResult loaded = load(engine, "file", "both.tar", "platforms", "linux/arm64");
        assertEquals(1, loaded.images().size());
        assertEquals("arm64", engine.inspectImage(a).path("Architecture").asText());
        assertEquals(List.of(a), references(engine));
    }

    @EveryEngine
    void ofSeveralPlatformsAnEngineGetsWhatItsStoreKeeps(TestEngine engine) throws Exception {
        String a = repository("a") + ":1";
        tar("both.tar", bothPlatforms(a));
        LoadResult loaded = load(engine, "file", "both.tar");
        assertEquals(
                engine.store() == TestEngine.Store.CONTAINERD ? 2 : 1,
                loaded.images().size());
        assertEquals("amd64", engine.inspectImage(a).path("Architecture").asText());
        assertEquals(List.of(a), references(engine).stream().distinct().toList());
        if (engine.store() != TestEngine.Store.CONTAINERD) {
            failure(
                    () -> load(engine, "file", "both.tar", "platforms", "linux/amd64,linux/arm64"),
                    "keeps one platform of an image");
        }
    }

    private Map<String, byte[]> bothPlatforms(String reference) throws IOException {
        Map<String, byte[]> entries = new java.util.LinkedHashMap<>();
        ArrayNode children = JSON.createArrayNode();
        for (String architecture : List.of("amd64", "arm64")) {
            Map<String, byte[]> one = archive(new Raw(architecture, List.of(reference), List.of(layer(architecture))));
            ObjectNode manifest = JSON.createObjectNode().put("schemaVersion", 2);
            manifest.put("mediaType", "application/vnd.oci.image.manifest.v1+json");
            ArrayNode layers = JSON.createArrayNode();
            for (Map.Entry<String, byte[]> entry : one.entrySet()) {
                if (entry.getKey().endsWith(".tar")) {
                    layers.add(blob(entries, "application/vnd.oci.image.layer.v1.tar", entry.getValue()));
                } else if (!entry.getKey().equals("manifest.json")) {
                    manifest.set("config", blob(entries, "application/vnd.oci.image.config.v1+json", entry.getValue()));
                }
            }
            manifest.set("layers", layers);
            ObjectNode child = blob(entries, manifest.path("mediaType").asText(), JSON.writeValueAsBytes(manifest));
            child.putObject("platform").put("architecture", architecture).put("os", "linux");
            children.add(child);
        }
        ObjectNode index = JSON.createObjectNode().put("schemaVersion", 2);
        index.put("mediaType", "application/vnd.oci.image.index.v1+json");
        index.set("manifests", children);
        ObjectNode top = blob(entries, index.path("mediaType").asText(), JSON.writeValueAsBytes(index));
        top.putObject("annotations").put("io.containerd.image.name", "docker.io/library/" + reference);
        ObjectNode layout = JSON.createObjectNode().put("schemaVersion", 2);
        layout.putArray("manifests").add(top);
        entries.put("index.json", JSON.writeValueAsBytes(layout));
        entries.put("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.US_ASCII));
        return entries;
    }

    private static ObjectNode blob(Map<String, byte[]> entries, String mediaType, byte[] bytes) {
        entries.put("blobs/sha256/" + sha256(bytes), bytes);
        return JSON.createObjectNode()
                .put("mediaType", mediaType)
                .put("digest", "sha256:" + sha256(bytes))
                .put("size", bytes.length);
    }

    @Test
    void aSecondImageOfTheSameLayersIsAnotherImage() throws Exception {
        for (TestEngine engine : engines()) {
            String a = repository("a") + ":1";
            String b = repository("b") + ":1";
            tar("two.tar", archive(Raw.of(a, layer("x")), new Raw("arm64", List.of(b), List.of(layer("x")))));
            load(engine, "file", "two.tar");
            assertNotEquals(id(engine, a), id(engine, b), engine.name());
            Files.delete(workspace().resolve("two.tar"));
        }
    }
}
