package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import java.io.IOException;
import java.util.List;

/** Takes a written archive to where it was asked for; when one place fails, it is in none. */
final class Delivery {

    private final BuildContext context;
    private final Destination destination;
    private final String name;
    private final StashTransfer stashes;
    private final AgentAnswers answers;
    private final ArtifactTransfer artifacts;

    /** @param name of the archive when it leaves the agent, if that is settled before it is written */
    Delivery(
            @NonNull BuildContext context,
            @NonNull Destination destination,
            @CheckForNull String name,
            @NonNull StashTransfer stashes,
            @NonNull AgentAnswers answers) {
        this.context = context;
        this.destination = destination;
        this.name = name;
        this.stashes = stashes;
        this.answers = answers;
        this.artifacts = new ArtifactTransfer(context);
    }

    /** What can be known to fail at the end is refused at the beginning. */
    void check() throws IOException {
        if (name == null || staysInWorkspaceOnly()) {
            return;
        }
        try {
            answers.path(name);
        } catch (OperationException e) {
            throw new BadInputException("file '" + destination.file() + "' cannot become an artifact or a stash;"
                    + " use a path relative to the workspace, with / and without . or .. in it.");
        }
        if (destination.stash() != null) {
            stashes.check(destination.stash(), name);
        }
        refuseExistingArtifact(name);
    }

    /**
     * Delivers.
     *
     * @param directory on the agent that the archive is in
     * @param file path of the archive as the agent told it, already looked at
     * @param config path of the configuration kept with it, or null
     * @param size bytes of the archive
     */
    void deliver(@NonNull FilePath directory, @NonNull String file, @CheckForNull String config, long size)
            throws IOException, InterruptedException {
        if (staysInWorkspaceOnly()) {
            return;
        }
        WrittenArchive archive =
                new WrittenArchive(directory, file, config == null ? List.of(file) : List.of(file, config), size);
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
                    takeFromWorkspace(config);
                }
            }
        }
    }

    private boolean staysInWorkspaceOnly() {
        return !destination.artifact() && destination.stash() == null;
    }

    private void refuseExistingArtifact(String file) throws IOException {
        if (destination.artifact() && destination.existing() == Destination.Existing.REFUSE) {
            artifacts.refuseExisting(file);
        }
    }

    /** A file that is left behind would be in the way of the next try. */
    private void takeFromWorkspace(@CheckForNull String config) {
        Disposal disposal = new Disposal(context);
        disposal.delete(context.workspace().child(destination.file()));
        if (config != null) {
            disposal.delete(context.workspace().child(config));
        }
    }
}
