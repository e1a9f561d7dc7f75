package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** The files of an OCI image layout directory. Links are refused: they could lead anywhere on this machine. */
final class DirectoryEntries implements ArchiveEntries {

    /** Directories of a layout are {@code blobs/<algorithm>}; what lies deeper is not part of one. */
    private static final int DEPTH = 3;

    private final Path root;
    private final Iterator<Path> files;
    private final EntryNames names;
    private InputStream content = InputStream.nullInputStream();
    private Path current;

    DirectoryEntries(@NonNull Path root, @NonNull ArchiveLimits limits) throws IOException {
        this.root = root.toRealPath();
        this.names = new EntryNames(limits);
        List<Path> all;
        try (Stream<Path> walk = Files.walk(this.root, DEPTH)) {
            all = walk.skip(1).limit(limits.entries() + 1L).sorted().toList();
        }
        if (all.size() > limits.entries()) {
            throw new ArchiveException("it has more than " + limits.entries() + " entries");
        }
        this.files = all.iterator();
    }

    @Override
    public ArchiveEntry next() throws IOException {
        content.close();
        if (!files.hasNext()) {
            return null;
        }
        current = files.next();
        String name = names.once(
                root.relativize(current).toString().replace(root.getFileSystem().getSeparator(), "/"));
        BasicFileAttributes attributes =
                Files.readAttributes(current, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (attributes.isDirectory()) {
            return new ArchiveEntry(name, ArchiveEntry.Kind.DIRECTORY, 0, null);
        }
        if (!attributes.isRegularFile()) {
            throw new ArchiveException("'" + EntryNames.shown(name) + "' is a link or a special file");
        }
        return new ArchiveEntry(name, ArchiveEntry.Kind.FILE, attributes.size(), null);
    }

    @Override
    public InputStream content() throws IOException {
        content = Files.newInputStream(current, LinkOption.NOFOLLOW_LINKS);
        return content;
    }

    @Override
    public void close() throws IOException {
        content.close();
    }
}
