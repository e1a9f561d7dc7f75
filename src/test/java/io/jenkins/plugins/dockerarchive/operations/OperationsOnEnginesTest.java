package io.jenkins.plugins.dockerarchive.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TestImageArchive;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the tests of the four verbs on real engines share: the verbs by their parameters, images that carry a mark of
 * the test, so that all that a verb leaves on an engine is found, and other people's tools.
 */
@Timeout(180)
abstract class OperationsOnEnginesTest {

    static final ObjectMapper JSON = new ObjectMapper();

    private static final String LABEL = "docker-archive-test";

    @TempDir
    Path directory;

    final String mark = random();
    final List<String> log = Collections.synchronizedList(new ArrayList<>());
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private final List<Path> exchanged = new ArrayList<>();
    private static List<TestEngine> engines;

    @BeforeAll
    static void findEngines() {
        engines = TestEngines.running();
    }

    @BeforeEach
    void makeWorkspace() throws IOException {
        assumeTrue(!engines.isEmpty(), "no engine");
        Files.createDirectories(workspace());
    }

    @AfterEach
    void cleanUp() throws Exception {
        for (int i = toClose.size() - 1; i >= 0; i--) {
            toClose.get(i).close();
        }
        for (Path file : exchanged) {
            Files.deleteIfExists(file);
        }
        for (TestEngine engine : engines) {
            engine.close();
            for (JsonNode image : marked(engine)) {
                for (JsonNode reference : image.path("RepoTags")) {
                    quietly(() -> engine.call("DELETE", "/images/" + encoded(reference.asText()) + "?force=1", null));
                }
                quietly(() ->
                        engine.call("DELETE", "/images/" + image.path("Id").asText() + "?force=1", null));
            }
        }
    }

    private static void quietly(Callable<?> action) {
        try {
            action.call();
        } catch (Exception e) {
            return; // gone already
        }
    }

    final <T extends AutoCloseable> T closing(T resource) {
        toClose.add(resource);
        return resource;
    }

