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
        if (!Files.exists(archive, LinkOption.NOFOLLOW_LINKS)) {
            return files;
        }
        Files.walkFileTree(archive, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                Object key = attributes.fileKey() == null ? file.toAbsolutePath() : attributes.fileKey();
                files.put(key, attributes.size());
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE; // deleted meanwhile: it takes nothing
                }
                throw failure;
            }
        });
        return files;
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
