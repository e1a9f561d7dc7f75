package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The archive of a reading operation as a file on this machine; what was fetched for it goes away when it is closed. */
final class LocalArchive implements Closeable {

    private final Path path;
    private final boolean fetched;

    private LocalArchive(Path path, boolean fetched) {
        this.path = path;
        this.fetched = fetched;
    }

    /** Finds or fetches the archive and checks its SHA-256 when one is expected. */
    @NonNull
    static LocalArchive of(@NonNull OperationContext context, @NonNull ArchiveSource source)
            throws IOException, InterruptedException {
        LocalArchive archive = source.url() != null
                ? new LocalArchive(new UrlFetch(context).fetch(source.url()), true)
                : new LocalArchive(find(context, source.file()), false);
        try {
            archive.check(source);
            return archive;
        } catch (IOException | RuntimeException e) {
            archive.close();
            throw e;
        }
    }

    private static Path find(OperationContext context, String file) throws IOException {
        Path absolute = Path.of(file);
        // What a stash or an artifact became was put into the temporary directory by ourselves.
        if (absolute.isAbsolute()
                && absolute.normalize().startsWith(context.temporary().normalize())) {
            return absolute;
        }
        return new WorkspaceFile(context.workspace()).existing(file);
    }

    private void check(ArchiveSource source) throws IOException {
        if (source.sha256() == null) {
            return;
        }
        // The index of a layout states the digest of everything in it.
        Path checked = Files.isDirectory(path) ? path.resolve("index.json") : path;
        check(source, Checksum.of(checked));
    }

    /** @param found 64 hexadecimal digits */
    static void check(@NonNull ArchiveSource source, @NonNull String found) throws OperationException {
        if (!found.equals(source.sha256())) {
            throw new OperationException("The SHA-256 of " + source.label() + " is " + found + ", not "
                    + source.sha256() + " as expected; it is another file, or it was changed on its way.");
        }
    }

    @NonNull
    Path path() {
        return path;
    }

    @Override
    public void close() throws IOException {
        if (fetched) {
            Files.deleteIfExists(path);
        }
    }
}