    static String random() {
        byte[] random = new byte[5];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    // engines

    final List<TestEngine> engines() {
        return engines;
    }

    final TestEngine engine(Predicate<TestEngine> which) {
        var found = engines.stream().filter(which).findFirst();
        assumeTrue(found.isPresent(), "no such engine is running");
        return found.get();
    }

    final TestEngine containerd() {
        return engine(e -> e.store() == TestEngine.Store.CONTAINERD);
    }

    final TestEngine graph() {
        return engine(e -> e.store() == TestEngine.Store.GRAPH_DRIVER && isDocker28(e));
    }

    static boolean isDocker28(TestEngine engine) {
        return engine.store() != TestEngine.Store.PODMAN && minor(engine) >= 48;
    }

    static int minor(TestEngine engine) {
        return Integer.parseInt(engine.api().substring(2));
    }

    static boolean isPodman(TestEngine engine) {
        return engine.store() == TestEngine.Store.PODMAN;
    }

    /** The test's twin of an engine of a parameter: what it makes is removed after the test. */
    final TestEngine own(TestEngine engine) {
        return engine(e -> e.name().equals(engine.name()));
    }

    // images

    /** A repository of this test. */
    final String repository(String name) {
        return LABEL + "-" + mark + "-" + name;
    }

    /** A run configuration with the test's mark. */
    final ObjectNode run(String... command) {
        ObjectNode run = JSON.createObjectNode();
        run.set("Cmd", JSON.valueToTree(command));
        run.putObject("Labels").put(LABEL, mark);
        return run;
    }

    static TestLayer text(String name) {
        return new TestLayer().text("data/" + name, name + "\n");
    }

    /** Makes a small image that prints {@code data/hello}. */
    final String image(TestEngine engine, String reference, TestLayer... layers) throws IOException {
        List<TestLayer> all = new ArrayList<>(List.of(TestEngine.shell(), text("hello")));
        all.addAll(List.of(layers));
        own(engine).load(new TestImageArchive().image(List.of(reference), run("cat", "/data/hello"), all));
        return reference;
    }

    /** Makes an image with one tiny layer, for tests that do not run it. */
    final String tiny(TestEngine engine, String... references) throws IOException {
        own(engine)
                .load(new TestImageArchive()
                        .image(
                                List.of(references),
                                run("x"),
                                List.of(text(references.length == 0 ? "none" : references[0]))));
        return references.length == 0 ? null : references[0];
    }

    /** Everything on the engine that carries the test's mark, parents and images without reference included. */
    final List<JsonNode> marked(TestEngine engine) throws IOException {
        String filter = "{\"label\":[\"" + LABEL + "=" + mark + "\"]}";
        List<JsonNode> images = new ArrayList<>();
        JSON.readTree(engine.call("GET", "/images/json?all=1&filters=" + encoded(filter), null))
                .forEach(images::add);
        return images;
    }

    /** The references of what carries the test's mark, familiar and sorted; an image without counts as {@code <none>}. */
    final List<String> references(TestEngine engine) throws IOException {
        List<String> references = new ArrayList<>();
        for (JsonNode image : marked(engine)) {
            List<String> own = new ArrayList<>();
            image.path("RepoTags").forEach(tag -> own.add(familiar(tag.asText())));
            own.remove("<none>:<none>");
            references.addAll(own.isEmpty() ? List.of("<none>") : own);
        }
        return references.stream().sorted().toList();
    }

    static String familiar(String reference) {
        return reference.replaceFirst("^(docker\\.io/library/|docker\\.io/|localhost/)", "");
    }

    final void remove(TestEngine engine, String reference) throws IOException {
        engine.call("DELETE", "/images/" + encoded(reference) + "?force=1", null);
    }

    final void tag(TestEngine engine, String source, String repository, String tag) throws IOException {
        engine.call("POST", "/images/" + encoded(source) + "/tag?repo=" + encoded(repository) + "&tag=" + tag, null);
    }

    static List<String> diffIds(TestEngine engine, String reference) throws IOException {
        List<String> layers = new ArrayList<>();
        engine.inspectImage(reference).path("RootFS").path("Layers").forEach(layer -> layers.add(layer.asText()));
        return layers;
    }

    static String id(TestEngine engine, String reference) throws IOException {
        String id = engine.inspectImage(reference).path("Id").asText();
        return id.startsWith("sha256:") ? id : "sha256:" + id;
    }

    /** Digest of an image's config, without the code under test. */
    final String configDigest(TestEngine engine, String reference) throws IOException {
        if (engine.store() != TestEngine.Store.CONTAINERD) {
            return id(engine, reference);
        }
        Path file = directory.resolve("config-" + random() + ".tar");
        plainSave(engine, file, reference);
        String config = JSON.readTree(entry(file, "manifest.json"))
                .path(0)
                .path("Config")
                .asText();
        Files.delete(file);
        return "sha256:" + config.substring(config.lastIndexOf('/') + 1);
    }

    /** What the engine itself saves. */
    static void plainSave(TestEngine engine, Path file, String... references) throws IOException {
        StringBuilder path = new StringBuilder("/images/get");
        for (String reference : references) {
            path.append(path.indexOf("?") < 0 ? '?' : '&').append("names=").append(encoded(reference));
        }
        download(engine, path.toString(), file);
    }

    /** What the engine itself exports. */
    static void plainExport(TestEngine engine, Path file, String container) throws IOException {
        download(engine, "/containers/" + container + "/export", file);
    }

    private static void download(TestEngine engine, String path, Path file) throws IOException {
        try (DockerHttpClient client = new ApacheDockerHttpClient.Builder()
                        .dockerHost(engine.uri())
                        .connectionTimeout(Duration.ofSeconds(10))
                        .build();
                DockerHttpClient.Response response = client.execute(DockerHttpClient.Request.builder()
                        .method("GET")
                        .path(path)
                        .build());
                InputStream body = response.getBody()) {
            assertEquals(200, response.getStatusCode(), path);
            Files.copy(body, file);
        }
    }

    /** Content of one entry of a plain tar. */
    static byte[] entry(Path tar, String name) throws IOException {
        try (TarArchiveInputStream in = new TarArchiveInputStream(Files.newInputStream(tar))) {
            for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                if (entry.getName().equals(name)) {
                    return in.readAllBytes();
                }
            }
        }
        throw new IOException(name + " is not in " + tar);
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    // archives made by hand

    /** Writes a tar of these files into the workspace, in their order. */
    final String tar(String file, Map<String, byte[]> entries) throws IOException {
        try (TarArchiveOutputStream tar =
                new TarArchiveOutputStream(Files.newOutputStream(workspace().resolve(file)))) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                TarArchiveEntry header = new TarArchiveEntry(entry.getKey());
                header.setSize(entry.getValue().length);
                header.setModTime(0);
                tar.putArchiveEntry(header);
                tar.write(entry.getValue());
                tar.closeArchiveEntry();
            }
        }
        return file;
    }

    /** All files of a plain tar. */
    static Map<String, byte[]> entries(Path tar) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (TarArchiveInputStream in = new TarArchiveInputStream(Files.newInputStream(tar))) {
            for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                if (entry.isFile()) {
                    entries.put(entry.getName(), in.readAllBytes());
                }
            }
        }
        return entries;
    }

    /** An image whose layers are any bytes; its config states their digests. */
    record Raw(String architecture, List<String> references, List<byte[]> layers) {
        static Raw of(String reference, byte[]... layers) {
            return new Raw("amd64", reference == null ? List.of() : List.of(reference), List.of(layers));
        }
    }

    /** The files of an archive as Docker's of every version read it. */
    final Map<String, byte[]> archive(Raw... images) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        ArrayNode manifest = JSON.createArrayNode();
        for (Raw image : images) {
            ObjectNode config = JSON.createObjectNode()
                    .put("architecture", image.architecture())
                    .put("os", "linux");
            config.set("config", run("x"));
            ArrayNode diffIds = config.putObject("rootfs").put("type", "layers").putArray("diff_ids");
            ObjectNode entry = manifest.addObject();
            ArrayNode layers = JSON.createArrayNode();
            for (byte[] layer : image.layers()) {
                String digest = sha256(layer);
                entries.put(digest + ".tar", layer);
                layers.add(digest + ".tar");
                diffIds.add("sha256:" + digest);
            }
            byte[] bytes = JSON.writeValueAsBytes(config);
            entries.put(sha256(bytes) + ".json", bytes);
            entry.put("Config", sha256(bytes) + ".json");
            entry.set("RepoTags", JSON.valueToTree(image.references()));
            entry.set("Layers", layers);
        }
        entries.put("manifest.json", JSON.writeValueAsBytes(manifest));
        return entries;
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    // other people's tools, in the root of an engine

    /** Runs a shell command in an engine's root, where the exchanged files are below /exchange. */
    static String shell(TestEngine engine, String command) throws IOException {
        return TestEngines.run("exec", engine.name(), "sh", "-euc", command);
    }

    /** A new file that every engine's root has as {@code /exchange/NAME}. */
    final Path exchange(String name) {
        String state = System.getenv().getOrDefault("DOCKER_ARCHIVE_ENGINES", "/var/cache/docker-archive-engines");
        Path file = Path.of(state, "exchange", mark + "-" + name);
        exchanged.add(file);
        return file;
    }

    final String exchanged(Path file) {
        return "/exchange/" + file.getFileName();
    }

    /** Makes a file of the workspace known to the engines' roots. */
    final String give(String file) throws IOException {
        Path target = exchange(file.replace('/', '_'));
        Files.copy(workspace().resolve(file), target, StandardCopyOption.REPLACE_EXISTING);
        return exchanged(target);
    }

    /** Puts a file that was made in an engine's root into the workspace. */
    final String take(Path exchanged, String file) throws IOException {
        Files.move(exchanged, workspace().resolve(file), StandardCopyOption.REPLACE_EXISTING);
        return file;
    }

    // the verbs

    final Path workspace() {
        return directory.resolve("workspace");
    }

    OperationContext context(EngineAddress address) {
        return new OperationContext(
                workspace(), directory.resolve("temporary"), address, ArchiveLimits.defaults(), log::add);
    }

    final SaveResult save(TestEngine engine, Object... parameters) throws IOException, InterruptedException {
        return save(engine.address(), parameters);
    }

    final SaveResult save(EngineAddress address, Object... parameters) throws IOException, InterruptedException {
        return new SaveImages(context(address)).run(SaveRequest.from(new Parameters("dockerSave", map(parameters))));
    }

    final LoadResult load(TestEngine engine, Object... parameters) throws IOException, InterruptedException {
        return load(engine.address(), parameters);
    }

    final LoadResult load(EngineAddress address, Object... parameters) throws IOException, InterruptedException {
        Parameters all = new Parameters("dockerLoad", map(parameters));
        return new LoadImages(context(address)).run(LoadRequest.from(all, source(SourceChoice.from(all))));
    }

    final ExportResult export(TestEngine engine, Object... parameters) throws IOException, InterruptedException {
        return export(engine.address(), parameters);
    }

    final ExportResult export(EngineAddress address, Object... parameters) throws IOException, InterruptedException {
        return new ExportContainer(context(address))
                .run(ExportRequest.from(new Parameters("dockerExport", map(parameters))));
    }

    final ImportResult importImage(TestEngine engine, Object... parameters) throws IOException, InterruptedException {
        return importImage(engine.address(), parameters);
    }

    final ImportResult importImage(EngineAddress address, Object... parameters)
            throws IOException, InterruptedException {
        Parameters all = new Parameters("dockerImport", map(parameters));
        return new ImportFileSystem(context(address)).run(ImportRequest.from(all, source(SourceChoice.from(all))));
    }

    private static ArchiveSource source(SourceChoice choice) {
        return new ArchiveSource(
                choice.file(),
                choice.url(),
                choice.sha256(),
                choice.file() != null ? "file '" + choice.file() + "'" : choice.url());
    }

    private static Map<String, Object> map(Object... pairs) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put((String) pairs[i], pairs[i + 1]);
        }
        return map;
    }

    /** A verb under way. */
    interface Verb {
        Object run() throws IOException, InterruptedException;
    }

    /** Runs a verb that must fail with one sentence that has these words. */
    static String failure(Verb verb, String... words) {
        OperationException failure = org.junit.jupiter.api.Assertions.assertThrows(OperationException.class, verb::run);
        String sentence = failure.getMessage();
        for (String word : words) {
            assertTrue(sentence.contains(word), "'" + word + "' is not in: " + sentence);
        }
        assertTrue(sentence.endsWith(".") || sentence.endsWith("?"), sentence);
        assertTrue(sentence.lines().count() == 1, sentence);
        return sentence;
    }

    // what lies on the disk

    /** All files and directories in the workspace, those with a dot included. */
    final TreeSet<String> files() throws IOException {
        return below(workspace());
    }

    final void assertFiles(String... expected) throws IOException {
        assertEquals(new TreeSet<>(List.of(expected)), files());
        Path temporary = directory.resolve("temporary");
        assertEquals(new TreeSet<>(), Files.exists(temporary) ? below(temporary) : new TreeSet<>());
    }

    private static TreeSet<String> below(Path top) throws IOException {
        TreeSet<String> names = new TreeSet<>();
        try (Stream<Path> all = Files.walk(top)) {
            all.filter(path -> !path.equals(top))
                    .forEach(path -> names.add(top.relativize(path).toString()));
        }
        return names;
    }

    final boolean logged(String words) {
        return List.copyOf(log).stream().anyMatch(line -> line.contains(words));
    }
}
