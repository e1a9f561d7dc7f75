package io.jenkins.plugins.dockerarchive.testengines;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** The content of one layer, or of a file system to import: the same bytes each time it is written. */
public final class TestLayer {

    private interface Item {
        void writeTo(TarArchiveOutputStream tar) throws IOException;
    }

    private final List<Item> items = new ArrayList<>();

    /** A file of bytes that do not compress. */
    public TestLayer random(String path, long size, long seed) {
        return generated(path, size, seed, 256);
    }

    /** A file of bytes that compress well. */
    public TestLayer compressible(String path, long size, long seed) {
        return generated(path, size, seed, 8);
    }

    private TestLayer generated(String path, long size, long seed, int values) {
        items.add(tar -> {
            TarArchiveEntry entry = entry(path, size, 0644);
            tar.putArchiveEntry(entry);
            Random random = new Random(seed);
            byte[] block = new byte[64 * 1024];
            for (long left = size; left > 0; left -= block.length) {
                random.nextBytes(block);
                for (int i = 0; values < 256 && i < block.length; i++) {
                    block[i] = (byte) ('a' + (block[i] & 0xff) % values);
                }
                tar.write(block, 0, (int) Math.min(block.length, left));
            }
            tar.closeArchiveEntry();
        });
        return this;
    }

    /** A file with that text. */
    public TestLayer text(String path, String text) {
        return file(path, text.getBytes(StandardCharsets.UTF_8), 0644);
    }

    /** @param mode permissions, for example 0755 */
    public TestLayer file(String path, byte[] content, int mode) {
        items.add(tar -> {
            tar.putArchiveEntry(entry(path, content.length, mode));
            tar.write(content);
            tar.closeArchiveEntry();
        });
        return this;
    }

    public TestLayer link(String path, String target) {
        items.add(tar -> {
            TarArchiveEntry entry = new TarArchiveEntry(path, TarConstants.LF_SYMLINK);
            entry.setLinkName(target);
            entry.setModTime(0);
            tar.putArchiveEntry(entry);
            tar.closeArchiveEntry();
        });
        return this;
    }

    private static TarArchiveEntry entry(String path, long size, int mode) {
        TarArchiveEntry entry = new TarArchiveEntry(path);
        entry.setSize(size);
        entry.setMode(mode | 0100000);
        entry.setModTime(0);
        return entry;
    }

    /** Writes a complete tar and leaves {@code out} open. */
    public void writeTo(OutputStream out) throws IOException {
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        for (Item item : items) {
            item.writeTo(tar);
        }
        tar.finish();
        out.flush();
    }

    /** The whole tar; for small content. */
    public byte[] tar() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writeTo(out);
        return out.toByteArray();
    }
}
