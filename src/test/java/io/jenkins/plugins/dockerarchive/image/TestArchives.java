package io.jenkins.plugins.dockerarchive.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Short ways to read archives in tests, and limits that are small enough to be met. */
final class TestArchives {

    static final ArchiveLimits LIMITS = ArchiveLimits.defaults();

    private TestArchives() {}

    static ImageArchive read(byte[] archive) throws IOException {
        return read(archive, LIMITS);
    }

    static ImageArchive read(byte[] archive, ArchiveLimits limits) throws IOException {
        return ImageArchive.read(new ByteArrayInputStream(archive), limits);
    }

    static ImageArchive read(TestTar archive) throws IOException {
        return read(archive.bytes());
    }

    static ArchiveLimits entries(int entries) {
        return new ArchiveLimits(entries, entries, 4_096, 64 << 10, 4 << 20, 64, 512, 1_000, 1L << 40, 100_000);
    }

    static ArchiveLimits nameLength(int characters) {
        return new ArchiveLimits(50_000, 50_000, characters, 64 << 10, 4 << 20, 64, 512, 1_000, 1L << 40, 100_000);
    }

    static ArchiveLimits json(int bytes) {
        return new ArchiveLimits(50_000, 50_000, 4_096, 64 << 10, bytes, 64, 512, 1_000, 1L << 40, 100_000);
    }

    static ArchiveLimits totalBytes(long bytes) {
        return new ArchiveLimits(50_000, 50_000, 4_096, 64 << 10, 4 << 20, 64, 512, 1_000, bytes, 100_000);
    }

    static ArchiveLimits ratio(long ratio) {
        return new ArchiveLimits(50_000, 50_000, 4_096, 64 << 10, 4 << 20, 64, 512, 1_000, 1L << 40, ratio);
    }

    static ArchiveLimits depth(int depth) {
        return new ArchiveLimits(50_000, 50_000, 4_096, 64 << 10, 4 << 20, depth, 512, 1_000, 1L << 40, 100_000);
    }

    /** What an archive says of its images, in a form that two archives can be compared by. */
    static List<String> told(ImageArchive archive) {
        List<String> told = new ArrayList<>();
        for (ArchivedRoot root : archive.roots()) {
            for (ArchivedImage image : root.images()) {
                told.add(root.references() + " " + image.configDigest() + " " + image.platform() + " "
                        + image.diffIds());
            }
        }
        return told;
    }

    /** What {@link #told} gives for these images when they are read from any archive. */
    static List<String> told(TestImage... images) {
        List<String> told = new ArrayList<>();
        for (TestImage image : images) {
            told.add(image.parsedReferences() + " " + image.configDigest() + " linux/amd64 " + image.diffIds());
        }
        return told;
    }
}
