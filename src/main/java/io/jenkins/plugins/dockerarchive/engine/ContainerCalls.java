package io.jenkins.plugins.dockerarchive.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.ContainerInspection.State;
import java.io.InputStream;
import java.util.Optional;

/** Asks for, pauses and exports containers. */
final class ContainerCalls {

    private static final int OK = 200;
    private static final int NO_CONTENT = 204;
    private static final int NOT_FOUND = 404;

    private final Calls calls;

    ContainerCalls(@NonNull Calls calls) {
        this.calls = calls;
    }

    @NonNull
    Optional<ContainerInspection> find(@NonNull String nameOrId) throws EngineException, InterruptedException {
        String task = "inspect the container " + nameOrId;
        try (Answer answer = calls.send(task, "GET", path(nameOrId, task, "/json"))) {
            if (answer.status() == NOT_FOUND) {
                return Optional.empty();
            }
            JsonNode container = answer.json();
            String id = EngineJson.text(container, "Id");
            if (id == null) {
                throw calls.faults().senseless(task, "its answer has no ID", null);
            }
            JsonNode config = container.path("Config");
            JsonNode state = container.path("State");
            String name = container.path("Name").asText();
            return Optional.of(new ContainerInspection(
                    id,
                    name.startsWith("/") ? name.substring(1) : name,
                    config.path("Image").asText(),
                    ImageCalls.withAlgorithm(container.path("Image").asText()),
                    new State(
                            state.path("Status").asText(),
                            state.path("Running").asBoolean(),
                            state.path("Paused").asBoolean(),
                            state.path("ExitCode").asInt()),
                    config.isObject() ? config : JsonNodeFactory.instance.objectNode()));
        }
    }

    void pause(@NonNull String container) throws EngineException, InterruptedException {
        post("pause the container " + container, container, "/pause");
    }

    void unpause(@NonNull String container) throws EngineException, InterruptedException {
        post("unpause the container " + container, container, "/unpause");
    }

    private void post(String task, String container, String verb) throws EngineException, InterruptedException {
        try (Answer answer = calls.send(task, "POST", path(container, task, verb))) {
            answer.bodyOf(NO_CONTENT, OK);
        }
    }

    @NonNull
    InputStream export(@NonNull String container) throws EngineException, InterruptedException {
        String task = "export the container " + container;
        return calls.send(task, "GET", path(container, task, "/export")).keptBody();
    }

    private RequestPath path(String container, String task, String verb) throws EngineException {
        return RequestPath.around("/containers/", EngineName.of(container, task, calls.faults()), verb);
    }
}
