package jenkins.model;

import hudson.FilePath;
import hudson.Launcher;
import hudson.model.BuildListener;
import hudson.model.Run;
import java.io.IOException;
import java.util.Map;
import jenkins.util.VirtualFile;

public class StandardArtifactManager extends ArtifactManager {
    protected transient Run<?, ?> build;

    public StandardArtifactManager(Run<?, ?> build) {
        this.build = build;
    }

    @Override
    public final void onLoad(Run<?, ?> build) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void archive(FilePath workspace, Launcher launcher, BuildListener listener, Map<String, String> artifacts)
            throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    @Override
    public final boolean delete() throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    @Override
    public VirtualFile root() {
        throw new UnsupportedOperationException();
    }
}
