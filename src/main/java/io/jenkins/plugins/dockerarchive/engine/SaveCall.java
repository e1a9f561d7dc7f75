package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.InputStream;
import java.util.List;

/** GET /images/get. */
final class SaveCall {

    private final Calls calls;
    private final EngineCapabilities capabilities;

    SaveCall(@NonNull Calls calls, @NonNull EngineCapabilities capabilities) {
        this.calls = calls;
        this.capabilities = capabilities;
    }

    /** @see Engine#saveImages */
    @NonNull
    InputStream send(@NonNull List<String> names, @NonNull List<Platform> platforms)
            throws EngineException, InterruptedException {
        if (names.isEmpty()) {
            throw new IllegalArgumentException("Name at least one image to save."); // engines save nothing, happily
        }
        String task = "save " + String.join(", ", names);
        RequestPath path = new RequestPath("/images/get");
        for (String name : names) {
            path.with("names", EngineName.of(name, task, calls.faults()).text());
        }
        new PlatformParameter(capabilities, calls.faults()).addTo(path, platforms, task);
        return calls.send(task, "GET", path).keptBody();
    }
}
