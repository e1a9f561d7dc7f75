package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * An image archive whose manifests are consistent with each other. One that was read to its end has had every layer
 * hashed and found equal to what its image's config says; one {@linkplain #ofDocuments of documents} has its layers still
 * to be proved. All layouts are understood: {@code docker save} of any version and store, podman's and
 * skopeo's docker-archive, OCI layouts as tar or directory.
 *
 * @param roots in the order of the archive, at least one
 * @param notInIndex config digests of images that manifest.json has and an existing index.json does not
 */
public record ImageArchive(
        @NonNull List<ArchivedRoot> roots, @NonNull List<String> notInIndex) {

    /**
     * Reads and verifies a tar file, compressed or not, or a directory. One pass, bounded memory.
     *
     * @throws ArchiveException when it is not sound, in a clause that says what is wrong
     * @throws WrongArchiveException when it is a container's file system
     */
    @NonNull
    public static ImageArchive read(@NonNull Path archive, @NonNull ArchiveLimits limits) throws IOException {
        try (ArchiveEntries entries = ArchiveEntries.open(archive, limits)) {
            return read(entries, limits);
        }
    }

    /**
     * The same for a tar that is read elsewhere, too, such as for its checksum; read to its end, not closed.
     *
     * @param tar compressed or not
     */
    @NonNull
    public static ImageArchive read(@NonNull InputStream tar, @NonNull ArchiveLimits limits) throws IOException {
        // closed for what a decompressor holds outside the heap
        try (TarEntries entries = new TarEntries(new Decompressed(new Unclosed(tar), limits), limits)) {
            return read(entries, limits);
        }
    }

    private static ImageArchive read(ArchiveEntries entries, ArchiveLimits limits) throws IOException {
        try {
            return of(entries, ArchiveScan.of(entries, limits, null), limits);
        } catch (ArchiveException e) {
            // a file system may have what no image archive may: any number of files, of any name and any content
            throw entries instanceof TarEntries tar
                            && tar.signs().areThere()
                            && !tar.signs().withImage()
                    ? tar.signs().exception()
                    : e;
        }
    }

    /**
     * An archive of which only the documents were read, with all checks that these allow. What they say of the layers is
     * proved when {@link EngineArchive#open(LayerBlobs)} reads these.
     *
     * @param documents entry name to content: {@code index.json}, {@code manifest.json}, manifests, configs
     * @param blobs entry name of everything else below {@code blobs/sha256/}
     * @return null when the documents do not tell the plain size of each compressed layer, so that the archive must be
     *     read to its end
     */
    @CheckForNull
    public static ImageArchive ofDocuments(
            @NonNull Map<String, byte[]> documents,
            @NonNull Map<String, UnreadBlob> blobs,
            @NonNull ArchiveLimits limits)
            throws ArchiveException {
        UnreadFiles files = new UnreadFiles(documents, blobs, new Json(limits));
        ImageArchive archive = new ManifestReader(files, limits).read();
        return files.isComplete() ? archive : null;
    }

    static ImageArchive of(ArchiveEntries entries, ArchiveScan scan, ArchiveLimits limits) throws IOException {
        boolean nothing = scan.find("manifest.json") == null && scan.find("index.json") == null;
        if (nothing && entries instanceof TarEntries tar && tar.signs().areThere()) {
            throw tar.signs().exception();
        }
        return new ManifestReader(scan, limits).read();
    }

    /** All images, platform by platform. */
    @NonNull
    public List<ArchivedImage> images() {
        return roots.stream().flatMap(root -> root.images().stream()).toList();
    }

    /** All references. */
    @NonNull
    public List<Reference> references() {
        return roots.stream().flatMap(root -> root.references().stream()).toList();
    }
}
