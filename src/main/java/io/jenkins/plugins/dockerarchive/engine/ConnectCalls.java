package io.jenkins.plugins.dockerarchive.engine;

import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.EngineCapabilities.ImageStore;
import io.jenkins.plugins.dockerarchive.engine.EngineCapabilities.Product;

/** Asks who answers at an address: GET /_ping, /version and /info. */
final class ConnectCalls {

    static final String TASK = "say who it is";

    private final Calls calls;

    ConnectCalls(@NonNull Calls calls) {
        this.calls = calls;
    }

    /** @throws EngineException also when it is not a container engine that answers */
    @NonNull
    EngineCapabilities ask() throws EngineException, InterruptedException {
        requireEngine();
        JsonNode version;
        try (Answer answer = calls.send(TASK, "GET", new RequestPath("/version"))) {
            version = answer.json();
        }
        JsonNode info;
        try (Answer answer = calls.send(TASK, "GET", new RequestPath("/info"))) {
            info = answer.json();
        }
        try {
            Product product = product(version);
            ApiVersion api = ApiVersion.parse(version.path("ApiVersion").asText());
            String minimum = EngineJson.text(version, "MinAPIVersion");
            return new EngineCapabilities(
                    product,
                    version.path("Version").asText(),
                    api,
                    minimum == null ? api : ApiVersion.parse(minimum),
                    store(product, info),
                    Platform.parse(version.path("Os").asText() + "/"
                            + version.path("Arch").asText()));
        } catch (IllegalArgumentException e) {
            throw calls.faults().senseless(TASK, "its answer to /version is not an engine's: " + e.getMessage(), e);
        }
    }

    private void requireEngine() throws EngineException, InterruptedException {
        try (Answer answer = calls.send(TASK, "GET", new RequestPath("/_ping"))) {
            if (answer.header("Api-Version") != null && answer.status() == 200) {
                return;
            }
            EngineException refused = answer.refused();
            if (refused.getMessage().contains("HTTP request to an HTTPS server")) {
                throw new EngineException(
                        "The engine at " + calls.faults().where()
                                + " speaks TLS: give credentials with the engine's certificates, or set"
                                + " DOCKER_TLS_VERIFY and DOCKER_CERT_PATH.",
                        answer.status());
            }
            throw answer.header("Api-Version") != null
                    ? refused
                    : new EngineException(
                            "What answers at " + calls.faults().where()
                                    + " is not a container engine (HTTP status " + answer.status()
                                    + " without an API version); is it the engine's port?",
                            answer.status());
        }
    }

    private static Product product(JsonNode version) {
        for (JsonNode component : version.path("Components")) {
            if (component.path("Name").asText().startsWith("Podman")) {
                return Product.PODMAN;
            }
        }
        return Product.DOCKER;
    }

    /** @see <a href="https://docs.docker.com/engine/storage/containerd/">how the image store is told</a> */
    private static ImageStore store(Product product, JsonNode info) {
        if (product == Product.PODMAN) {
            return ImageStore.PODMAN;
        }
        for (JsonNode pair : info.path("DriverStatus")) {
            if (pair.path(0).asText().equals("driver-type")
                    && pair.path(1).asText().startsWith("io.containerd.snapshotter")) {
                return ImageStore.CONTAINERD;
            }
        }
        return ImageStore.GRAPH_DRIVER;
    }
}
