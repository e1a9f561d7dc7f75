package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Resolves a {@code file} parameter and keeps it inside the workspace, symbolic links included. */
final class WorkspaceFile {

    private final Path workspace;

    WorkspaceFile(@NonNull Path workspace) {
        this.workspace = workspace;
    }

    /** A path that may not exist yet. */
    @NonNull
    Path resolve(@NonNull String file) throws IOException {
        Path path;
        try {
            path = workspace.resolve(file).normalize();
        } catch (InvalidPathException e) {
            throw new BadInputException("file '" + file + "' is not a path: " + e.getReason() + ".");
        }
        if (!path.startsWith(workspace.normalize()) || path.equals(workspace.normalize())) {
            throw outside(file);
        }
        Path existing = path;
        while (!Files.exists(existing)) {
            existing = existing.getParent();
            if (existing == null || existing.equals(workspace.getParent())) {
                return path; // the workspace itself is still to be made
            }
        }
        if (Files.exists(workspace) && !existing.toRealPath().startsWith(workspace.toRealPath())) {
            throw outside(file);
        }
        return path;
    }

    /** A file or directory that must exist. */
    @NonNull
    Path existing(@NonNull String file) throws IOException {
        Path path = resolve(file);
        if (!Files.exists(path)) {
            throw new BadInputException("There is no file '" + file + "' in the workspace " + workspace
                    + "; check its name and whether it was made on this node.");
        }
        return path;
    }

    private BadInputException outside(String file) {
        return new BadInputException(
                "file '" + file + "' is outside the workspace " + workspace + "; give a path inside it.");
    }
}
