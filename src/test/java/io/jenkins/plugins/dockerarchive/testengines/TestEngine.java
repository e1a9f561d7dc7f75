package io.jenkins.plugins.dockerarchive.testengines;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import io.jenkins.plugins.dockerarchive.engine.EngineAddress;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * A real engine, spoken to without the code under test. Closing it removes the containers made through it and the
 * images whose repository is one of its {@link #uniqueName() unique names}.
 */
public final class TestEngine implements AutoCloseable {

    /** As the product tells image stores apart. */
    public enum Store {
        GRAPH_DRIVER,
        CONTAINERD,
        PODMAN
    }

    /** What a container printed, and how it ended. */
    public record Run(int exitCode, String output) {}

    private final ObjectMapper mapper = new ObjectMapper();
    private final String name;
    private final URI uri;
    private final String api;
    private final Store store;
    private final List<String> names = new ArrayList<>();
    private final List<String> containers = new ArrayList<>();

    TestEngine(String name, String uri, String api, String store) {
        this.name = name;
        this.uri = URI.create(uri);
        this.api = api;
        this.store = switch (store) {
            case "containerd" -> Store.CONTAINERD;
            case "podman" -> Store.PODMAN;
            default -> Store.GRAPH_DRIVER;
        };
    }

    public String name() {
        return name;
    }

    public URI uri() {
        return uri;
    }

    /** The newest API version it speaks. */
    public String api() {
        return api;
    }

    public Store store() {
        return store;
    }

    public EngineAddress address() {
        return new EngineAddress(uri, null, "the test engine " + name);
    }

    /** A repository that no other test uses. Podman puts {@code localhost/} before it. */
    public String uniqueName() {
        byte[] random = new byte[6];
        new SecureRandom().nextBytes(random);
        String unique = "docker-archive-test-" + HexFormat.of().formatHex(random);
        names.add(unique);
        return unique;
    }

    /** Takes charge of images of a repository that the code under test makes here, as of its own. */
    public void adopt(String repository) {
        names.add(repository);
    }

    /** Loads an image with these layers as {@code reference}. */
    public void createImage(String reference, TestLayer... layers) throws IOException {
        load(new TestImageArchive().image(List.of(reference), List.of(layers)));
    }

    /** Loads an image of that run configuration (Cmd, Env, ...). */
    public void createImage(String reference, ObjectNode run, TestLayer... layers) throws IOException {
        load(new TestImageArchive().image(List.of(reference), run, List.of(layers)));
    }

    /** Makes an image whose containers can run a shell and busybox' tools. */
    public void createShellImage(String reference, TestLayer... layers) throws IOException {
        List<TestLayer> all = new ArrayList<>(List.of(shell()));
        all.addAll(List.of(layers));
        createImage(reference, all.toArray(new TestLayer[0]));
    }

    /** A layer with busybox as /bin/sh. */
    public static TestLayer shell() throws IOException {
        for (String place : List.of("/bin/busybox", "/usr/bin/busybox")) {
            if (Files.isExecutable(Path.of(place))) {
                return shell(Files.readAllBytes(Path.of(place)));
            }
        }
        // not on this machine: every engine's own root has it
        try (var roots = Files.newDirectoryStream(Path.of(
                System.getenv().getOrDefault("DOCKER_ARCHIVE_ENGINES", "/var/cache/docker-archive-engines"),
                "roots"))) {
            for (Path root : roots) {
                Path busybox = root.resolve("usr/bin/busybox");
                if (Files.isRegularFile(busybox)) {
                    return shell(Files.readAllBytes(busybox));
                }
            }
        }
        throw new IOException("There is no busybox to run in containers; install busybox-static.");
    }

    private static TestLayer shell(byte[] busybox) {
        TestLayer layer = new TestLayer().file("bin/busybox", busybox, 0755);
        for (String tool : List.of("sh", "cat", "echo", "ls", "sleep", "sha256sum", "env", "id", "mkdir", "rm")) {
            layer.link("bin/" + tool, "busybox");
        }
        return layer;
    }

    public void load(TestImageArchive archive) throws IOException {
        Path file = Files.createTempFile("images", ".tar");
        try {
            archive.writeTo(file);
            try (InputStream in = Files.newInputStream(file)) {
                String answer = upload("/images/load?quiet=1", in);
                if (!answer.contains("Loaded image") || answer.contains("rror")) {
                    throw new IOException(name + " did not load: " + answer);
                }
            }
        } finally {
            Files.delete(file);
        }
    }

    /** The engine's own words for an image. */
    public JsonNode inspectImage(String nameOrId) throws IOException {
        return mapper.readTree(call("GET", "/images/" + nameOrId + "/json", null));
    }

    public boolean hasImage(String nameOrId) throws IOException {
        try (DockerHttpClient client = client();
                Response response = client.execute(
                        request("GET", "/images/" + nameOrId + "/json").build())) {
            return response.getStatusCode() == 200;
        }
    }

    /** @return ID of a new container that has never run */
    public String createContainer(String image, String... command) throws IOException {
        ObjectNode body = mapper.createObjectNode().put("Image", image);
        body.set("Cmd", mapper.valueToTree(List.of(command)));
        body.putObject("HostConfig").put("NetworkMode", "none");
        String id = mapper.readTree(call("POST", "/containers/create", body))
                .path("Id")
                .asText();
        containers.add(id);
        return id;
    }

    public void start(String container) throws IOException {
        call("POST", "/containers/" + container + "/start", null);
    }

    /** Runs a command in a new container without network and waits for its end. */
    public Run run(String image, String... command) throws IOException {
        String id = createContainer(image, command);
        start(id);
        int exitCode = mapper.readTree(call("POST", "/containers/" + id + "/wait", null))
                .path("StatusCode")
                .asInt();
        return new Run(exitCode, text(callBytes("GET", "/containers/" + id + "/logs?stdout=1&stderr=1", null)));
    }

    /** Undoes the frames of a container without terminal: type, three zero bytes, length, text. */
    private static String text(byte[] frames) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.wrap(frames);
        while (buffer.remaining() >= 8) {
            buffer.getInt();
            byte[] part = new byte[Math.min(buffer.getInt(), buffer.remaining())];
            buffer.get(part);
            text.writeBytes(part);
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    /** Makes a call and returns its answer; fails unless the status is of success. */
    public String call(String method, String path, JsonNode body) throws IOException {
        return new String(callBytes(method, path, body), StandardCharsets.UTF_8);
    }

    private byte[] callBytes(String method, String path, JsonNode body) throws IOException {
        Request.Builder request = request(method, path);
        if (body != null) {
            request.putHeader("Content-Type", "application/json")
                    .body(new ByteArrayInputStream(mapper.writeValueAsBytes(body)));
        }
        return send(request);
    }

    /** Posts a tar and returns what the engine answers. */
    public String upload(String path, InputStream tar) throws IOException {
        return new String(
                send(request("POST", path)
                        .putHeader("Content-Type", "application/x-tar")
                        .body(tar)),
                StandardCharsets.UTF_8);
    }

    private byte[] send(Request.Builder request) throws IOException {
        Request complete = request.build();
        try (DockerHttpClient client = client();
                Response response = client.execute(complete)) {
            byte[] answer = response.getBody().readAllBytes();
            if (response.getStatusCode() >= 400) {
                throw new IOException(name + ": " + complete.method() + " " + complete.path() + ": "
                        + response.getStatusCode() + " " + new String(answer, StandardCharsets.UTF_8));
            }
            return answer;
        }
    }

    private static Request.Builder request(String method, String path) {
        return Request.builder().method(method).path(path);
    }

    private DockerHttpClient client() {
        return new ApacheDockerHttpClient.Builder()
                .dockerHost(uri)
                .connectionTimeout(Duration.ofSeconds(10))
                .build();
    }

    @Override
    public void close() throws IOException {
        for (String container : containers) {
            quietly("DELETE", "/containers/" + container + "?force=1&v=1");
        }
        containers.clear();
        if (!names.isEmpty()) {
            for (JsonNode image : mapper.readTree(call("GET", "/images/json", null))) {
                for (JsonNode reference : image.path("RepoTags")) {
                    if (names.stream().anyMatch(reference.asText()::contains)) {
                        quietly(
                                "DELETE",
                                "/images/" + URLEncoder.encode(reference.asText(), StandardCharsets.UTF_8)
                                        + "?force=1");
                    }
                }
            }
        }
        names.clear();
    }

    private void quietly(String method, String path) {
        try {
            call(method, path, null);
        } catch (IOException | RuntimeException e) {
            // gone already, or with the engine
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
