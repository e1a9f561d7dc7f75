package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Takes a written archive to where it was asked for; when one place fails, it is in none. */
final class Delivery {

    private final BuildContext context;
    private final Destination destination;
    private final StashTransfer stashes;
    private final AgentAnswers answers;
    private final ArtifactTransfer artifacts;

    Delivery(
            @NonNull BuildContext context,
            @NonNull Destination destination,
            @NonNull StashTransfer stashes,
            @NonNull AgentAnswers answers) {
        this.context = context;
        this.destination = destination;
        this.stashes = stashes;
        this.answers = answers;
        this.artifacts = new ArtifactTransfer(context);
    }

    /** What can be known to fail at the end is refused at the beginning. */
    void check() throws IOException {
        String file = destination.file();
        if (file == null || staysInWorkspaceOnly()) {
            return;
        }
        try {
            answers.path(file);
        } catch (OperationException e) {
            throw new BadInputException("file '" + file + "' cannot become an artifact or a stash;"
                    + " use a path relative to the workspace, with / and without . or .. in it.");
        }
        if (destination.stash() != null) {
            stashes.check(destination.stash(), file);
        }
        refuseExistingArtifact(file);
    }

    /**
     * Delivers.
     *
     * @param temporary where the archive is, unless it stays in the workspace
     * @param file path of the archive as the agent told it, already looked at
     * @param config path of the configuration kept with it, or null
     * @param size bytes of the archive
     */
    void deliver(@NonNull FilePath temporary, @NonNull String file, @CheckForNull String config, long size)
            throws IOException, InterruptedException {
        if (staysInWorkspaceOnly()) {
            return;
        }
        // Where the operation has put the archive follows from the request; the agent is not asked.
        FilePath directory = destination.keepsFile() ? context.workspace() : temporary;
        WrittenArchive archive = new WrittenArchive(directory, file, files(directory, file, config), size);
        boolean archived = false;
        boolean done = false;
        try {
            if (destination.artifact()) {
                refuseExistingArtifact(file);
                Moved moved = new Moved();
                artifacts.tellWhere();
                artifacts.archive(archive);
                archived = true;
                context.log(moved.line("Archived as artifact " + file, size));
            }
            if (destination.stash() != null) {
                Moved moved = new Moved();
                stashes.keep(context, destination.stash(), archive);
                context.log(moved.line("Stashed as '" + destination.stash() + "'", size));
            }
            done = true;
        } finally {
            if (!done) {
                if (archived) {
                    artifacts.withdraw(archive);
                }
                if (destination.keepsFile()) {
                    takeFromWorkspace(archive);
                }
            }
        }
    }

    private boolean staysInWorkspaceOnly() {
        return !destination.artifact() && destination.stash() == null;
    }

    private void refuseExistingArtifact(String name) throws IOException {
        if (destination.artifact() && destination.existing() == Destination.Existing.REFUSE) {
            artifacts.refuseExisting(name);
        }
    }

    /** A file that is left behind would be in the way of the next try. */
    private void takeFromWorkspace(WrittenArchive archive) {
        for (String file : archive.files()) {
            new Disposal(context).delete(archive.directory().child(file));
        }
    }

    private List<String> files(FilePath directory, String archive, @CheckForNull String config)
            throws IOException, InterruptedException {
        List<String> files = new ArrayList<>();
        FilePath top = directory.child(archive);
        if (top.isDirectory()) {
            for (FilePath file : top.list("**", null, false)) {
                String below = file.getRemote()
                        .substring(Math.min(
                                file.getRemote().length(), top.getRemote().length() + 1))
                        .replace('\\', '/');
                files.add(answers.path(archive + "/" + below));
            }
        } else {
            files.add(archive);
        }
        if (config != null) {
            files.add(config);
        }
        return files;
    }
}
