package io.jenkins.plugins.dockerarchive.engine;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.List;

/**
 * The {@code platform} parameter of save and load: an OCI platform as JSON, repeated for several. Import takes a plain
 * string instead.
 */
final class PlatformParameter {

    private final EngineCapabilities capabilities;
    private final EngineFaults faults;

    PlatformParameter(@NonNull EngineCapabilities capabilities, @NonNull EngineFaults faults) {
        this.capabilities = capabilities;
        this.faults = faults;
    }

    /** @throws EngineException when the engine would ignore the parameter or refuse it */
    void addTo(@NonNull RequestPath path, @NonNull List<Platform> platforms, @NonNull String task)
            throws EngineException {
        boolean can = platforms.isEmpty()
                || capabilities.platformOnSaveAndLoad() && (platforms.size() == 1 || capabilities.severalPlatforms());
        if (!can) {
            throw new EngineException(
                    "The engine at " + faults.where() + " cannot " + task + " for "
                            + (capabilities.platformOnSaveAndLoad()
                                    ? "more than one chosen platform, which takes Docker 29 or later; name one of "
                                    : "a chosen platform, which takes Docker 28 or later; leave out the platforms ")
                            + platforms + ". It is " + capabilities.describe() + ".",
                    null);
        }
        for (Platform platform : platforms) {
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.put("os", platform.os());
            json.put("architecture", platform.architecture());
            if (platform.variant() != null) {
                json.put("variant", platform.variant());
            }
            path.with("platform", json.toString());
        }
    }
}
