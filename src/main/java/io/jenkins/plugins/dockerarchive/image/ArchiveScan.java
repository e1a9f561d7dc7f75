package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;

/** One pass over an image archive that hashes every file, keeps the small JSON ones, and may copy all on the way. */
final class ArchiveScan implements ArchiveFiles {

    private static final int BUFFER = 128 << 10;
    private static final int ALL_JSON = 4;

    private final ArchiveLimits limits;
    private final Map<String, Blob> files = new HashMap<>();
    private final Map<String, String> links = new HashMap<>();
    private final byte[] buffer = new byte[BUFFER];
    private long jsonKept;
    private long plainBytes;

    /** Takes what an archive holds while it is read. */
    interface Copy {
        /**
         * The stream that takes the content of a file; not closed.
         *
         * @param compression that its bytes begin like
         * @param document whether it may be a JSON document, which is kept in memory
         */
        @NonNull
        OutputStream file(@NonNull ArchiveEntry entry, @NonNull Compression compression, boolean document)
                throws IOException;

        /** All of that file has passed, and its name did not lie. */
        void endOfFile(@NonNull Blob blob) throws IOException;

        void other(@NonNull ArchiveEntry entry) throws IOException;
    }

    private ArchiveScan(ArchiveLimits limits) {
        this.limits = limits;
    }

    /** Reads the archive to its end. */
    @NonNull
    static ArchiveScan of(@NonNull ArchiveEntries entries, @NonNull ArchiveLimits limits, @CheckForNull Copy copy)
            throws IOException {
        ArchiveScan scan = new ArchiveScan(limits);
        for (ArchiveEntry entry = entries.next(); entry != null; entry = entries.next()) {
            switch (entry.kind()) {
                case FILE -> scan.file(entry, entries.content(), copy);
                case LINK -> scan.links.put(entry.name(), entry.target());
                case DIRECTORY -> {}
            }
            if (copy != null && entry.kind() != ArchiveEntry.Kind.FILE) {
                copy.other(entry);
            }
        }
        return scan;
    }

    /** Files that were hashed before, as if they had just been read. */
    @NonNull
    static ArchiveScan of(@NonNull Map<String, Blob> files) {
        ArchiveScan scan = new ArchiveScan(ArchiveLimits.defaults());
        scan.files.putAll(files);
        return scan;
    }

    /** One more file that was hashed before. */
    void add(@NonNull Blob blob) {
        files.putIfAbsent(blob.entry(), blob);
    }

    @Override
    @CheckForNull
    public Blob find(@NonNull String name) {
        String at = name;
        // a chain that is longer than there are links goes round
        for (int hops = 0; hops <= links.size(); hops++) {
            Blob blob = files.get(at);
            if (blob != null) {
                return blob;
            }
            at = links.get(at);
            if (at == null) {
                return null;
            }
        }
        return null;
    }

    @Override
    @NonNull
    public Iterable<Blob> files() {
        return files.values();
    }

    @Override
    @CheckForNull
    public Blob layer(@NonNull Blob file, @NonNull String diffId) {
        return file.plainDigest().equals(diffId) ? file : null;
    }

    private void file(ArchiveEntry entry, InputStream content, Copy copy) throws IOException {
        byte[] head = content.readNBytes(Compression.MAGIC_LENGTH);
        Compression compression = Compression.detect(head, head.length);
        boolean document = mayBeJson(head) && entry.size() <= limits.jsonBytes();
        OutputStream target = copy == null ? OutputStream.nullOutputStream() : copy.file(entry, compression, document);
        Hashed raw = new Hashed(head, content, target);
        ByteArrayOutputStream json = document ? new ByteArrayOutputStream() : null;
        try (Decompressed plain = new Decompressed(raw, limits)) {
            Sha256 plainSha256 = new Sha256();
            for (int read = plain.read(buffer); read >= 0; read = plain.read(buffer)) {
                if (compression != Compression.NONE) {
                    plainSha256.update(buffer, 0, read);
                }
                if (json != null) {
                    json.write(buffer, 0, read);
                }
            }
            raw.drain(buffer);
            count(plain.plainBytes());
            String digest = raw.sha256.digest();
            String plainDigest = compression == Compression.NONE ? digest : plainSha256.digest();
            checkName(entry.name(), digest);
            Blob blob = new Blob(
                    entry.name(), raw.bytes, digest, compression, plainDigest, plain.plainBytes(), kept(entry, json));
            files.put(entry.name(), blob);
            if (copy != null) {
                copy.endOfFile(blob);
            }
        } catch (ArchiveException e) {
            throw new ArchiveException(
                    "entry '" + EntryNames.shown(entry.name()) + "' is not sound: " + e.getMessage(), e);
        }
    }

    /** Of layers, each of which may be small by itself. */
    private void count(long bytes) throws ArchiveException {
        plainBytes += bytes;
        if (plainBytes > limits.totalBytes()) {
            throw new ArchiveException("with it the archive is bigger than " + limits.totalBytes()
                    + " bytes when all its layers are decompressed");
        }
    }

    private byte[] kept(ArchiveEntry entry, ByteArrayOutputStream json) throws ArchiveException {
        // v1 metadata, up to Docker 24: many, and no manifest refers to them
        if (json == null || entry.name().endsWith("/json") || entry.name().equals("repositories")) {
            return null;
        }
        jsonKept += json.size();
        if (jsonKept > (long) ALL_JSON * limits.jsonBytes()) {
            throw new ArchiveException(
                    "its JSON documents together have more than " + ALL_JSON * (long) limits.jsonBytes() + " bytes");
        }
        return json.toByteArray();
    }

    /** A blob's name is a promise about its content (OCI image layout). */
    private static void checkName(String name, String digest) throws ArchiveException {
        String prefix = "blobs/sha256/";
        if (name.startsWith(prefix) && !name.substring(prefix.length()).equals(Sha256.hex(digest))) {
            throw new ArchiveException("its content does not have the digest that its name states, but " + digest);
        }
    }

    private static boolean mayBeJson(byte[] head) {
        for (byte b : head) {
            if (b == '{' || b == '[') {
                return true;
            }
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return new String(head, java.nio.charset.StandardCharsets.US_ASCII).startsWith("null");
            }
        }
        return false;
    }

    /** Hashes, counts and copies what is read. Closing it leaves the archive open for its next entry. */
    private static final class Hashed extends FilterInputStream {
        private final byte[] head;
        private final OutputStream copy;
        private final Sha256 sha256 = new Sha256();
        private int headAt;
        private long bytes;

        Hashed(byte[] head, InputStream in, OutputStream copy) {
            super(in);
            this.head = head;
            this.copy = copy;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            int read;
            if (headAt < head.length) {
                read = Math.min(length, head.length - headAt);
                System.arraycopy(head, headAt, target, offset, read);
                headAt += read;
            } else {
                read = in.read(target, offset, length);
            }
            if (read > 0) {
                sha256.update(target, offset, read);
                copy.write(target, offset, read);
                bytes += read;
            }
            return read;
        }

        void drain(byte[] scratch) throws IOException {
            while (read(scratch, 0, scratch.length) >= 0) {
                // what a decompressor left unread belongs to the file all the same
            }
        }

        @Override
        public void close() {}
    }
}
