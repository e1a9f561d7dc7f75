package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A directory with all that is in it, or a single file. Links are never followed. */
public final class FileTree {

    /** What network file systems call a file that lost its name while somebody still reads it. */
    private static final List<String> STILL_READ = List.of(".nfs", ".fuse_hidden");

    private FileTree() {}

    /** Bytes of all files in it. */
    public static long bytes(@NonNull Path root) throws IOException {
        long[] bytes = new long[1];
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                bytes[0] += attributes.isRegularFile() ? attributes.size() : 0;
                return FileVisitResult.CONTINUE;
            }
        });
        return bytes[0];
    }

    /**
     * Deletes it, if it is there. Others may delete it at the same time.
     *
     * @return false when a network file system keeps something of it, because somebody still reads it
     */
    public static boolean delete(@NonNull Path root) throws IOException {
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return true;
        }
        Deletion deletion = new Deletion();
        Files.walkFileTree(root, deletion);
        return deletion.kept.isEmpty();
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {
        private final Set<Path> kept = new HashSet<>();

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            try {
                Files.deleteIfExists(file);
            } catch (FileSystemException e) {
                if (!isStillRead(file)) {
                    throw e;
                }
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                throw failure;
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
            if (failure != null) {
                throw failure;
            }
            try {
                Files.deleteIfExists(visited);
            } catch (DirectoryNotEmptyException e) {
                if (!holdsOnlyWhatIsKept(visited)) {
                    throw e;
                }
                kept.add(visited);
            }
            return FileVisitResult.CONTINUE;
        }

        private boolean holdsOnlyWhatIsKept(Path directory) throws IOException {
            try (Stream<Path> files = Files.list(directory)) {
                return files.allMatch(file -> isStillRead(file) || kept.contains(file));
            }
        }

        private static boolean isStillRead(Path file) {
            String name = file.getFileName().toString();
            return STILL_READ.stream().anyMatch(name::startsWith);
        }
    }
}
