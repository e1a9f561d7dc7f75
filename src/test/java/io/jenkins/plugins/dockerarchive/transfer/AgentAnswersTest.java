package io.jenkins.plugins.dockerarchive.transfer;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.Compression;
import io.jenkins.plugins.dockerarchive.image.EngineArchive.Wanted;
import io.jenkins.plugins.dockerarchive.image.UnreadBlob;
import io.jenkins.plugins.dockerarchive.operations.ExportResult;
import io.jenkins.plugins.dockerarchive.operations.FoundImages;
import io.jenkins.plugins.dockerarchive.operations.ImportResult;
import io.jenkins.plugins.dockerarchive.operations.LoadAnswer;
import io.jenkins.plugins.dockerarchive.operations.LoadResult;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AgentAnswersTest {

    private static final String HEX = "0123456789abcdef".repeat(4);
    private static final String DIGEST = "sha256:" + HEX;

    private final AgentAnswers answers = new AgentAnswers(ArchiveLimits.defaults());

    @Test
    void goodAnswersPass() throws Exception {
        SaveResult saved = saved("out/shop_1.tar.zst", 10, HEX, DIGEST, "shop:1", "linux/amd64");
        assertSame(saved, answers.accept(saved));
        SaveResult nothing = new SaveResult("/ws", null, 0, null, List.of(), 0, false);
        assertSame(nothing, answers.accept(nothing));
        ExportResult exported = new ExportResult("/ws", "a.tar", "a.tar.config.json", 1, HEX, HEX, 1);
        assertSame(exported, answers.accept(exported));
        LoadResult loaded = loaded(DIGEST, "localhost/shop:1", "linux/arm64/v8", 3, 1);
        assertSame(loaded, answers.accept(loaded));
        ImportResult imported = new ImportResult(DIGEST, "registry:5000/shop:1");
        assertSame(imported, answers.accept(imported));
    }

    @Test
    void anAgentGetsOnlyBlobsOfTheArchiveThatItLoads() throws Exception {
        String blob = "blobs/sha256/" + HEX;
        Map<String, UnreadBlob> blobs = Map.of(blob, new UnreadBlob(10, Compression.ZSTD));
        LoadAnswer good = asking(new Wanted(blob, 10));
        assertSame(good, answers.accept(good, blobs));
        LoadAnswer nothing = asking();
        assertSame(nothing, answers.accept(nothing, blobs));
        for (Wanted bad : List.of(
                new Wanted("blobs/sha256/" + "f".repeat(64), 10),
                new Wanted("../../../../secrets/master.key", 10),
                new Wanted("/etc/passwd", 10),
                new Wanted("index.json", 10),
                new Wanted(blob + "/../../../x", 10),
                new Wanted(blob, 11),
                new Wanted(blob, -1),
                new Wanted(null, 10))) {
            refused(() -> answers.accept(asking(bad), blobs));
        }
        refused(() -> answers.accept(asking(new Wanted(blob, 10), new Wanted(blob, 10)), blobs));
        refused(() -> answers.accept(asking((Wanted) null), blobs));
        refused(() -> answers.accept((LoadAnswer) null, blobs));
        refused(() -> answers.accept(new LoadAnswer(LoadAnswer.Kind.DONE, null, List.of(), Map.of(), false), blobs));
        refused(() -> answers.accept(
                new LoadAnswer(
                        LoadAnswer.Kind.DONE,
                        loaded("sha256:x", "shop:1", "linux/amd64", 1, 0),
                        List.of(),
                        Map.of(),
                        false),
                blobs));
    }

    private static LoadAnswer asking(Wanted... wanted) {
        return new LoadAnswer(LoadAnswer.Kind.SEND, null, Arrays.asList(wanted), Map.of(), false);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/etc/passwd",
                "../x",
                "a/../../x",
                "a/./b",
                "a//b",
                "a/",
                "a\\b",
                "C:/x",
                "a\nb",
                "a\u0000b",
                "a\u001b[31m",
                "gpj\u202egnp.tar"
            })
    void fileNamesStayInTheirDirectory(String path) {
        refused(() -> answers.path(path));
        refused(() -> answers.accept(saved(path, 1, HEX, DIGEST, "shop:1", "linux/amd64")));
        refused(() -> answers.accept(new ExportResult("/ws", path, null, 1, HEX, HEX, 1)));
        refused(() -> answers.accept(new ExportResult("/ws", "a.tar", path, 1, HEX, HEX, 1)));
    }

    @Test
    void longFileNamesAreRefused() {
        refused(() -> answers.path("a".repeat(256)));
        refused(() -> answers.path("a/".repeat(600) + "b"));
    }

    @Test
    void valuesMustBeWellFormed() {
        refused(() -> answers.accept((SaveResult) null));
        refused(() -> answers.accept((LoadResult) null));
        refused(() -> answers.accept(saved("a.tar", -1, HEX, DIGEST, "shop:1", "linux/amd64")));
        refused(() -> answers.accept(saved("a.tar", 1, "123", DIGEST, "shop:1", "linux/amd64")));
        refused(() -> answers.accept(saved("a.tar", 1, HEX, "sha256:<b>", "shop:1", "linux/amd64")));
        refused(() -> answers.accept(saved("a.tar", 1, HEX, DIGEST, "shop:1\nFAKE", "linux/amd64")));
        refused(() -> answers.accept(saved("a.tar", 1, HEX, DIGEST, "shop:1", "<script>")));
        refused(() -> answers.accept(loaded(DIGEST, "shop:1", "linux/amd64", 1, 2)));
        refused(() -> answers.accept(loaded(DIGEST, "shop:1", "linux/amd64", -1, -1)));
        refused(() -> answers.accept(loaded(DIGEST, null, "shop:1", "linux/amd64", 1, 1)));
        refused(() -> answers.accept(loaded(DIGEST, "sha256:<b>", "shop:1", "linux/amd64", 1, 1)));
        refused(() -> answers.accept(new ImportResult("1", "shop:1")));
        refused(() -> answers.accept(new ImportResult(DIGEST, "SHOP")));
        refused(() -> answers.accept(new ExportResult("/ws", "a.tar", null, 1, HEX, "x", 1)));
    }

    @Test
    void sizesAreThoseOfThisWorld() throws Exception {
        long most = ArchiveLimits.defaults().totalBytes();
        answers.accept(saved("a.tar", most, HEX, DIGEST, "shop:1", "linux/amd64"));
        for (long absurd : new long[] {-1, Long.MIN_VALUE, most + 1, Long.MAX_VALUE}) {
            refused(() -> answers.accept(saved("a.tar", absurd, HEX, DIGEST, "shop:1", "linux/amd64")));
            refused(() -> answers.accept(new SaveResult("/ws", "a.tar", 1, HEX, List.of(), absurd, false)));
            refused(() -> answers.accept(new ExportResult("/ws", "a.tar", null, absurd, HEX, HEX, 1)));
            refused(() -> answers.accept(new ExportResult("/ws", "a.tar", null, 1, HEX, HEX, absurd)));
            refused(() -> answers.accept(layer(DIGEST, absurd)));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sha256:",
                "sha256:0123",
                "sha512:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "SHA256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                "sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
                "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n",
                "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde/",
                "sha256:../../../../../../../../../../../../../../../../../../../etc/passwd"
            })
    void digestsAreWellFormed(String digest) {
        refused(() -> answers.accept(layer(digest, 1)));
        refused(() -> answers.accept(saved("a.tar", 1, HEX, digest, "shop:1", "linux/amd64")));
        refused(() -> answers.accept(saved("a.tar", 1, digest, DIGEST, "shop:1", "linux/amd64")));
        refused(() -> answers.accept(loaded(digest, "shop:1", "linux/amd64", 1, 0)));
        refused(() -> answers.accept(new ImportResult(digest, "shop:1")));
        refused(() -> answers.accept(new ExportResult("/ws", "a.tar", null, 1, HEX, digest, 1)));
        refused(() -> answers.accept(found("e", digest, "shop:1", DIGEST)));
        refused(() -> answers.accept(found("e", DIGEST, "shop:1", digest)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop:1\nFinished: SUCCESS", "a\u0000", "\u001b[2J", "\u009b2J", "\u202egnp.exe", "a\r"})
    void textsOfTheLogAreOneLine(String text) throws Exception {
        answers.accept(found("unix:///run/docker.sock", DIGEST, "shop:1", DIGEST));
        refused(() -> answers.accept(found(text, DIGEST, "shop:1", DIGEST)));
        refused(() -> answers.accept(found("e", DIGEST, text, DIGEST)));
        refused(() -> answers.accept(saved("a.tar", 1, HEX, DIGEST, text, "linux/amd64")));
        refused(() -> answers.accept(saved("a.tar", 1, HEX, DIGEST, "shop:1", text)));
        refused(() -> answers.accept(saved(text, 1, HEX, DIGEST, "shop:1", "linux/amd64")));
    }

    private static FoundImages found(String engine, String id, String name, String diffId) {
        return new FoundImages(List.of(new FoundImages.FoundImage(name, "shop:1", id, List.of(diffId))), engine);
    }

    private static SaveResult layer(String diffId, long size) {
        return new SaveResult(
                "/ws",
                "a.tar",
                1,
                HEX,
                List.of(new SaveResult.SavedImage(
                        DIGEST,
                        List.of("shop:1"),
                        "linux/amd64",
                        List.of(new SaveResult.SavedLayer(diffId, size, true)),
                        "",
                        "")),
                1,
                false);
    }

    @Test
    void imagesNeedAnArchive() {
        refused(() -> answers.accept(new SaveResult("/ws", null, 5, null, List.of(), 0, false)));
    }

    @Test
    void listsAreBounded() {
        LoadResult many = new LoadResult(Collections.nCopies(
                ArchiveLimits.defaults().images() + 1,
                new LoadResult.LoadedImage(DIGEST, DIGEST, List.of(), "linux/amd64", 0, 0)));
        refused(() -> answers.accept(many));
    }

    private static SaveResult saved(
            String file, long size, String sha256, String id, String reference, String platform) {
        return new SaveResult(
                "/ws",
                file,
                size,
                sha256,
                List.of(new SaveResult.SavedImage(
                        id,
                        List.of(reference),
                        platform,
                        List.of(new SaveResult.SavedLayer(DIGEST, 1, true)),
                        "/bin/sh",
                        "2026-01-01T00:00:00Z")),
                size,
                false);
    }

    private static LoadResult loaded(String id, String reference, String platform, int layers, int reused) {
        return loaded(id, DIGEST, reference, platform, layers, reused);
    }

    private static LoadResult loaded(
            String id, String configDigest, String reference, String platform, int layers, int reused) {
        return new LoadResult(
                List.of(new LoadResult.LoadedImage(id, configDigest, List.of(reference), platform, layers, reused)));
    }

    private static void refused(Executable answer) {
        String message = assertThrows(OperationException.class, answer).getMessage();
        assertTrue(message.startsWith("The agent's answer cannot be used"), message);
    }
}
