package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/** The entries of a tar stream that claims to be an image archive. */
final class TarEntries implements ArchiveEntries {

    /** Types of a regular file: POSIX, its predecessor's, and contiguous, which is one, too. */
    private static final String FILES = "0\0007";

    private final TarGuard guard;
    private final TarArchiveInputStream tar;
    private final EntryNames names;
    private final FileSystemSigns signs = new FileSystemSigns();

    /** @param plain the archive, decompressed */
    TarEntries(@NonNull InputStream plain, @NonNull ArchiveLimits limits) {
        this.guard = new TarGuard(plain, limits.entries(), limits.headerBytes());
        this.tar = new TarArchiveInputStream(guard, "UTF-8") {
            @Override
            public void close() throws IOException {
                plain.close();
            }
        };
        this.names = new EntryNames(limits);
    }

    @Override
    public ArchiveEntry next() throws IOException {
        TarArchiveEntry entry = guard.next(tar);
        if (entry == null) {
            guard.finish();
            return null;
        }
        String raw = entry.getName();
        signs.see(raw);
        if (guard.absoluteName()) {
            throw new ArchiveException("entry '/" + EntryNames.shown(raw) + "' has an absolute name");
        }
        if (entry.isDirectory()) {
            // "./" is the archive itself; a directory that is there twice says the same twice
            return new ArchiveEntry(names.normalise(raw), ArchiveEntry.Kind.DIRECTORY, 0, null);
        }
        if (entry.isSymbolicLink() || entry.isLink()) {
            if (signs.areThere()) {
                throw signs.exception();
            }
            String name = names.once(raw);
            String target =
                    entry.isLink() ? names.normalise(entry.getLinkName()) : names.symbolic(name, entry.getLinkName());
            return new ArchiveEntry(name, ArchiveEntry.Kind.LINK, 0, target);
        }
        if (FILES.indexOf(entry.getLinkFlag()) < 0) {
            throw signs.areThere()
                    ? signs.exception()
                    : new ArchiveException("entry '" + EntryNames.shown(raw)
                            + "' is a device or another special file, which no image archive has");
        }
        return new ArchiveEntry(names.once(raw), ArchiveEntry.Kind.FILE, entry.getSize(), null);
    }

    /** What the names seen so far tell about an archive that turns out to hold no image. */
    FileSystemSigns signs() {
        return signs;
    }

    @Override
    public InputStream content() {
        return tar;
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }
}
