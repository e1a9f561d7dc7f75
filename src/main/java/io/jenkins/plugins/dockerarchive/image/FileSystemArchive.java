package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * A tar archive of a file system that was read to its end and is sound. Memory does not grow with its entries.
 *
 * @param entries files, directories, links and devices in it
 * @param plainSize bytes of the tar when decompressed
 * @param plainDigest of those bytes
 */
public record FileSystemArchive(
        long entries, long plainSize, @NonNull String plainDigest) {

    private static final int BUFFER = 128 << 10;

    /**
     * Reads and verifies a tar file, compressed or not.
     *
     * @throws ArchiveException when it is not a sound tar archive or has no entry
     * @throws WrongArchiveException when it is an image archive
     */
    @NonNull
    public static FileSystemArchive read(@NonNull Path file, @NonNull ArchiveLimits limits) throws IOException {
        if (Files.isDirectory(file)) {
            throw Files.exists(file.resolve("oci-layout")) || Files.exists(file.resolve("manifest.json"))
                    ? image()
                    : new ArchiveException("it is a directory, not a tar archive");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return read(in, limits);
        }
    }

    /** The same for a tar that is read elsewhere, too, such as for its checksum; read to its end, not closed. */
    @NonNull
    public static FileSystemArchive read(@NonNull InputStream file, @NonNull ArchiveLimits limits) throws IOException {
        try (Decompressed plain = new Decompressed(new Unclosed(file), limits)) {
            Digesting digesting = new Digesting(plain);
            TarGuard guard = new TarGuard(digesting, limits.fileSystemEntries(), limits.headerBytes());
            TarArchiveInputStream tar = new TarArchiveInputStream(new BufferedInputStream(guard, BUFFER), "UTF-8");
            EntryNames names = new EntryNames(limits);
            ImageSigns signs = new ImageSigns();
            long entries = 0;
            for (TarArchiveEntry entry = guard.next(tar); entry != null; entry = guard.next(tar)) {
                names.checkLength(entry.getName());
                names.checkLength(entry.getLinkName());
                checkPath(entry);
                signs.see(entry.getName());
                entries++;
            }
            guard.finish();
            signs.refuse();
            if (entries == 0) {
                throw new ArchiveException("it is empty");
            }
            return new FileSystemArchive(entries, plain.plainBytes(), digesting.sha256.digest());
        }
    }

    /**
     * Opens the decompressed tar. Reading fails with {@link ArchiveException} when the file is no longer the one that was
     * verified, before its end is told.
     */
    @NonNull
    public InputStream open(@NonNull Path file, @NonNull ArchiveLimits limits) throws IOException {
        Decompressed plain = new Decompressed(Files.newInputStream(file), limits);
        return new FilterInputStream(new Verified(plain, plainSize, plainDigest)) {
            @Override
            public void close() throws IOException {
                plain.close();
            }
        };
    }

    private static WrongArchiveException image() {
        return new WrongArchiveException(
                WrongArchiveException.Really.IMAGE, "it is an image archive, not the file system of a container");
    }

    private static void checkPath(TarArchiveEntry entry) throws ArchiveException {
        String name = entry.getName();
        for (String part : name.split("/")) {
            if (part.equals("..")) {
                throw new ArchiveException("entry '" + EntryNames.shown(name) + "' leads outside the archive");
            }
        }
        if (entry.isLink()) {
            // symbolic links may point anywhere, they are read inside the container; hard links are made while
            // unpacking
            for (String part : entry.getLinkName().split("/")) {
                if (part.equals("..")) {
                    throw new ArchiveException("link '" + EntryNames.shown(name) + "' leads outside the archive");
                }
            }
        }
    }

    /** Watches for what only an image archive has at its top. */
    private static final class ImageSigns {
        private boolean manifest;
        private boolean layout;
        private boolean layers;

        void see(String entryName) {
            String name = entryName.startsWith("./") ? entryName.substring(2) : entryName;
            manifest |= name.equals("manifest.json");
            layout |= name.equals("oci-layout");
            layers |= name.startsWith("blobs/sha256/")
                    || name.endsWith("/layer.tar")
                    || name.matches("[0-9a-f]{64}\\.(tar|json)");
        }

        void refuse() throws WrongArchiveException {
            if (layers && (manifest || layout)) {
                throw image();
            }
        }
    }

    private static final class Digesting extends FilterInputStream {
        private final Sha256 sha256 = new Sha256();

        Digesting(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int read = in.read(buffer, offset, length);
            if (read > 0) {
                sha256.update(buffer, offset, read);
            }
            return read;
        }
    }
}
