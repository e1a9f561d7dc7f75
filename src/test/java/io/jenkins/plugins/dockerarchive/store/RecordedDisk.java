package io.jenkins.plugins.dockerarchive.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A directory whose paths write down what is done to the disk: names that come and go, contents that are written and
 * flushed, directories that are flushed. For one thread. What {@link PowerCut} makes of it is what a cut of the power
 * leaves.
 */
final class RecordedDisk extends PassedDisk {

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

    private final List<Event> events = new ArrayList<>();
    private final Map<Integer, Map<String, Integer>> directories = new HashMap<>();
    private int nodes;

    RecordedDisk(Path real) {
        super(real);
        directories.put(0, new HashMap<>());
    }

    List<Event> events() {
        return List.copyOf(events);
    }

    // where things are

    private int node(Path path) {
        int node = 0;
        for (Path name : realRoot().relativize(path)) {
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

    @Override
    FileChannel open(Path file, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
        if (Files.isDirectory(file)) {
            return new Channel(super.open(file, options, attributes), file, node(file), true);
        }
        boolean there = Files.exists(file);
        FileChannel channel = super.open(file, options, attributes);
        int node = there ? node(file) : make(file, false);
        if (there && options.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
            events.add(new Event.Written(node, 0));
        }
        return new Channel(channel, file, node, false);
    }

    @Override
    void makeDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
        super.makeDirectory(directory, attributes);
        make(directory, true);
    }

    @Override
    void link(Path link, Path existing) throws IOException {
        super.link(link, existing);
        name(link, node(existing));
    }

    @Override
    void remove(Path path) throws IOException {
        super.remove(path);
        directories.get(parent(path)).remove(name(path));
        events.add(new Event.Unnamed(parent(path), name(path)));
    }

    @Override
    void rename(Path from, Path to, CopyOption... options) throws IOException {
        int node = node(from);
        super.rename(from, to, options);
        directories.get(parent(from)).remove(name(from));
        directories.get(parent(to)).put(name(to), node);
        events.add(new Event.Moved(parent(from), name(from), parent(to), name(to), node));
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
