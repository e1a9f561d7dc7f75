package io.jenkins.plugins.dockerarchive.store;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
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
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A directory whose paths write down what is done to the disk: names that come and go, contents that are written and
 * flushed, directories that are flushed. For one thread. What {@link PowerCut} makes of it is what a cut of the power
 * leaves.
 */
final class RecordedDisk {

    /** One thing that was done. Files and directories are numbers, the directory itself is 0. */
    sealed interface Event {
        /** @param directory whether it is one */
        record Made(int node, boolean directory) implements Event {}

        record Named(int directory, String name, int node) implements Event {}

        record Unnamed(int directory, String name) implements Event {}

        record Moved(int from, String name, int to, String newName, int node) implements Event {}

        record Written(int file, long size) implements Event {}

        record Flushed(int file, byte[] content, FileTime modified) implements Event {}

        record FlushedNames(int directory) implements Event {}
    }

    private final Path real;
    private final Provider provider = new Provider();
    private final Disk disk = new Disk();
    private final List<Event> events = new ArrayList<>();
    private final Map<Integer, Map<String, Integer>> directories = new HashMap<>();
    private int nodes;

    RecordedDisk(Path real) {
        this.real = real;
        directories.put(0, new HashMap<>());
    }

    /** The directory, as code under test gets it. */
    Path root() {
        return new Recorded(real);
    }

    List<Event> events() {
        return List.copyOf(events);
    }

    // where things are

    private int node(Path path) {
        int node = 0;
        for (Path name : real.relativize(path)) {
            if (!name.toString().isEmpty()) {
                node = directories.get(node).get(name.toString());
            }
        }
        return node;
    }

    private int parent(Path path) {
        return node(path.getParent());
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }

    private int make(Path path, boolean directory) {
        int node = ++nodes;
        if (directory) {
            directories.put(node, new HashMap<>());
        }
        events.add(new Event.Made(node, directory));
        name(path, node);
        return node;
    }

    private void name(Path path, int node) {
        directories.get(parent(path)).put(name(path), node);
        events.add(new Event.Named(parent(path), name(path), node));
    }

    private static Path real(Path path) {
        return ((Recorded) path).path;
    }

    private final class Provider extends FileSystemProvider {
        @Override
        public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            Path file = real(path);
            if (Files.isDirectory(file)) {
                return new Channel(FileChannel.open(file, options), file, node(file), true);
            }
            boolean there = Files.exists(file);
            FileChannel channel = FileChannel.open(file, options, attributes);
            int node = there ? node(file) : make(file, false);
            if (there && options.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
                events.add(new Event.Written(node, 0));
            }
            return new Channel(channel, file, node, false);
        }

        @Override
        public SeekableByteChannel newByteChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
            return newFileChannel(path, options, attributes);
        }

        @Override
        public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
            Files.createDirectory(real(path), attributes);
            make(real(path), true);
        }

        @Override
        public void createLink(Path link, Path existing) throws IOException {
            Files.createLink(real(link), real(existing));
            name(real(link), node(real(existing)));
        }

        @Override
        public void delete(Path path) throws IOException {
            Files.delete(real(path));
            directories.get(parent(real(path))).remove(name(real(path)));
            events.add(new Event.Unnamed(parent(real(path)), name(real(path))));
        }

        @Override
        public void move(Path source, Path target, CopyOption... options) throws IOException {
            Path from = real(source);
            Path to = real(target);
            int node = node(from);
            Files.move(from, to, options);
            directories.get(parent(from)).remove(name(from));
            directories.get(parent(to)).put(name(to), node);
            events.add(new Event.Moved(parent(from), name(from), parent(to), name(to), node));
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
                        paths.add(new Recorded(found));
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
            throw new UnsupportedOperationException("not recorded");
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
            return Files.readAttributes(real(path), type, options);
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
            return "recorded";
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
            return List.of(new Recorded(real.getRoot()));
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
            return new Recorded(real.getFileSystem().getPath(first, more));
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

    private final class Recorded implements Path {
        private final Path path;

        Recorded(Path path) {
            this.path = path;
        }

        private Path of(Path other) {
            return other == null ? null : new Recorded(other);
        }

        private Path plain(Path other) {
            return other instanceof Recorded recorded ? recorded.path : other;
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
            return other instanceof Recorded recorded && path.equals(recorded.path);
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

    private final class Channel extends FileChannel {
        private final FileChannel channel;
        private final Path path;
        private final int node;
        private final boolean directory;

        Channel(FileChannel channel, Path path, int node, boolean directory) {
            this.channel = channel;
            this.path = path;
            this.node = node;
            this.directory = directory;
        }

        private <T> T written(T result) throws IOException {
            events.add(new Event.Written(node, channel.size()));
            return result;
        }

        @Override
        public void force(boolean metadata) throws IOException {
            channel.force(metadata);
            events.add(
                    directory
                            ? new Event.FlushedNames(node)
                            : new Event.Flushed(node, Files.readAllBytes(path), Files.getLastModifiedTime(path)));
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            return written(channel.write(source));
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
            return written(channel.write(sources, offset, length));
        }

        @Override
        public int write(ByteBuffer source, long position) throws IOException {
            return written(channel.write(source, position));
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
            return written(channel.transferFrom(source, position, count));
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            channel.truncate(size);
            return written(this);
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            return channel.read(target);
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
            return channel.read(targets, offset, length);
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return channel.read(target, position);
        }

        @Override
        public long position() throws IOException {
            return channel.position();
        }

        @Override
        public FileChannel position(long position) throws IOException {
            channel.position(position);
            return this;
        }

        @Override
        public long size() throws IOException {
            return channel.size();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            return channel.transferTo(position, count, target);
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) {
            throw new UnsupportedOperationException("not recorded");
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) throws IOException {
            return channel.lock(position, size, shared);
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return channel.tryLock(position, size, shared);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            channel.close();
        }
    }
}
