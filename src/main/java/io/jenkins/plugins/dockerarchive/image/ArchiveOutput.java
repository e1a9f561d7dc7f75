package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * An archive file in the making. It is written under a name of its own beside its place, flushed to the disk, and gets
 * its name last and at once; closed before that, it leaves nothing.
 */
public final class ArchiveOutput extends BlockOutput implements Closeable {

    /** How much may be written before the compression must be settled. */
    private static final int UNDECIDED = 1 << 20;

    private final Path temporary;
    private final FileChannel channel;
    private final Measured measured;
    private ByteArrayOutputStream undecided = new ByteArrayOutputStream();
    private Compression compression;
    private CompressedOutput out;
    private boolean complete;
    private boolean committed;

    /**
     * @param directory where the file will be; made when it is not there
     * @param fileName its name if that is settled, for what it says of the compression
     */
    public ArchiveOutput(@NonNull Path directory, @CheckForNull String fileName, @NonNull CompressionChoice choice)
            throws IOException {
        Files.createDirectories(directory);
        this.temporary = directory.resolve(".docker-archive-" + UUID.randomUUID() + ".part");
        this.channel = FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        this.measured = new Measured(Channels.newOutputStream(channel), directory);
        Compression named = fileName == null ? null : Compression.ofName(fileName);
        switch (choice) {
            case NONE -> settle(Compression.NONE);
            case GZIP -> settle(Compression.GZIP);
            case ZSTD -> settle(Compression.ZSTD);
            case AUTO -> {
                if (named != null) {
                    settle(named);
                }
            }
        }
    }

    /** Says how the bulk of the content begins: what is compressed already is not compressed again. */
    public void settleBy(@NonNull Compression content) throws IOException {
        if (compression == null) {
            settle(content == Compression.NONE ? Compression.ZSTD : Compression.NONE);
        }
    }

    private void settle(Compression settled) throws IOException {
        compression = settled;
        out = new CompressedOutput(measured, settled);
        undecided.writeTo(out);
        undecided = null;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (compression == null && undecided.size() + length > UNDECIDED) {
            settle(Compression.ZSTD);
        }
        (compression == null ? undecided : out).write(bytes, offset, length);
    }

    /** Ends the content and brings it to the disk. */
    public void complete() throws IOException {
        settleBy(Compression.NONE);
        out.finish();
        try {
            channel.force(true);
            channel.close();
        } catch (IOException e) {
            throw measured.reason(e);
        }
        complete = true;
    }

    /** The complete file under its temporary name, to be read back. */
    @NonNull
    public Path written() {
        return temporary;
    }

    @NonNull
    public Compression compression() {
        return compression;
    }

    public long size() {
        return measured.bytes;
    }

    /** SHA-256 of the file, 64 hexadecimal digits. */
    @NonNull
    public String sha256() {
        return measured.result();
    }

    /**
     * Gives the file its name.
     *
     * @param replace whether a file of that name gives way
     * @throws FileAlreadyExistsException when there is one and it does not
     */
    public void commit(@NonNull Path target, @NonNull Replace replace) throws IOException {
        if (!complete) {
            throw new IllegalStateException("complete() comes first");
        }
        if (replace == Replace.NO) {
            // A link is the one way to take a name that is atomic and refuses a taken one.
            try {
                Files.createLink(target, temporary);
                Files.delete(temporary);
            } catch (UnsupportedOperationException e) {
                Files.move(temporary, target);
            } catch (FileAlreadyExistsException e) {
                throw e;
            } catch (java.nio.file.FileSystemException e) {
                // file systems without hard links
                Files.move(temporary, target);
            }
        } else {
            try {
                Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(temporary, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        committed = true;
        DurableFiles.sync(target.toAbsolutePath().getParent());
    }

    /** Whether an existing file gives way. */
    public enum Replace {
        YES,
        NO
    }

    @Override
    public void close() throws IOException {
        try {
            if (out != null) {
                // frees what zstd holds outside the heap; what it still writes goes away with the file
                out.finish();
            }
        } finally {
            try {
                channel.close();
            } finally {
                if (!committed) {
                    Files.deleteIfExists(temporary);
                }
            }
        }
    }

    /** Counts and hashes. */
    private static final class Measured extends BlockOutput {
        private final OutputStream target;
        private final Path directory;
        private final Sha256 sha256 = new Sha256();
        private long bytes;
        private String result;

        Measured(OutputStream target, Path directory) {
            this.target = target;
            this.directory = directory;
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            try {
                target.write(buffer, offset, length);
            } catch (IOException e) {
                throw reason(e);
            }
            sha256.update(buffer, offset, length);
            bytes += length;
        }

        IOException reason(IOException failure) {
            return DiskSpace.reason(failure, directory, bytes, "the archive");
        }

        String result() {
            if (result == null) {
                result = Sha256.hex(sha256.digest());
            }
            return result;
        }
    }
}
