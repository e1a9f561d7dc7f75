package io.jenkins.plugins.dockerarchive.store;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.Compression;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.image.UnreadBlob;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What an OCI image layout tells of its images without a look into a layer: small enough to travel to the machine with
 * the engine, which then knows what it needs. Nothing in it is verified before {@link #archive} is called.
 *
 * @param documents entry name to content: {@code index.json}, {@code manifest.json}, {@code oci-layout}, manifests and
 *     configs
 * @param blobs entry name of every other blob
 */
public record LayoutDocuments(
        @NonNull Map<String, byte[]> documents, @NonNull Map<String, UnreadBlob> blobs) implements Serializable {

    private static final String BLOBS = "blobs/sha256/";
    private static final List<String> TOP = List.of("index.json", "manifest.json", "oci-layout");
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
    private static final int ALL_JSON = 4;

    public LayoutDocuments {
        documents = new TreeMap<>(documents);
        blobs = new TreeMap<>(blobs);
    }

    /**
     * Reads the documents of a layout; blobs that are none are looked at in their first bytes only.
     *
     * @return null when the directory is no OCI image layout
     * @throws ArchiveException when it holds links, too many files or too large documents
     */
    @CheckForNull
    public static LayoutDocuments read(@NonNull Path layout, @NonNull ArchiveLimits limits) throws IOException {
        if (!isFile(layout.resolve("oci-layout")) || !isFile(layout.resolve("index.json"))) {
            return null;
        }
        Reader reader = new Reader(limits);
        for (String name : TOP) {
            if (Files.exists(layout.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                reader.document(layout.resolve(name), name);
            }
        }
        reader.blobs(layout);
        return new LayoutDocuments(reader.documents, reader.blobs);
    }

    private static boolean isFile(Path file) {
        return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * The images, after all checks that documents allow.
     *
     * @return null when the layout must be read to its end, because it does not tell the plain sizes of its layers
     */
    @CheckForNull
    public ImageArchive archive(@NonNull ArchiveLimits limits) throws ArchiveException {
        return ImageArchive.ofDocuments(documents, blobs, limits);
    }

    /** Collects within limits. */
    private static final class Reader {
        private final ArchiveLimits limits;
        private final Map<String, byte[]> documents = new TreeMap<>();
        private final Map<String, UnreadBlob> blobs = new TreeMap<>();
        private long bytes;

        Reader(ArchiveLimits limits) {
            this.limits = limits;
        }

        void document(Path file, String name) throws IOException {
            long size = attributes(file, name).size();
            if (size > limits.jsonBytes()) {
                throw new ArchiveException(name + " has more than " + limits.jsonBytes() + " bytes");
            }
            try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                keep(name, in.readNBytes((int) size));
            }
        }

        private void keep(String name, byte[] content) throws ArchiveException {
            bytes += content.length;
            if (bytes > (long) ALL_JSON * limits.jsonBytes()) {
                throw new ArchiveException("its JSON documents together have more than "
                        + ALL_JSON * (long) limits.jsonBytes() + " bytes");
            }
            documents.put(name, content);
        }

        void blobs(Path layout) throws IOException {
            for (String directory : List.of("blobs", "blobs/sha256")) {
                if (!Files.isDirectory(layout.resolve(directory), LinkOption.NOFOLLOW_LINKS)) {
                    throw new ArchiveException("'" + directory + "' is no directory in it");
                }
            }
            try (DirectoryStream<Path> files = Files.newDirectoryStream(layout.resolve("blobs/sha256"))) {
                for (Path file : files) {
                    String name = file.getFileName().toString();
                    if (HEX.matcher(name).matches()) {
                        blob(file, BLOBS + name);
                    }
                }
            } catch (DirectoryIteratorException e) {
                throw e.getCause();
            }
        }

        private void blob(Path file, String name) throws IOException {
            if (documents.size() + blobs.size() >= limits.entries()) {
                throw new ArchiveException("it has more than " + limits.entries() + " entries");
            }
            long size = attributes(file, name).size();
            try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                byte[] head = in.readNBytes(Compression.MAGIC_LENGTH);
                if (size <= limits.jsonBytes() && mayBeJson(head)) {
                    byte[] content = new byte[(int) size];
                    System.arraycopy(head, 0, content, 0, (int) Math.min(head.length, size));
                    if (size > head.length) {
                        in.readNBytes(content, head.length, (int) size - head.length);
                    }
                    keep(name, content);
                } else {
                    blobs.put(name, new UnreadBlob(size, Compression.detect(head, head.length)));
                }
            }
        }

        private static boolean mayBeJson(byte[] head) {
            for (byte b : head) {
                if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                    return b == '{' || b == '[';
                }
            }
            return false;
        }

        private static BasicFileAttributes attributes(Path file, String name) throws IOException {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                throw new ArchiveException("'" + name + "' is a link or a special file");
            }
            return attributes;
        }
    }
}
