package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.File;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Brings files and names to the disk, so that a power cut does not take them back. */
public final class DurableFiles {

    private DurableFiles() {}

    /**
     * Waits until a file's content, or a directory's names, are on the disk.
     *
     * @throws FileSystemException with the place, where the disk does not take it
     */
    public static void sync(@NonNull Path path) throws IOException {
        boolean directory = Files.isDirectory(path);
        if (directory && File.separatorChar != '/') {
            return; // Windows opens no directories and keeps names by itself
        }
        try (FileChannel channel =
                FileChannel.open(path, directory ? StandardOpenOption.READ : StandardOpenOption.WRITE)) {
            channel.force(true);
        } catch (FileSystemException | ClosedChannelException e) {
            throw e; // names the place, or is an interrupt
        } catch (IOException e) {
            FileSystemException named =
                    new FileSystemException(path.toString(), null, "cannot be brought to the disk: " + e.getMessage());
            named.initCause(e);
            throw named;
        }
    }
}
