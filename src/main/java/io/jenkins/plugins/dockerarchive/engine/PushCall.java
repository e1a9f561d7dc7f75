package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.Map;

/** POST /images/{name}/push, and GET /distribution/{name}/json, which only looks whether the registry answers. */
final class PushCall {

    private final Calls calls;

    PushCall(@NonNull Calls calls) {
        this.calls = calls;
    }

    /** @see Engine#reaches */
    boolean reaches(@NonNull PushEndpoint endpoint) throws EngineException, InterruptedException {
        String task = "look for " + endpoint.repository();
        RequestPath path = RequestPath.around(
                "/distribution/", EngineName.of(endpoint.repository() + ":probe", task, calls.faults()), "/json");
        // whatever the answer: our registry has nothing, and an engine that does not get there says no other
        calls.send(task, "GET", path, login(endpoint)).close();
        return endpoint.wasReached();
    }

    /** @see Engine#push */
    void send(@NonNull PushEndpoint endpoint, @NonNull String tag) throws EngineException, InterruptedException {
        String task = "push " + endpoint.repository() + ":" + tag;
        RequestPath path = RequestPath.around(
                        "/images/", EngineName.of(endpoint.repository(), task, calls.faults()), "/push")
                .with("tag", tag);
        try (Answer answer = calls.send(task, "POST", path, login(endpoint))) {
            answer.readEvents(event -> {});
        }
    }

    private static Map<String, String> login(PushEndpoint endpoint) {
        return Map.of("X-Registry-Auth", endpoint.authorization());
    }
}
