package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Passes the bytes of a tar archive through, and looks at each header before the parser behind it does. What makes
 * parsers run out of memory or disagree with each other is refused: headers without a valid checksum, long names and
 * extended headers over the limit, sizes that two headers state differently, sparse files, more entries than allowed. An
 * archive must end as tar says, with two zero blocks and nothing but zeros after them; then {@link #finish} returns.
 *
 * <p>commons-compress 1.28 has no limit on extended headers and takes a missing end for the end (measured); format: POSIX
 * pax, and the GNU tar manual, "Basic Tar Format".
 */
final class TarGuard extends InputStream {

    static final int BLOCK = 512;

    private static final int LONGEST_NUMBER = 20;

    private final InputStream in;
    private final long maxEntries;
    private final int maxHeader;

    private byte[] ahead = new byte[0];
    private int aheadAt;
    private long dataLeft;
    private long entries;
    private long extendedSize = -1;
    private int zeroBlocks;
    private boolean ended;

    /**
     * @param maxEntries most entries, extended headers not counted
     * @param maxHeader most bytes of one long name or one extended header
     */
    TarGuard(@NonNull InputStream in, long maxEntries, int maxHeader) {
        this.in = in;
        this.maxEntries = maxEntries;
        this.maxHeader = maxHeader;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (aheadAt == ahead.length && dataLeft == 0) {
            if (ended) {
                return -1;
            }
            nextBlock();
        }
        if (aheadAt < ahead.length) {
            int count = Math.min(length, ahead.length - aheadAt);
            System.arraycopy(ahead, aheadAt, buffer, offset, count);
            aheadAt += count;
            return count;
        }
        int count = in.read(buffer, offset, (int) Math.min(length, dataLeft));
        if (count < 0) {
            throw cutShort();
        }
        dataLeft -= count;
        return count;
    }

    /** Reads on to the end of the stream and makes sure that the archive ended there as it must. */
    void finish() throws IOException {
        byte[] buffer = new byte[BLOCK * 16];
        while (read(buffer, 0, buffer.length) >= 0) {
            // the parser stops at the first zero block; what follows is checked on the way
        }
    }

    private void nextBlock() throws IOException {
        byte[] block = in.readNBytes(BLOCK);
        if (block.length == 0 && zeroBlocks >= 2) {
            ended = true;
            return;
        }
        if (block.length < BLOCK && zeroBlocks >= 2 && isZero(block)) {
            show(block);
            return;
        }
        if (block.length < BLOCK) {
            throw entries == 0 && zeroBlocks == 0 ? notTar(block) : cutShort();
        }
        if (isZero(block)) {
            zeroBlocks++;
            show(block);
            return;
        }
        if (zeroBlocks >= 2) {
            throw new ArchiveException("something follows its end");
        }
        if (zeroBlocks == 1) {
            throw new ArchiveException("a block of zeros stands between its entries");
        }
        header(block);
    }

    private void show(byte[] block) {
        ahead = block;
        aheadAt = 0;
    }

    private void header(byte[] block) throws IOException {
        if (!checksumMatches(block)) {
            throw entries == 0 ? notTar(block) : new ArchiveException("the header of entry " + (entries + 1) + " is damaged");
        }
        long size = number(block, 124, 12);
        char type = (char) (block[156] & 0xff);
        switch (type) {
            case 'x', 'g', 'L', 'K', 'N', 'V', 'X' -> extendedHeader(block, type, size);
            case 'S' -> throw new ArchiveException("entry '" + name(block) + "' is a sparse file; make the archive without --sparse");
            case 'M' -> throw new ArchiveException("it is one volume of several");
            default -> {
                if (++entries > maxEntries) {
                    throw new ArchiveException("it has more than " + maxEntries + " entries");
                }
                if (extendedSize >= 0 && size != 0 && size != extendedSize) {
                    throw new ArchiveException("two headers of entry '" + name(block) + "' state different sizes");
                }
                long effective = extendedSize >= 0 ? extendedSize : size;
                extendedSize = -1;
                // Links and directories have no content, whatever their size says; readers disagree there.
                boolean bare = type == '1' || type == '2' || type == '3' || type == '4' || type == '5' || type == '6';
                if (bare && effective != 0) {
                    throw new ArchiveException("entry '" + name(block) + "' is no file but has a size");
                }
                if (effective > Long.MAX_VALUE - BLOCK) {
                    throw new ArchiveException("entry '" + name(block) + "' states an impossible size");
                }
                show(block);
                dataLeft = padded(effective);
            }
        }
    }

    private void extendedHeader(byte[] block, char type, long size) throws IOException {
        if (size > maxHeader) {
            throw new ArchiveException("an extended header of entry " + (entries + 1) + " has " + size
                    + " bytes, more than the " + maxHeader + " allowed");
        }
        int length = (int) padded(size);
        byte[] both = Arrays.copyOf(block, BLOCK + length);
        if (in.readNBytes(both, BLOCK, length) < length) {
            throw cutShort();
        }
        if (type == 'x' || type == 'g' || type == 'X') {
            records(both, BLOCK, BLOCK + (int) size, type);
        }
        show(both);
    }

    /** Reads the records of a pax header, {@code "LENGTH KEY=VALUE\n"}, for those that change where the next entry is. */
    private void records(byte[] bytes, int from, int to, char type) throws IOException {
        int at = from;
        while (at < to) {
            int space = at;
            while (space < to && space - at < 10 && bytes[space] >= '0' && bytes[space] <= '9') {
                space++;
            }
            if (space == at || space >= to || bytes[space] != ' ') {
                // commons-compress and Go both stop at padding of zeros
                if (bytes[at] == 0 || bytes[at] == '\n') {
                    return;
                }
                throw damagedExtendedHeader();
            }
            long length = Long.parseLong(new String(bytes, at, space - at, StandardCharsets.US_ASCII));
            if (length < space - at + 3 || length > to - at || bytes[at + (int) length - 1] != '\n') {
                throw damagedExtendedHeader();
            }
            String record = new String(bytes, space + 1, at + (int) length - 1 - space - 1, StandardCharsets.UTF_8);
            int equals = record.indexOf('=');
            if (equals <= 0) {
                throw damagedExtendedHeader();
            }
            record(record.substring(0, equals), record.substring(equals + 1), type);
            at += (int) length;
        }
    }

    private void record(String key, String value, char type) throws IOException {
        if (key.equals("size")) {
            if (type == 'g') {
                throw new ArchiveException("a global header states a size for all entries");
            }
            if (value.isEmpty() || value.length() > LONGEST_NUMBER - 2 || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
                throw damagedExtendedHeader();
            }
            extendedSize = Long.parseLong(value);
        } else if (key.startsWith("GNU.sparse.")) {
            throw new ArchiveException(
                    "entry " + (entries + 1) + " is a sparse file; make the archive without --sparse");
        }
    }

    private ArchiveException damagedExtendedHeader() {
        return new ArchiveException("the extended header of entry " + (entries + 1) + " is damaged");
    }

    private ArchiveException cutShort() {
        return new ArchiveException("it is cut short: the end of the tar archive is missing");
    }

    private ArchiveException notTar(byte[] block) {
        if (block.length == 0) {
            return new ArchiveException("it is empty");
        }
        String text = new String(block, StandardCharsets.UTF_8).stripLeading();
        if (text.startsWith("<")) {
            return new ArchiveException("it is an HTML or XML page, not a tar archive");
        }
        if (text.startsWith("PK")) {
            return new ArchiveException("it is a ZIP file, not a tar archive");
        }
        return new ArchiveException("it is not a tar archive");
    }

    private static boolean isZero(byte[] block) {
        for (byte b : block) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }

    private static long padded(long size) {
        return (size + BLOCK - 1) / BLOCK * BLOCK;
    }

    private static boolean checksumMatches(byte[] block) throws ArchiveException {
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < BLOCK; i++) {
            byte b = i >= 148 && i < 156 ? (byte) ' ' : block[i];
            unsigned += b & 0xff;
            signed += b;
        }
        long stated = octal(block, 148, 8);
        return stated == unsigned || stated == signed;
    }

    private static long number(byte[] block, int offset, int length) throws ArchiveException {
        if ((block[offset] & 0x80) == 0) {
            long value = octal(block, offset, length);
            if (value < 0) {
                throw new ArchiveException("entry '" + name(block) + "' states no size that can be read");
            }
            return value;
        }
        // base-256: GNU's way for sizes of 8 GiB and more
        long value = block[offset] & 0x7f;
        for (int i = offset + 1; i < offset + length; i++) {
            if ((block[offset] & 0x40) != 0 || value >> 55 != 0) {
                throw new ArchiveException("entry '" + name(block) + "' states an impossible size");
            }
            value = value << 8 | block[i] & 0xff;
        }
        return value;
    }

    /** An octal number with blanks or NULs around it, or -1. */
    private static long octal(byte[] block, int offset, int length) {
        long value = 0;
        int at = offset;
        int end = offset + length;
        while (at < end && block[at] == ' ') {
            at++;
        }
        for (; at < end && block[at] >= '0' && block[at] <= '7'; at++) {
            value = value << 3 | block[at] - '0';
        }
        for (; at < end; at++) {
            if (block[at] != ' ' && block[at] != 0) {
                return -1;
            }
        }
        return value;
    }

    private static String name(byte[] block) {
        int end = 0;
        while (end < 100 && block[end] != 0) {
            end++;
        }
        return new String(block, 0, end, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "?");
    }
}
