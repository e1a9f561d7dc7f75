package io.jenkins.plugins.dockerarchive.store;

import com.fasterxml.jackson.databind.JsonNode;
import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.Compression;
import io.jenkins.plugins.dockerarchive.image.DiskSpace;
import io.jenkins.plugins.dockerarchive.image.DurableFiles;
import io.jenkins.plugins.dockerarchive.image.FileTree;
import io.jenkins.plugins.dockerarchive.image.Json;
import io.jenkins.plugins.dockerarchive.image.LayoutContent;
import io.jenkins.plugins.dockerarchive.image.Sha256;
import io.jenkins.plugins.dockerarchive.image.StoredLayer;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * What a build keeps of images, in its own directory:
 *
 * <pre>
 * docker-archive/
 *   blobs/sha256/HEX   layers that arrived whole, whether or not the save that sent them succeeded
 *   layers/HEX         by diff ID: which blob holds that layer, as this controller has verified it
 *   stashes/NAME/      OCI image layouts
 *   artifacts/HEX      paths of the layouts among the build's artifacts
 * </pre>
 *
 * Layouts are hard links to the blobs. Deleting is removing directories, and the file system counts the links. Any number
 * of threads may use one directory at the same time, through one instance or several.
 */
public final class BuildStore {

    /** The directory of all this in a build's own. */
    public static final String DIRECTORY = "docker-archive";

    /** What a transfer that was killed left is nobody's after that time. */
    private static final Duration ORPHANED = Duration.ofDays(1);

    private static final int FACTS = 4096;
    private static final int MOST_DOCUMENTS = 2000;

    private final Path build;
    private final Path root;
    private final Path blobs;
    private final Path facts;
    private final Path stashes;
    private final Path artifacts;
    private final ArchiveLimits limits;

    /** @param build directory of the build; nothing is made before something is written */
    public BuildStore(@NonNull Path build, @NonNull ArchiveLimits limits) {
        this.build = build;
        this.root = build.resolve(DIRECTORY);
        this.blobs = root.resolve("blobs").resolve("sha256");
        this.facts = root.resolve("layers");
        this.stashes = root.resolve("stashes");
        this.artifacts = root.resolve("artifacts");
        this.limits = limits;
    }

    /**
     * Where the layout of a stash is, or would be.
     *
     * @throws IllegalArgumentException for a name that leads elsewhere
     */
    @NonNull
    public Path stash(@NonNull String name) {
        Path stash = stashes.resolve(name);
        if (!stash.equals(stash.normalize()) || !stashes.equals(stash.getParent())) {
            throw new IllegalArgumentException("'" + name + "' is no name of a stash");
        }
        return stash;
    }

