package hudson;

import hudson.model.TaskListener;
import hudson.remoting.Channel;
import hudson.remoting.VirtualChannel;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

public abstract class Launcher {
    protected final TaskListener listener;

    protected final VirtualChannel channel;

    protected Launcher(TaskListener listener, VirtualChannel channel) {
        this.listener = listener;
        this.channel = channel;
    }

    public VirtualChannel getChannel() {
        return channel;
    }

    public TaskListener getListener() {
        return listener;
    }

    public boolean isUnix() {
        throw new UnsupportedOperationException();
    }

    public final class ProcStarter {}

    public abstract Proc launch(ProcStarter starter) throws IOException;

    public abstract Channel launchChannel(
            String[] command, OutputStream out, FilePath workingDirectory, Map<String, String> environment)
            throws IOException, InterruptedException;

    public abstract void kill(Map<String, String> environment) throws IOException, InterruptedException;
}
