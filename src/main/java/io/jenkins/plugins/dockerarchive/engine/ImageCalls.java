package io.jenkins.plugins.dockerarchive.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Asks for, names and removes images: the calls that move no layers. */
final class ImageCalls {

    private static final int OK = 200;
    private static final int CREATED = 201;
    private static final int NOT_FOUND = 404;

    /** A containerd image store finds none of its images when one of them goes while it lists them. */
    private static final int MOST_LISTS = 20;

    private final Calls calls;

    ImageCalls(@NonNull Calls calls) {
        this.calls = calls;
    }

    @NonNull
    Optional<ImageInspection> find(@NonNull String nameOrId) throws EngineException, InterruptedException {
        String task = "inspect the image " + nameOrId;
        RequestPath path = RequestPath.around("/images/", EngineName.of(nameOrId, task, calls.faults()), "/json");
        try (Answer answer = calls.send(task, "GET", path)) {
            if (answer.status() == NOT_FOUND) {
                return Optional.empty();
            }
            JsonNode image = answer.json();
            String id = EngineJson.text(image, "Id");
            if (id == null) {
                throw calls.faults().senseless(task, "its answer has no ID", null);
            }
            JsonNode config = image.path("Config");
            return Optional.of(new ImageInspection(
                    withAlgorithm(id),
                    EngineJson.texts(image.path("RepoTags")),
                    EngineJson.texts(image.path("RepoDigests")),
                    EngineJson.texts(image.path("RootFS").path("Layers")),
                    platform(image),
                    EngineJson.instant(image, "Created"),
                    image.path("Size").asLong(),
                    config.isObject() ? config : JsonNodeFactory.instance.objectNode()));
        }
    }

    /** For one platform at least. */
    boolean hasAllOf(@NonNull String nameOrId) throws EngineException, InterruptedException {
        return manifests(nameOrId).stream()
                .anyMatch(manifest -> manifest.path("Kind").asText().equals("image") && isAvailable(manifest));
    }

    /** For every platform, and of statements about them, too. */
    boolean hasEverythingOf(@NonNull String nameOrId) throws EngineException, InterruptedException {
        List<JsonNode> manifests = manifests(nameOrId);
        return !manifests.isEmpty() && manifests.stream().allMatch(ImageCalls::isAvailable);
    }

    private static boolean isAvailable(JsonNode manifest) {
        return manifest.path("Available").asBoolean();
    }

    /** None when the engine has no such image. */
    private List<JsonNode> manifests(String nameOrId) throws EngineException, InterruptedException {
        String task = "say what it has of the image " + nameOrId;
        RequestPath path = RequestPath.around("/images/", EngineName.of(nameOrId, task, calls.faults()), "/json")
                .with("manifests", "1");
        List<JsonNode> manifests = new ArrayList<>();
        try (Answer answer = calls.send(task, "GET", path)) {
            if (answer.status() != NOT_FOUND) {
                answer.json().path("Manifests").forEach(manifests::add);
            }
        }
        return manifests;
    }

    @NonNull
    List<ImageSummary> list(@NonNull Collection<String> repositories) throws EngineException, InterruptedException {
        RequestPath path = new RequestPath("/images/json");
        if (!repositories.isEmpty()) {
            ObjectNode filters = JsonNodeFactory.instance.objectNode();
            ArrayNode references = filters.putArray("reference");
            repositories.forEach(references::add);
            path.with("filters", filters.toString());
        }
        for (int asked = 1; ; asked++) {
            try (Answer answer = calls.send("list its images", "GET", path)) {
                if (answer.status() != NOT_FOUND || asked == MOST_LISTS) {
                    return summaries(answer.json());
                }
            }
        }
    }

    private static List<ImageSummary> summaries(JsonNode list) {
        List<ImageSummary> images = new ArrayList<>();
        for (JsonNode image : list) {
            images.add(new ImageSummary(
                    withAlgorithm(image.path("Id").asText()),
                    references(image.path("RepoTags")),
                    references(image.path("RepoDigests")),
                    image.path("Size").asLong()));
        }
        return images;
    }

    /** Engines before 25.0 list an image without references as {@code <none>:<none>}. */
    private static List<String> references(JsonNode array) {
        return EngineJson.texts(array).stream()
                .filter(reference -> !reference.startsWith("<none>"))
                .toList();
    }

    void tag(@NonNull String source, @NonNull String repository, @NonNull String tag)
            throws EngineException, InterruptedException {
        String task = "tag " + source + " as " + repository + ":" + tag;
        RequestPath path = RequestPath.around("/images/", EngineName.of(source, task, calls.faults()), "/tag")
                .with("repo", repository)
                .with("tag", tag);
        try (Answer answer = calls.send(task, "POST", path)) {
            answer.bodyOf(CREATED, OK);
        }
    }

    void remove(@NonNull String reference) throws EngineException, InterruptedException {
        String task = "remove the image " + reference;
        RequestPath path = RequestPath.around("/images/", EngineName.of(reference, task, calls.faults()), "");
        try (Answer answer = calls.send(task, "DELETE", path)) {
            answer.bodyOf(OK, NOT_FOUND);
        }
    }

    /** Podman leaves the algorithm out. */
    @NonNull
    static String withAlgorithm(@NonNull String id) {
        return id.indexOf(':') < 0 && !id.isEmpty() ? "sha256:" + id : id;
    }

    @CheckForNull
    private static Platform platform(JsonNode image) {
        String os = EngineJson.text(image, "Os");
        String architecture = EngineJson.text(image, "Architecture");
        return os == null || architecture == null
                ? null
                : new Platform(os, architecture, EngineJson.text(image, "Variant"));
    }
}
