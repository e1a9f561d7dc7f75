package io.jenkins.plugins.dockerarchive.store;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A directory whose paths pass on to a real one what is done with them; a subclass looks at it, or does it as another file
 * system would. All paths that it gets are real ones.
 */
abstract class PassedDisk {

    private final Path real;
    private final Provider provider = new Provider();
    private final Disk disk = new Disk();

    PassedDisk(Path real) {
        this.real = real;
    }

    /** The directory, as code under test gets it. */
    final Path root() {
        return new Passed(real);
    }

    /** The directory that is really there. */
    final Path realRoot() {
        return real;
    }

    // what a subclass may do otherwise

    FileChannel open(Path file, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        return FileChannel.open(file, options, attributes);
    }

    void makeDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
        Files.createDirectory(directory, attributes);
    }

    void link(Path link, Path existing) throws IOException {
        Files.createLink(link, existing);
    }

    void remove(Path path) throws IOException {
        Files.delete(path);
    }

    void rename(Path from, Path to, CopyOption... options) throws IOException {
        Files.move(from, to, options);
    }

    <A extends BasicFileAttributes> A attributes(Path path, Class<A> type, LinkOption... options) throws IOException {
        return Files.readAttributes(path, type, options);
    }

    private static Path real(Path path) {
        return ((Passed) path).path;
    }

    private final class Provider extends FileSystemProvider {
        @Override
        public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            return open(real(path), options, attributes);
        }

        @Override
        public SeekableByteChannel newByteChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
            return open(real(path), options, attributes);
        }

        @Override
        public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
            makeDirectory(real(path), attributes);
        }

        @Override
        public void createLink(Path link, Path existing) throws IOException {
            link(real(link), real(existing));
        }

        @Override
        public void delete(Path path) throws IOException {
            remove(real(path));
        }

        @Override
        public void move(Path source, Path target, CopyOption... options) throws IOException {
            rename(real(source), real(target), options);
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(Path path, DirectoryStream.Filter<? super Path> filter)
                throws IOException {
            DirectoryStream<Path> stream = Files.newDirectoryStream(real(path));
            return new DirectoryStream<>() {
                @Override
                public Iterator<Path> iterator() {
                    List<Path> paths = new ArrayList<>();
                    for (Path found : stream) {
                        paths.add(new Passed(found));
                    }
                    return paths.iterator();
                }

                @Override
                public void close() throws IOException {
                    stream.close();
                }
            };
        }

        @Override
        public void copy(Path source, Path target, CopyOption... options) {
            throw new UnsupportedOperationException("not passed on");
        }

        @Override
        public void checkAccess(Path path, AccessMode... modes) throws IOException {
            real(path).getFileSystem().provider().checkAccess(real(path), modes);
        }

        @Override
        public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
            return Files.getFileAttributeView(real(path), type, options);
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
                throws IOException {
            return attributes(real(path), type, options);
        }

        @Override
        public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
                throws IOException {
            return Files.readAttributes(real(path), attributes, options);
        }

        @Override
        public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
            Files.setAttribute(real(path), attribute, value, options);
        }

        @Override
        public boolean isSameFile(Path path, Path other) throws IOException {
            return Files.isSameFile(real(path), real(other));
        }

        @Override
        public boolean isHidden(Path path) throws IOException {
            return Files.isHidden(real(path));
        }

        @Override
        public FileStore getFileStore(Path path) throws IOException {
            return Files.getFileStore(real(path));
        }

        @Override
        public String getScheme() {
            return "passed";
        }

        @Override
        public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileSystem getFileSystem(URI uri) {
            return disk;
        }

        @Override
        public Path getPath(URI uri) {
            throw new UnsupportedOperationException();
        }
    }

    private final class Disk extends FileSystem {
        @Override
        public FileSystemProvider provider() {
            return provider;
        }

        @Override
        public void close() {}

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public String getSeparator() {
            return real.getFileSystem().getSeparator();
        }

        @Override
        public Iterable<Path> getRootDirectories() {
            return List.of(new Passed(real.getRoot()));
        }

        @Override
        public Iterable<FileStore> getFileStores() {
            return real.getFileSystem().getFileStores();
        }

        @Override
        public Set<String> supportedFileAttributeViews() {
            return real.getFileSystem().supportedFileAttributeViews();
        }

        @Override
        public Path getPath(String first, String... more) {
            return new Passed(real.getFileSystem().getPath(first, more));
        }

        @Override
        public PathMatcher getPathMatcher(String syntaxAndPattern) {
            throw new UnsupportedOperationException();
        }

        @Override
        public UserPrincipalLookupService getUserPrincipalLookupService() {
            throw new UnsupportedOperationException();
        }

        @Override
        public WatchService newWatchService() {
            throw new UnsupportedOperationException();
        }
    }

    private final class Passed implements Path {
        private final Path path;

        Passed(Path path) {
            this.path = path;
        }

        private Path of(Path other) {
            return other == null ? null : new Passed(other);
        }

        private Path plain(Path other) {
            return other instanceof Passed passed ? passed.path : other;
        }

        @Override
        public FileSystem getFileSystem() {
            return disk;
        }

        @Override
        public boolean isAbsolute() {
            return path.isAbsolute();
        }

        @Override
        public Path getRoot() {
            return of(path.getRoot());
        }

        @Override
        public Path getFileName() {
            return of(path.getFileName());
        }

        @Override
        public Path getParent() {
            return of(path.getParent());
        }

        @Override
        public int getNameCount() {
            return path.getNameCount();
        }

        @Override
        public Path getName(int index) {
            return of(path.getName(index));
        }

        @Override
        public Path subpath(int begin, int end) {
            return of(path.subpath(begin, end));
        }

        @Override
        public boolean startsWith(Path other) {
            return path.startsWith(plain(other));
        }

        @Override
        public boolean endsWith(Path other) {
            return path.endsWith(plain(other));
        }

        @Override
        public Path normalize() {
            return of(path.normalize());
        }

        @Override
        public Path resolve(Path other) {
            return of(path.resolve(plain(other)));
        }

        @Override
        public Path relativize(Path other) {
            return of(path.relativize(plain(other)));
        }

        @Override
        public URI toUri() {
            return path.toUri();
        }

        @Override
        public Path toAbsolutePath() {
            return of(path.toAbsolutePath());
        }

        @Override
        public Path toRealPath(LinkOption... options) throws IOException {
            return of(path.toRealPath(options));
        }

        @Override
        public java.io.File toFile() {
            return path.toFile();
        }

        @Override
        public WatchKey register(WatchService watcher, WatchEvent.Kind<?>[] kinds, WatchEvent.Modifier... modifiers) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int compareTo(Path other) {
            return path.compareTo(plain(other));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Passed passed && path.equals(passed.path);
        }

        @Override
        public int hashCode() {
            return path.hashCode();
        }

        @Override
        public String toString() {
            return path.toString();
        }
    }
}
