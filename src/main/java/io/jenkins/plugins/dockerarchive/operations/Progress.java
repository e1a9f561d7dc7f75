package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/** Counts what is read and says so every few seconds, with the time it will take where the whole is known. */
final class Progress extends FilterInputStream {

    private static final long INTERVAL = Duration.ofSeconds(5).toNanos();

    private final String doing;
    private final long whole;
    private final BuildLog log;
    private final LongSupplier nanoTime;
    private final long start;
    private long bytes;
    private long said;

    /**
     * @param doing what is going on, for example {@code saving}
     * @param whole bytes that will come, or 0 when not known
     */
    Progress(@NonNull InputStream in, @NonNull String doing, long whole, @NonNull BuildLog log) {
        this(in, doing, whole, log, System::nanoTime);
    }

    /** Counts what is {@linkplain #count told}, of which the whole is not known. */
    Progress(@NonNull String doing, @NonNull BuildLog log) {
        this(InputStream.nullInputStream(), doing, 0, log);
    }

    Progress(InputStream in, String doing, long whole, BuildLog log, LongSupplier nanoTime) {
        super(in);
        this.doing = doing;
        this.whole = whole;
        this.log = log;
        this.nanoTime = nanoTime;
        this.start = nanoTime.getAsLong();
        this.said = start;
    }

    long bytes() {
        return bytes;
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
            count(read);
        }
        return read;
    }

    /** So many bytes more have passed. */
    void count(long passed) {
        bytes += passed;
        long now = nanoTime.getAsLong();
        if (now - said >= INTERVAL) {
            said = now;
            log.line(line(now - start));
        }
    }

    private String line(long nanos) {
        double seconds = nanos / 1e9;
        long rate = (long) (bytes / seconds);
        StringBuilder line = new StringBuilder("  ").append(doing).append(": ").append(Amount.size(bytes));
        if (whole > bytes) {
            line.append(" of ").append(Amount.size(whole));
        }
        line.append(", ").append(Amount.size(rate)).append("/s");
        if (whole > bytes && rate > 0) {
            line.append(String.format(Locale.ROOT, ", %d s left", (whole - bytes) / rate + 1));
        }
        return line.toString();
    }
}
