package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipEncodingHelper;

/** Headers of the tar archives that we write: the same input gives the same bytes, whoever runs this and when. */
final class TarHeaders {

    private static final int FILE = 0100644;
    private static final int DIRECTORY = 040755;
    private static final int LONGEST = 100;

    private TarHeaders() {}

    @NonNull
    static byte[] file(String name, long size) {
        TarArchiveEntry entry = entry(name, FILE);
        entry.setSize(size);
        return header(entry);
    }

    /** @param name ends with a slash */
    @NonNull
    static byte[] directory(String name) {
        return header(entry(name, DIRECTORY));
    }

    @NonNull
    static byte[] link(String name, String target) {
        TarArchiveEntry entry = new TarArchiveEntry(name, TarArchiveEntry.LF_SYMLINK);
        entry.setLinkName(target);
        return header(plain(entry, 0120777));
    }

    @NonNull
    static byte[] padding(long size) {
        return new byte[(int) ((TarGuard.BLOCK - size % TarGuard.BLOCK) % TarGuard.BLOCK)];
    }

    @NonNull
    static byte[] end() {
        return new byte[2 * TarGuard.BLOCK];
    }

    private static TarArchiveEntry entry(String name, int mode) {
        return plain(new TarArchiveEntry(name), mode);
    }

    private static TarArchiveEntry plain(TarArchiveEntry entry, int mode) {
        entry.setMode(mode);
        entry.setUserId(0);
        entry.setGroupId(0);
        entry.setUserName("");
        entry.setGroupName("");
        entry.setModTime(0L);
        return entry;
    }

    private static byte[] header(TarArchiveEntry entry) {
        if (tooLong(entry.getName()) || tooLong(entry.getLinkName())) {
            throw new IllegalArgumentException("longer than the names of an image archive: " + entry.getName());
        }
        byte[] block = new byte[TarGuard.BLOCK];
        try {
            // star mode writes sizes of 8 GiB and more in base-256, which Docker and podman read
            entry.writeEntryHeader(block, ZipEncodingHelper.getZipEncoding("UTF-8"), true);
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot be encoded: " + entry.getName(), e);
        }
        return block;
    }

    private static boolean tooLong(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length > LONGEST;
    }
}
