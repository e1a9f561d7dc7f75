package io.jenkins.plugins.dockerarchive.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/**
 * A file system that is not like that of most machines: without hard links, with a clock of its own, or keeping files that
 * are deleted while somebody reads them under another name, as NFS does.
 */
class OddDisk extends PassedDisk {

    private RuntimeException noLinks;
    private String linksRefused;
    private String directoriesNotFlushed;
    private Duration clock = Duration.ZERO;
    private final Set<Object> read = new HashSet<>();
    private final Set<Object> hidden = new HashSet<>();

    OddDisk(Path real) {
        super(real);
    }

    /** @param reason as the system says it, or null where Java itself knows that there are none */
    void refuseLinks(String reason) {
        linksRefused = reason;
        noLinks = reason == null ? new UnsupportedOperationException("no links") : null;
    }

    void refuseToFlushDirectories(String reason) {
        directoriesNotFlushed = reason;
    }

    /** @param ahead of this machine's clock */
    void setClock(Duration ahead) {
        clock = ahead;
    }

    /** Somebody begins to read a file; it is the next name to go that has to stay for that. */
    void hold(Path real) throws IOException {
        read.add(key(real));
    }

    /** Whoever read something has ended; what lost its name goes. */
    void release() throws IOException {
        read.clear();
        try (var files = Files.walk(realRoot())) {
            for (Path file : files.filter(OddDisk::isHidden).toList()) {
                Files.delete(file);
            }
        }
    }

    private static boolean isHidden(Path file) {
        return file.getFileName().toString().startsWith(".nfs");
    }

    private static Object key(Path real) throws IOException {
        return Files.readAttributes(real, BasicFileAttributes.class).fileKey();
    }

    @Override
    void link(Path link, Path existing) throws IOException {
        if (noLinks != null) {
            throw noLinks;
        }
        if (linksRefused != null) {
            throw new FileSystemException(link.toString(), existing.toString(), linksRefused);
        }
        super.link(link, existing);
    }

    @Override
    void remove(Path path) throws IOException {
        boolean held = Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && read.contains(key(path));
        if (held && isHidden(path)) {
            throw new FileSystemException(path.toString(), null, "Device or resource busy");
        }
        if (held && hidden.add(key(path))) {
            Files.move(path, path.resolveSibling(".nfs" + hidden.size()));
        } else {
            super.remove(path);
        }
    }

    @Override
    <A extends BasicFileAttributes> A attributes(Path path, Class<A> type, LinkOption... options) throws IOException {
        A attributes = super.attributes(path, type, options);
        return type == BasicFileAttributes.class ? type.cast(new OtherTime(attributes, clock)) : attributes;
    }

    @Override
    FileChannel open(Path file, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        if (directoriesNotFlushed != null && Files.isDirectory(file)) {
            throw new IOException(directoriesNotFlushed);
        }
        return super.open(file, options, attributes);
    }

    private record OtherTime(BasicFileAttributes real, Duration ahead) implements BasicFileAttributes {
        @Override
        public FileTime lastModifiedTime() {
            return FileTime.from(real.lastModifiedTime().toInstant().plus(ahead));
        }

        @Override
        public FileTime lastAccessTime() {
            return real.lastAccessTime();
        }

        @Override
        public FileTime creationTime() {
            return real.creationTime();
        }

        @Override
        public boolean isRegularFile() {
            return real.isRegularFile();
        }

        @Override
        public boolean isDirectory() {
            return real.isDirectory();
        }

        @Override
        public boolean isSymbolicLink() {
            return real.isSymbolicLink();
        }

        @Override
        public boolean isOther() {
            return real.isOther();
        }

        @Override
        public long size() {
            return real.size();
        }

        @Override
        public Object fileKey() {
            return real.fileKey();
        }
    }
}
