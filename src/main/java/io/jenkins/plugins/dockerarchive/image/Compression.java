package io.jenkins.plugins.dockerarchive.image;

import com.github.luben.zstd.ZstdInputStream;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.tukaani.xz.XZInputStream;

/** How bytes are compressed, told by what they begin with and never by a name. */
public enum Compression {
    NONE(""),
    GZIP(".gz", 0x1f, 0x8b, 0x08),
    BZIP2(".bz2", 'B', 'Z', 'h'),
    XZ(".xz", 0xfd, '7', 'z', 'X', 'Z', 0x00),
    ZSTD(".zst", 0x28, 0xb5, 0x2f, 0xfd);

    /** Bytes that {@link #detect} wants to see. */
    public static final int MAGIC_LENGTH = 6;

    private static final int BUFFER = 128 << 10;
    // zstd keeps its window outside the heap; 2^27 = 128 MiB is what the zstd command line itself takes without asking.
    private static final int LONGEST_ZSTD_WINDOW = 27;
    // xz keeps its dictionary on the heap; 34 MiB is room for the 32 MiB of xz -8.
    private static final int XZ_MEMORY_KIB = 34 << 10;

    private final String extension;
    private final int[] magic;

    Compression(String extension, int... magic) {
        this.extension = extension;
        this.magic = magic;
    }

    /** What a file name gets after {@code .tar}. */
    @NonNull
    public String extension() {
        return extension;
    }

    /** Tells by the first bytes; {@link #NONE} when they are none that is known. */
    @NonNull
    public static Compression detect(@NonNull byte[] head, int length) {
        for (Compression compression : values()) {
            if (compression.magic.length > 0 && compression.begins(head, length)) {
                return compression;
            }
        }
        // A zstd stream may begin with a frame to be skipped: 0x184D2A50 to 0x184D2A5F, little endian (RFC 8878 3.1.2).
        boolean skippable = length >= 4
                && (head[0] & 0xf0) == 0x50
                && (head[1] & 0xff) == 0x2a
                && (head[2] & 0xff) == 0x4d
                && (head[3] & 0xff) == 0x18;
        return skippable ? ZSTD : NONE;
    }

    private boolean begins(byte[] head, int length) {
        if (length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((head[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    /** The compression that a file name promises, or null when it promises nothing. */
    @CheckForNull
    public static Compression ofName(@NonNull String fileName) {
        String name = fileName.toLowerCase(Locale.ROOT);
        if (name.endsWith(".tar")) {
            return NONE;
        }
        if (name.endsWith(".gz") || name.endsWith(".tgz")) {
            return GZIP;
        }
        if (name.endsWith(".zst") || name.endsWith(".tzst")) {
            return ZSTD;
        }
        return null;
    }

    /**
     * The bytes that {@code in} holds compressed in this way, all members or frames of it. Fails at a stream that ends
     * too early. Memory is bounded: zstd windows over 128 MiB and xz dictionaries over 32 MiB are refused.
     */
    @NonNull
    InputStream decompress(@NonNull InputStream in) throws IOException {
        // The streams below read their header at once.
        return switch (this) {
            case NONE -> in;
            case GZIP ->
                new BufferedInputStream(
                        GzipCompressorInputStream.builder()
                                .setInputStream(in)
                                .setDecompressConcatenated(true)
                                .get(),
                        BUFFER);
            case BZIP2 -> new BufferedInputStream(new BZip2CompressorInputStream(in, true), BUFFER);
            case XZ -> new BufferedInputStream(new XZInputStream(in, XZ_MEMORY_KIB), BUFFER);
            case ZSTD -> {
                ZstdInputStream zstd = new ZstdInputStream(in);
                zstd.setLongMax(LONGEST_ZSTD_WINDOW);
                yield new BufferedInputStream(zstd, BUFFER);
            }
        };
    }
}
