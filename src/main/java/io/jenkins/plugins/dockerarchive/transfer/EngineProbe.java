package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.remoting.VirtualChannel;
import io.jenkins.plugins.dockerarchive.engine.Engine;
import io.jenkins.plugins.dockerarchive.engine.IdleTimeout;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import jenkins.agents.ControllerToAgentFileCallable;

/**
 * Connects to an engine from an agent, or from wherever else it is called, and tells what it found: the engine's
 * address, its version and how it keeps images.
 *
 * @param choice which engine
 */
public record EngineProbe(@NonNull EngineChoice choice) implements ControllerToAgentFileCallable<String> {

    private static final IdleTimeout IDLE = new IdleTimeout(Duration.ofSeconds(15));

    @Override
    public String invoke(File anywhere, VirtualChannel channel) throws IOException, InterruptedException {
        try (Engine engine = Engine.connect(choice.resolve(), IDLE)) {
            return engine.capabilities().describe() + ", " + engine.address().uri();
        } catch (IOException e) {
            throw PortableFailure.of(e);
        }
    }
}
