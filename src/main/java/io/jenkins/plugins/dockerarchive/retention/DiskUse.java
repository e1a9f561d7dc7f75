package io.jenkins.plugins.dockerarchive.retention;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** What files take on a disk: a file that has several names takes its place once. */
public final class DiskUse {

    private final Map<Object, Long> files = new HashMap<>();
    private long bytes;

    /**
     * The files of an archive by what they are on their disk (device and inode; a path where the file system has none).
     * Empty when there is nothing. Links are not followed.
     */
    @NonNull
    public static Map<Object, Long> of(@NonNull Path archive) throws IOException {
        Map<Object, Long> files = new HashMap<>();
        walk(archive, (file, attributes) -> files.put(key(file, attributes), attributes.size()));
        return files;
    }

    private static Object key(Path file, BasicFileAttributes attributes) {
        return attributes.fileKey() == null ? file.toAbsolutePath() : attributes.fileKey();
    }

    /** Looks at one file. */
    private interface Look {
        void at(Path file, BasicFileAttributes attributes) throws IOException;
    }

    private static void walk(Path place, Look look) throws IOException {
        Files.walkFileTree(place, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                look.at(file, attributes);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // never there, or deleted meanwhile: it takes nothing
                }
                throw failure;
            }
        });
    }

    /**
     * Bytes of the files below some directories that have no name anywhere else: what only they take. Where the file system
     * tells no number of names, bytes of all of them.
     */
    public static long unshared(@NonNull Collection<Path> places) throws IOException {
        Map<Object, Names> files = new HashMap<>();
        for (Path place : places) {
            walk(place, (file, attributes) -> {
                Names names = files.get(key(file, attributes));
                files.put(
                        key(file, attributes),
                        names == null ? new Names(attributes.size(), links(file), 1) : names.andOneMore());
            });
        }
        return files.values().stream()
                .filter(names -> names.all() <= names.seen())
                .mapToLong(Names::size)
                .sum();
    }

    /** How many names a file has, and how many of them were met. */
    private record Names(long size, int all, int seen) {
        Names andOneMore() {
            return new Names(size, all, seen + 1);
        }
    }

    private static int links(Path file) throws IOException {
        try {
            return (Integer) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            return 1; // no such thing on this file system
        } catch (NoSuchFileException e) {
            return Integer.MAX_VALUE; // deleted meanwhile: it takes nothing
        }
    }

    /** Adds files; what was added before counts no second time. Returns how many bytes that really added. */
    public long add(@NonNull Map<Object, Long> more) {
        long before = bytes;
        more.forEach((key, size) -> {
            if (files.putIfAbsent(key, size) == null) {
                bytes += size;
            }
        });
        return bytes - before;
    }

    /** Bytes of all files added, each once. */
    public long bytes() {
        return bytes;
    }

    /** Bytes of the files of some archives, each file once. */
    public static long bytes(@NonNull Collection<StoredArchive> archives) {
        DiskUse use = new DiskUse();
        archives.forEach(archive -> use.add(archive.files()));
        return use.bytes();
    }
}
