package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.remoting.VirtualChannel;
import io.jenkins.plugins.dockerarchive.image.DiskSpace;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import jenkins.agents.ControllerToAgentFileCallable;

/**
 * Fetches an artifact from the remote store of this Jenkins, without a detour through the controller.
 *
 * @param from address that the artifact manager made for this one download; it may hold a signature and so is told to
 *     nobody
 */
record DownloadOnAgent(@NonNull URL from) implements ControllerToAgentFileCallable<Void> {

    private static final int CONNECT_MILLIS = 30_000;
    private static final int READ_MILLIS = 120_000;

    @Override
    public Void invoke(File to, VirtualChannel channel) throws IOException, InterruptedException {
        Files.createDirectories(to.getParentFile().toPath());
        URLConnection connection = from.openConnection();
        connection.setConnectTimeout(CONNECT_MILLIS);
        connection.setReadTimeout(READ_MILLIS);
        try (InputStream in = new InterruptibleInput(connection.getInputStream())) {
            Files.copy(in, to.toPath());
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (DiskSpace.isFull(e)) {
                throw new OperationException("The artifact could not be fetched from " + from.getHost()
                        + ": the agent's disk is full; make room there and run it again.");
            }
            // The original message holds the signed address.
            throw new OperationException("The artifact could not be fetched from " + from.getHost() + ": "
                    + e.getClass().getSimpleName() + ".");
        }
        return null;
    }

    @Override
    public String toString() {
        return "DownloadOnAgent[" + from.getHost() + "]";
    }
}
