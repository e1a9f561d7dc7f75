package hudson.slaves;

import hudson.FilePath;

public final class WorkspaceList {
    public static FilePath tempDir(FilePath workspace) {
        return workspace.withSuffix("@tmp");
    }
}
