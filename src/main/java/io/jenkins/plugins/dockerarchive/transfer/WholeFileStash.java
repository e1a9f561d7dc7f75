package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.AbortException;
import hudson.FilePath;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.regex.Pattern;
import org.jenkinsci.plugins.workflow.flow.StashManager;

/** A stash as Jenkins itself makes it: the whole archive, through the controller or the remote artifact manager. */
final class WholeFileStash implements StashTransfer {

    /** {@link StashManager} takes Ant patterns, in which these mean something else than themselves. */
    private static final Pattern PATTERN_SIGNS = Pattern.compile("[\\s,*?]");

    @Override
    public void check(@NonNull String name, @NonNull String file) throws IOException {
        if (PATTERN_SIGNS.matcher(file).find()) {
            throw new BadInputException("file '" + file + "' cannot go into stash '" + name
                    + "'; use a name without white space, comma, * and ?.");
        }
    }

    @Override
    public void keep(@NonNull BuildContext context, @NonNull String name, @NonNull WrittenArchive archive)
            throws IOException, InterruptedException {
        for (String file : archive.files()) {
            check(name, file);
        }
        boolean kept = false;
        try {
            // compressed once more, so that nobody knows how much it will be
            new Room("Cannot stash " + archive.name() + " as '" + name + "'", "the stash", 0).use(() -> {
                StashManager.stash(
                        context.run(),
                        name,
                        archive.directory(),
                        context.launcher(),
                        context.environment(),
                        context.listener(),
                        String.join(",", archive.files()),
                        null,
                        false,
                        false);
                return null;
            });
            kept = true;
        } finally {
            if (!kept) {
                discardHalf(context, name);
            }
        }
    }

    /** Jenkins' own store has written a truncated file by then, which a later step could still ask for. */
    private static void discardHalf(BuildContext context, String name) throws IOException {
        File half = new File(context.run().getRootDir(), "stashes/" + name + ".tar.gz");
        Files.deleteIfExists(half.toPath());
    }

    @Override
    public void fetch(@NonNull BuildContext context, @NonNull String name, @NonNull FilePath directory)
            throws IOException, InterruptedException {
        try {
            new Room("Cannot take up stash '" + name + "'", "its archive", 0).use(() -> {
                StashManager.unstash(
                        context.run(), name, directory, context.launcher(), context.environment(), context.listener());
                return null;
            });
        } catch (AbortException e) {
            throw new OperationException(
                    "This build has no stash '" + name
                            + "'; the step that stashes it must run before, in the same build.",
                    e);
        }
    }
}
