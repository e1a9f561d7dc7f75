package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Room on disks: asked for before a file is written whose size is known, and told when there is none. */
public final class DiskSpace {

    /** How the systems say it; Java has no type for it. */
    private static final List<String> FULL =
            List.of("No space left on device", "not enough space on the disk", "Disk quota exceeded");

    private DiskSpace() {}

    /**
     * Checks that a file will fit.
     *
     * @param directory where it will be; need not exist yet
     * @param bytes of the file
     * @param what the file is, as in "the archive"
     * @throws DiskFullException when it will not
     */
    public static void require(@NonNull Path directory, long bytes, @NonNull String what) throws DiskFullException {
        // not a FileStore, which is not found in some containers
        File place = existing(directory).toFile();
        long free = place.getUsableSpace();
        // a file system that tells nothing of itself is tried
        if (place.getTotalSpace() > 0 && free < bytes) {
            throw new DiskFullException("the disk of " + place + " has no room for " + what + ": " + bytes
                    + " bytes are needed and " + free + " bytes are free; make room there and run it again");
        }
    }

    /**
     * What a failed write shall be told as: a {@link DiskFullException} when that is the reason, else the failure itself.
     *
     * @param directory where the file is
     * @param written bytes of the file so far
     * @param what the file is, as in "the archive"
     */
    @NonNull
    public static IOException reason(
            @NonNull IOException failure, @NonNull Path directory, long written, @NonNull String what) {
        if (!isFull(failure)) {
            return failure;
        }
        return new DiskFullException(
                "the disk of " + directory + " is full: " + what + " needs more than the " + written
                        + " bytes that were written, and "
                        + existing(directory).toFile().getUsableSpace()
                        + " bytes are free; make room there and run it again",
                failure);
    }

    /** Whether a failure is that a disk is full. */
    public static boolean isFull(@NonNull Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            if (cause instanceof IOException && FULL.stream().anyMatch(message::contains)) {
                return true;
            }
        }
        return false;
    }

    private static Path existing(Path directory) {
        Path place = directory.toAbsolutePath();
        while (place.getParent() != null && !Files.exists(place)) {
            place = place.getParent();
        }
        return place;
    }
}