    /** Whether there is a stash of that name; none has a name that leads elsewhere. */
    public boolean hasStash(@NonNull String name) {
        try {
            return Files.isDirectory(stash(name));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    // blobs

    /** A name for a blob that is about to arrive. */
    @NonNull
    Path incoming() throws IOException {
        Files.createDirectories(blobs);
        Files.createDirectories(facts);
        return blobs.resolve(LayoutDirectory.UNFINISHED + UUID.randomUUID() + ".part");
    }

    /**
     * Takes a file whose content was verified and brought to the disk as a blob.
     *
     * @param file gone afterwards
     */
    void take(@NonNull Path file, @NonNull StoredLayer layer) throws IOException {
        Path blob = blob(layer.digest());
        if (isSound(blob, layer.diffId())) {
            Files.delete(file);
            return;
        }
        // no writer but us: an artifact may be a link to it, and other programs write into the files they find
        file.toFile().setReadOnly();
        try {
            Files.createLink(blob, file);
            Files.delete(file);
        } catch (FileAlreadyExistsException e) {
            // of no known content: readers of the old one keep it
            Files.move(file, blob, StandardCopyOption.ATOMIC_MOVE);
        } catch (UnsupportedOperationException | FileSystemException e) {
            Files.move(file, blob);
        }
        DurableFiles.sync(blobs);
        note(layer, blob);
    }

    private Path blob(String digest) {
        return blobs.resolve(Sha256.hex(digest));
    }

    private boolean isSound(Path blob, String diffId) throws IOException {
        Known known = read(diffId);
        return known != null && known.isAt(blob);
    }

    /** Takes a layer of an earlier build of the same job; it stays when that build goes. */
    void adopt(@NonNull Known known) throws IOException {
        Path blob = blob(known.layer().digest());
        if (known.file().equals(blob)) {
            return;
        }
        Path name = incoming();
        try {
            LayoutDirectory.link(known.file(), name, known.layer());
            if (!known.isAt(known.file())) {
                throw new NoSuchFileException(known.file().toString());
            }
            try {
                Files.createLink(blob, name);
            } catch (FileAlreadyExistsException e) {
                if (!isSound(blob, known.layer().diffId())) {
                    Files.move(name, blob, StandardCopyOption.ATOMIC_MOVE);
                }
            } catch (UnsupportedOperationException | FileSystemException e) {
                Files.move(name, blob);
            }
        } finally {
            Files.deleteIfExists(name);
        }
        DurableFiles.sync(blobs);
        note(known.layer(), blob);
    }

    // facts

    /**
     * A layer of known content.
     *
     * @param modified milliseconds since 1970; a file that was written to since then is another one
     */
    record Known(@NonNull StoredLayer layer, @NonNull Path file, long modified) {

        boolean isAt(Path path) throws IOException {
            try {
                BasicFileAttributes attributes =
                        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                return attributes.isRegularFile()
                        && attributes.size() == layer.size()
                        && attributes.lastModifiedTime().toMillis() == modified;
            } catch (NoSuchFileException e) {
                return false;
            }
        }
    }

    private void note(StoredLayer layer, Path blob) throws IOException {
        Map<String, Object> fact = new LinkedHashMap<>();
        fact.put("diffId", layer.diffId());
        fact.put("plainSize", layer.plainSize());
        fact.put("digest", layer.digest());
        fact.put("size", layer.size());
        fact.put("compression", layer.compression().name());
        fact.put("modified", Files.getLastModifiedTime(blob).toMillis());
        write(facts, Sha256.hex(layer.diffId()), new Json(limits).write(fact));
    }

    private void write(Path directory, String name, byte[] bytes) throws IOException {
        Files.createDirectories(directory);
        Path half = directory.resolve(LayoutDirectory.UNFINISHED + UUID.randomUUID() + ".part");
        try {
            Files.write(half, bytes);
            DurableFiles.sync(half);
            Files.move(half, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            DurableFiles.sync(directory);
        } catch (IOException e) {
            throw DiskSpace.reason(e, directory, bytes.length, "an entry of a layer");
        } finally {
            Files.deleteIfExists(half);
        }
    }

    /** The layer of that diff ID, when this build still has it. */
    @CheckForNull
    Known find(@NonNull String diffId) throws IOException {
        Known known = read(diffId);
        if (known == null) {
            return null;
        }
        List<Path> places = new ArrayList<>(List.of(blob(known.layer().digest())));
        for (Path artifact : artifacts()) {
            places.add(artifact.resolve(LayoutContent.blobName(known.layer().digest())));
        }
        for (Path place : places) {
            if (known.isAt(place)) {
                return new Known(known.layer(), place, known.modified());
            }
        }
        return null;
    }

    @CheckForNull
    private Known read(String diffId) throws IOException {
        Path file = facts.resolve(Sha256.hex(diffId));
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > FACTS) {
                return null;
            }
            JsonNode fact = new Json(limits).read(Files.readAllBytes(file), "the layer's entry");
            StoredLayer layer = new StoredLayer(
                    fact.path("diffId").asText(),
                    fact.path("plainSize").asLong(-1),
                    fact.path("digest").asText(),
                    fact.path("size").asLong(-1),
                    Compression.valueOf(fact.path("compression").asText()));
            return layer.diffId().equals(diffId)
                    ? new Known(
                            layer, blob(layer.digest()), fact.path("modified").asLong())
                    : null;
        } catch (NoSuchFileException | ArchiveException | IllegalArgumentException e) {
            return null; // what cannot be read is not known
        }
    }

    // layouts

    /** Makes the layout of a stash; all of it or nothing. Returns the bytes that were really added, besides layers. */
    public long makeStash(@NonNull String name, @NonNull LayoutContent content) throws IOException {
        return LayoutDirectory.make(stash(name), root, content, layer -> blob(layer.digest()));
    }

    /**
     * Makes a layout among the artifacts of the build; all of it or nothing.
     *
     * @param target in the directory of the build
     */
    public long makeArtifact(@NonNull Path target, @NonNull LayoutContent content) throws IOException {
        String path = build.relativize(target).toString();
        write(artifacts, Sha256.hex(Sha256.of(bytes(path))), bytes(path));
        return LayoutDirectory.make(target, root, content, layer -> blob(layer.digest()));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    /** Removes a stash. */
    public void removeStash(@NonNull String name) throws IOException {
        LayoutDirectory.remove(stash(name), root);
    }

    /** Removes a layout among the artifacts. */
    public void removeArtifact(@NonNull Path target) throws IOException {
        LayoutDirectory.remove(target, root);
    }

    private List<Path> artifacts() throws IOException {
        List<Path> found = new ArrayList<>();
        for (Path file : list(artifacts)) {
            try {
                Path path = build.resolve(Files.readString(file)).normalize();
                if (path.startsWith(build) && Files.isDirectory(path)) {
                    found.add(path);
                }
            } catch (NoSuchFileException e) {
                continue; // the build is deleted just now
            }
        }
        return found;
    }

    /** The layouts of this build, those that cannot be read left out. Their layers are known, not read. */
    @NonNull
    List<LayoutContent> layouts() throws IOException {
        List<Path> directories = new ArrayList<>(list(stashes));
        directories.addAll(artifacts());
        List<LayoutContent> layouts = new ArrayList<>();
        for (Path directory : directories) {
            LayoutContent layout = read(directory);
            if (layout != null) {
                layouts.add(layout);
            }
        }
        return layouts;
    }

    @CheckForNull
    private LayoutContent read(Path directory) throws IOException {
        try {
            Map<String, byte[]> documents = new LinkedHashMap<>();
            List<Path> files = new ArrayList<>(list(directory.resolve("blobs").resolve("sha256")));
            files.addAll(list(directory));
            List<StoredLayer> layers = new ArrayList<>();
            long bytes = 0;
            for (Path file : list(facts)) {
                Known known = find("sha256:" + file.getFileName());
                if (known != null) {
                    layers.add(known.layer());
                }
            }
            for (Path file : files) {
                boolean layer = layers.stream()
                        .anyMatch(known -> Sha256.hex(known.digest())
                                .equals(file.getFileName().toString()));
                if (layer
                        || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        || Files.size(file) > limits.jsonBytes()) {
                    continue;
                }
                bytes += Files.size(file);
                if (bytes > 4L * limits.jsonBytes()) {
                    return null; // layers that nobody knows any more
                }
                documents.put(directory.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
                if (documents.size() > MOST_DOCUMENTS) {
                    return null;
                }
            }
            return LayoutContent.of(documents, layers, limits);
        } catch (NoSuchFileException | ArchiveException e) {
            return null; // half, changed or going: there are others
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> !file.getFileName().toString().startsWith(LayoutDirectory.UNFINISHED))
                    .sorted()
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /** Makes all stashes of another build of the same job this one's as well. */
    public void copyStashes(@NonNull BuildStore from) throws IOException {
        for (Path stash : list(from.stashes)) {
            LayoutContent layout = from.read(stash);
            if (layout == null) {
                continue;
            }
            for (StoredLayer layer : layout.layers()) {
                Known known = from.find(layer.diffId());
                if (known == null) {
                    throw new NoSuchFileException(from.blob(layer.digest()).toString());
                }
                adopt(known);
            }
            makeStash(stash.getFileName().toString(), layout);
        }
    }

    // clean-up

    /**
     * Takes the name from a file or a directory of the build, all at once, so that nobody finds a half of it.
     *
     * @return where it waits for {@link #delete}, or for a sweep where that does not come
     */
    @NonNull
    public Path takeAway(@NonNull Path path) throws IOException {
        return LayoutDirectory.takeAway(path, root);
    }

    /**
     * Deletes what was taken away.
     *
     * @return false when somebody still reads some of it, so that it has to wait for a sweep
     */
    public boolean delete(@NonNull Path takenAway) throws IOException {
        return FileTree.delete(takenAway);
    }

    /**
     * Removes what transfers and deletions that were killed have left.
     *
     * @return false when somebody still reads some of it, so that it has to wait for the next sweep
     */
    public boolean sweep() throws IOException {
        return sweep(ORPHANED);
    }

    boolean sweep(Duration age) throws IOException {
        boolean clean = true;
        for (Path directory : List.of(root, blobs, facts, artifacts)) {
            if (!Files.isDirectory(directory)) {
                continue;
            }
            List<Path> unfinished;
            try (Stream<Path> files = Files.list(directory)) {
                unfinished = files.filter(file -> file.getFileName().toString().startsWith(LayoutDirectory.UNFINISHED))
                        .toList();
            }
            if (unfinished.isEmpty()) {
                continue;
            }
            Instant old = time(directory, unfinished).minus(age);
            for (Path file : unfinished) {
                try {
                    if (file.getFileName().toString().endsWith(LayoutDirectory.GONE)
                            || !Files.getLastModifiedTime(file).toInstant().isAfter(old)) {
                        clean &= FileTree.delete(file);
                    }
                } catch (NoSuchFileException e) {
                    continue; // its owner was faster
                }
            }
        }
        return clean;
    }

    /** Now, by the clock of the disk, which may be another machine's: it is the one that files have their times from. */
    private static Instant time(Path directory, List<Path> files) throws IOException {
        Path probe = directory.resolve(LayoutDirectory.UNFINISHED + UUID.randomUUID() + ".part");
        try {
            return Files.getLastModifiedTime(Files.createFile(probe)).toInstant();
        } catch (IOException e) {
            // a full disk, which a sweep shall help: the newest file is not newer than now
            Instant newest = Instant.EPOCH;
            for (Path file : files) {
                if (Files.exists(file)) {
                    Instant modified = Files.getLastModifiedTime(file).toInstant();
                    newest = modified.isAfter(newest) ? modified : newest;
                }
            }
            return newest;
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    /**
     * Removes the stashes and everything that waited to become part of one. What is known of layers stays as long as the
     * build has artifacts with them.
     *
     * @return false when somebody still reads some of it, so that it has to wait for a sweep
     */
    public boolean clear() throws IOException {
        LayoutDirectory.remove(stashes, root);
        LayoutDirectory.remove(blobs.getParent(), root);
        return artifacts().isEmpty() ? FileTree.delete(root) : sweep(Duration.ZERO);
    }
}
