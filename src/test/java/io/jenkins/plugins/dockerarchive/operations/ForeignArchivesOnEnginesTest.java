package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.jenkins.plugins.dockerarchive.testengines.EveryEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Archives that other tools made, loaded into every engine. */
class ForeignArchivesOnEnginesTest extends OperationsOnEnginesTest {

    private String a;
    private String b;
    private List<String> layersOfA;
    private List<String> layersOfB;

    /** Two images that share a layer, one of them with two references. */
    private void make(TestEngine engine) throws Exception {
        a = repository("a") + ":1";
        b = repository("b") + ":1";
        byte[] base = new TestLayer().random("data/base", 200_000, 11).tar();
        byte[] top = text("top").tar();
        tar(
                "made.tar",
                archive(new Raw("amd64", List.of(a, repository("a") + ":2"), List.of(base, top)), Raw.of(b, base)));
        load(engine, "file", "made.tar");
        layersOfA = diffIds(engine, a);
        layersOfB = diffIds(engine, b);
        Files.delete(workspace().resolve("made.tar"));
    }

    private void loadsEverywhere(String file, Map<String, List<String>> expected) throws Exception {
        for (TestEngine to : engines()) {
            for (JsonNode image : marked(to)) {
                for (JsonNode reference : image.path("RepoTags")) {
                    remove(to, reference.asText());
                }
            }
            LoadResult loaded = load(to, "file", file);
            TreeSet<String> references = new TreeSet<>();
            for (LoadResult.LoadedImage image : loaded.images()) {
                for (String reference : image.references()) {
                    references.add(familiar(reference));
                    assertEquals(expected.get(familiar(reference)), diffIds(to, reference), file + " on " + to);
                }
            }
            assertEquals(new TreeSet<>(expected.keySet()), references, file + " on " + to);
            assertEquals(new ArrayList<>(references), references(to), file + " on " + to);
        }
    }

    @EveryEngine
    void whatAnEngineSavesLoadsEverywhereHoweverItIsCompressed(TestEngine from) throws Exception {
        make(from);
        plainSave(from, workspace().resolve("plain.tar"), a, repository("a") + ":2", b);
        Map<String, List<String>> all = Map.of(a, layersOfA, repository("a") + ":2", layersOfA, b, layersOfB);
        loadsEverywhere("plain.tar", all);
        Path given = exchange("plain.tar");
        Files.copy(workspace().resolve("plain.tar"), given);
        TestEngine to = engines().get(0);
        for (String tool : List.of("gzip", "bzip2", "xz", "zstd")) {
            Path compressed = exchange("plain." + tool);
            // in two members, as parallel tools write them, and under a name that says nothing
            shell(
                    to,
                    "(head -c 100000 " + exchanged(given) + " | " + tool + " -c; tail -c +100001 " + exchanged(given)
                            + " | " + tool + " -c) >" + exchanged(compressed));
            take(compressed, "archive");
            for (JsonNode image : marked(to)) {
                for (JsonNode reference : image.path("RepoTags")) {
                    remove(to, reference.asText());
                }
            }
            load(to, "file", "archive", "images", all.keySet().stream().toList());
            assertEquals(all.keySet().stream().sorted().toList(), references(to), tool);
        }
    }

    @Test
    void whatSkopeoCopiesLoadsEverywhere() throws Exception {
        TestEngine from = engine(e -> e.store() == TestEngine.Store.GRAPH_DRIVER);
        make(from);
        String b2 = b.replace(":1", ":copy");
        Path docker = exchange("docker.tar");
        Path oci = exchange("oci.tar");
        shell(
                from,
                "skopeo copy -q docker-daemon:" + b + " docker-archive:" + exchanged(docker) + ":" + b2
                        + " && skopeo copy -q docker-daemon:" + b + " oci-archive:" + exchanged(oci) + ":" + b2);
        take(docker, "docker.tar");
        take(oci, "oci.tar");
        loadsEverywhere("docker.tar", Map.of(b2, layersOfB));
        loadsEverywhere("oci.tar", Map.of(b2, layersOfB));
    }

    @EveryEngine(store = TestEngine.Store.PODMAN)
    void whatPodmanSavesLoadsEverywhere(TestEngine from) throws Exception {
        make(from);
        Path oci = exchange("oci.tar");
        Path docker = exchange("docker.tar");
        shell(
                from,
                "podman save -q --format oci-archive -o " + exchanged(oci) + " docker.io/library/" + a
                        + " && podman save -q -m --format docker-archive -o " + exchanged(docker)
                        + " docker.io/library/" + a
                        + " docker.io/library/" + b);
        take(oci, "oci.tar");
        take(docker, "docker.tar");
        loadsEverywhere("oci.tar", Map.of(a, layersOfA));
        LoadResult both = load(engines().get(0), "file", "docker.tar");
        TreeSet<String> references = new TreeSet<>();
        both.images().forEach(image -> image.references().forEach(r -> references.add(familiar(r))));
        assertTrue(references.containsAll(List.of(a, b)), references.toString());
    }
}
