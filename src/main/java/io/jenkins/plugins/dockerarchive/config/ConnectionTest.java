package io.jenkins.plugins.dockerarchive.config;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import hudson.Util;
import hudson.model.Computer;
import hudson.model.Node;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.transfer.EngineProbe;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jenkins.model.Jenkins;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;

/** Connects to an engine from a machine that would have to reach it in a build. */
final class ConnectionTest {

    private static final int SECONDS = 30;

    private final EngineAccess access;
    private final String node;

    /** @param node name of the node to connect from; null or empty for the built-in one */
    ConnectionTest(@NonNull EngineAccess access, @CheckForNull String node) {
        this.access = access;
        this.node = Util.fixNull(node);
    }

    /** What the engine is, and from where it was reached. */
    @NonNull
    String connect(@NonNull DockerServerEndpoint endpoint) throws IOException, InterruptedException {
        Computer computer = Jenkins.get().getComputer(node);
        Node machine = computer == null ? null : computer.getNode();
        FilePath root = machine == null ? null : machine.getRootPath();
        if (root == null) {
            throw new IOException(Texts.CONNECTION_OFFLINE.text(node));
        }
        Future<String> answer = root.actAsync(new EngineProbe(access.forTest(endpoint, computer.getEnvironment())));
        try {
            return Texts.CONNECTION_CONNECTED.text(answer.get(SECONDS, TimeUnit.SECONDS), computer.getDisplayName());
        } catch (ExecutionException e) {
            throw new IOException(
                    e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new IOException(Texts.CONNECTION_TIMEOUT.text(SECONDS), e);
        } finally {
            answer.cancel(true);
        }
    }
}
