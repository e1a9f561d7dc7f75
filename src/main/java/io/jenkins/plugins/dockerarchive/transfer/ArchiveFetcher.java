package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.operations.ArchiveSource;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import io.jenkins.plugins.dockerarchive.operations.SourceChoice;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import jenkins.util.VirtualFile;

/** Brings the archive that a reading step asks for to the agent. */
final class ArchiveFetcher {

    private final BuildContext context;
    private final StashTransfer stashes;
    private final ArtifactNames names;
    private final AgentAnswers answers;

    ArchiveFetcher(
            @NonNull BuildContext context,
            @NonNull StashTransfer stashes,
            @NonNull ArtifactNames names,
            @NonNull AgentAnswers answers) {
        this.context = context;
        this.stashes = stashes;
        this.names = names;
        this.answers = answers;
    }

    /**
     * The archive as the agent will find it.
     *
     * @param temporary directory on the agent for what has to be fetched; workspace files and URLs need none, because
     *     the operation reads them itself
     */
    @NonNull
    ArchiveSource fetch(@NonNull SourceChoice choice, @NonNull FilePath temporary)
            throws IOException, InterruptedException {
        return switch (choice.kind()) {
            case FILE, URL -> Sources.announced(choice);
            case STASH -> unstash(choice, temporary);
            case BUILD -> download(choice, temporary);
        };
    }

    private ArchiveSource unstash(SourceChoice choice, FilePath temporary) throws IOException, InterruptedException {
        Moved moved = new Moved();
        FilePath directory = temporary.child("stash");
        directory.mkdirs();
        stashes.fetch(context, choice.stash(), directory);
        FilePath archive = onlyArchive(directory, choice.stash());
        context.log(moved.line("Took up stash '" + choice.stash() + "'", archive.length()));
        return Sources.fetched(choice, archive.getRemote());
    }

    /** A stash holds one archive and perhaps the configuration kept with it; whatever else has been stashed is none. */
    private FilePath onlyArchive(FilePath directory, String stash) throws IOException, InterruptedException {
        List<FilePath> archives = new ArrayList<>();
        for (FilePath file : directory.list("**", null, false)) {
            if (file.getName().equals("oci-layout")) {
                return file.getParent();
            }
            if (!file.getName().endsWith(ArtifactNames.CONFIG_SUFFIX)) {
                archives.add(file);
            }
        }
        if (archives.size() != 1) {
            throw new OperationException("Stash '" + stash + "' holds " + archives.size()
                    + " files that could be the archive; stash one archive under its own name.");
        }
        return archives.get(0);
    }

    private ArchiveSource download(SourceChoice choice, FilePath temporary) throws IOException, InterruptedException {
        Moved moved = new Moved();
        Run<?, ?> build = new SourceBuilds(context.run()).find(choice);
        String path = names.find(build, choice.archive());
        VirtualFile root = build.getArtifactManager().root();
        FilePath directory = temporary.child("artifact");
        FilePath archive = directory.child(ArtifactNames.fileName(path));
        long bytes = copy(root.child(path), archive);
        VirtualFile config = root.child(path + ArtifactNames.CONFIG_SUFFIX);
        if (config.isFile()) {
            bytes += copy(config, directory.child(archive.getName() + ArtifactNames.CONFIG_SUFFIX));
        }
        context.log(moved.line("Fetched artifact " + path + " of " + build.getFullDisplayName(), bytes));
        return Sources.fetched(choice, archive.getRemote());
    }

    private long copy(VirtualFile from, FilePath to) throws IOException, InterruptedException {
        if (!from.isDirectory()) {
            return copyFile(from, to);
        }
        long bytes = 0;
        for (String path : from.list("**/*", null, false)) {
            bytes += copyFile(from.child(path), to.child(answers.path(path)));
        }
        return bytes;
    }

    /** From a remote store the agent fetches by itself; what the controller keeps is streamed to it. */
    private long copyFile(VirtualFile from, FilePath to) throws IOException, InterruptedException {
        long size = from.length();
        Room room = new Room("Cannot fetch artifact " + from.getName(), "the artifact", size);
        room.require(to.getParent());
        room.use(() -> move(from, to));
        if (to.length() != size) {
            throw new OperationException(
                    "Artifact '" + from.getName() + "' arrived with " + to.length() + " bytes of " + size + ".");
        }
        return size;
    }

    private static Void move(VirtualFile from, FilePath to) throws IOException, InterruptedException {
        URL external = from.toExternalURL();
        if (external != null) {
            to.act(new DownloadOnAgent(external));
        } else {
            try (InputStream in = new InterruptibleInput(from.open())) {
                to.copyFrom(in);
            }
        }
        return null;
    }
}
