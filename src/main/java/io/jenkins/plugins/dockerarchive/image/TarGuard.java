package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Passes the bytes of a tar archive through, and looks at each header before the parser behind it does. What makes
 * parsers run out of memory or disagree with each other is refused: headers without a valid checksum, long names and
 * extended headers over the limit, sizes that two headers state differently, sparse files, more entries than allowed. An
 * archive must end as tar says, with two zero blocks and nothing but zeros after them; then {@link #finish} returns.
 *
 * <p>commons-compress 1.28 has no limit on extended headers and takes a missing end for the end (measured); format: POSIX
 * pax, and the GNU tar manual, "Basic Tar Format".
 */
final class TarGuard extends BlockInput {

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
    private String extensions = "";
    private boolean extendedAbsolute;
    private boolean absolute;
    private long globalBytes;
    private IOException failure;
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
        int count = take(buffer, offset, (int) Math.min(length, dataLeft));
        if (count < 0) {
            throw cutShort();
        }
        dataLeft -= count;
        return count;
    }

    /**
     * The next entry that a parser behind this guard finds.
     *
     * @throws ArchiveException also for what the parser alone objects to; a failure of the source stays as it is
     */
    @CheckForNull
    TarArchiveEntry next(@NonNull TarArchiveInputStream parser) throws IOException {
        try {
            return parser.getNextEntry();
        } catch (IOException e) {
            if (e instanceof ArchiveException || e == failure) {
                throw e;
            }
            throw new ArchiveException(
                    "the header of entry " + entries + " cannot be read (" + e.getMessage() + ")", e);
        }
    }

    /** Whether an extended header gives the last entry an absolute name, of which the parser shows no slash. */
    boolean absoluteName() {
        return absolute;
    }

    /** Reads on to the end of the stream and makes sure that the archive ended there as it must. */
    void finish() throws IOException {
        byte[] buffer = new byte[BLOCK * 16];
        while (read(buffer, 0, buffer.length) >= 0) {
            // the parser stops at the first zero block; what follows is checked on the way
        }
    }

    private void nextBlock() throws IOException {
        byte[] block = new byte[BLOCK];
        block = Arrays.copyOf(block, takeAll(block, 0));
        if (block.length == 0 && zeroBlocks >= 2) {
            ended = true;
            return;
        }
        if (block.length < BLOCK && zeroBlocks >= 2 && isZero(block)) {
            show(block);
            return;
        }
        if (block.length < BLOCK && zeroBlocks < 2) {
            throw entries == 0 && zeroBlocks == 0 ? notTar(block) : cutShort();
        }
        if (isZero(block)) {
            if (!extensions.replace("g", "").isEmpty()) {
                throw new ArchiveException("an extended header stands at its end");
            }
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

    private int take(byte[] buffer, int offset, int length) throws IOException {
        try {
            return in.read(buffer, offset, length);
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /** Fills the buffer from there on, and gives the bytes it has got then. */
    private int takeAll(byte[] buffer, int offset) throws IOException {
        int at = offset;
        while (at < buffer.length) {
            int count = take(buffer, at, buffer.length - at);
            if (count < 0) {
                return at;
            }
            at += count;
        }
        return at;
    }

    private void show(byte[] block) {
        ahead = block;
        aheadAt = 0;
    }

    private void header(byte[] block) throws IOException {
        if (!checksumMatches(block)) {
            throw entries == 0
                    ? notTar(block)
                    : new ArchiveException("the header of entry " + (entries + 1) + " is damaged");
        }
        long size = number(block, 124, 12);
        char type = (char) (block[156] & 0xff);
        switch (type) {
            case 'x', 'g', 'L', 'K', 'X' -> extendedHeader(block, type, size);
            case 'S' ->
                throw new ArchiveException(
                        "entry '" + name(block) + "' is a sparse file; make the archive without --sparse");
            case 'M' -> throw new ArchiveException("it is one volume of several");
            default -> {
                if (++entries > maxEntries) {
                    throw new ArchiveException("it has more than " + maxEntries + " entries");
                }
                if (extendedSize >= 0 && size != 0 && size != extendedSize) {
                    throw new ArchiveException("two headers of entry '" + name(block) + "' state different sizes");
                }
                long effective = extendedSize >= 0 ? extendedSize : size;
                absolute = extendedAbsolute;
                extendedAbsolute = false;
                extendedSize = -1;
                extensions = "";
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
        // Parsers call themselves for each, and disagree about which of two counts.
        char kind = type == 'X' ? 'x' : type;
        if (extensions.indexOf(kind) >= 0) {
            throw new ArchiveException("entry " + (entries + 1) + " has two extended headers of one kind");
        }
        extensions += kind;
        // Parsers keep what global headers say to the end.
        globalBytes += type == 'g' ? size : 0;
        if (globalBytes > maxHeader) {
            throw new ArchiveException("its global headers have more than " + maxHeader + " bytes");
        }
        byte[] both = Arrays.copyOf(block, BLOCK + (int) padded(size));
        if (takeAll(both, BLOCK) < both.length) {
            throw cutShort();
        }
        extendedAbsolute |= type == 'L' && size > 0 && both[BLOCK] == '/';
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
        if (type == 'g' && (key.equals("size") || key.equals("path") || key.equals("linkpath"))) {
            // commons-compress heeds it, Go and with it Docker does not
            throw new ArchiveException("a global header states one " + key + " for all entries");
        }
        extendedAbsolute |= key.equals("path") && value.startsWith("/");
        if (key.equals("size")) {
            if (value.isEmpty()
                    || value.length() > LONGEST_NUMBER - 2
                    || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
                throw damagedExtendedHeader();
            }
            extendedSize = Long.parseLong(value);
        } else if (key.startsWith("GNU.sparse.") || key.equals("SCHILY.realsize") || key.equals("SCHILY.filetype")) {
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
        return EntryNames.shown(new String(block, 0, end, StandardCharsets.UTF_8));
    }
}
