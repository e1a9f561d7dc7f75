package io.jenkins.plugins.dockerarchive.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/** A tar archive in the making: its entries can be changed by name before it is written. */
final class TestTar {

    private final List<Entry> entries = new ArrayList<>();

    /** @param target of a link, else null */
    record Entry(String name, byte type, byte[] content, String target) {}

    TestTar file(String name, byte[] content) {
        entries.add(new Entry(name, TarConstants.LF_NORMAL, content, null));
        return this;
    }

    TestTar file(String name, String content) {
        return file(name, content.getBytes(StandardCharsets.UTF_8));
    }

    TestTar directory(String name) {
        entries.add(new Entry(name, TarConstants.LF_DIR, new byte[0], null));
        return this;
    }

    TestTar symbolicLink(String name, String target) {
        entries.add(new Entry(name, TarConstants.LF_SYMLINK, new byte[0], target));
        return this;
    }

    TestTar hardLink(String name, String target) {
        entries.add(new Entry(name, TarConstants.LF_LINK, new byte[0], target));
        return this;
    }

    TestTar special(String name, byte type) {
        entries.add(new Entry(name, type, new byte[0], null));
        return this;
    }

    List<Entry> entries() {
        return Collections.unmodifiableList(entries);
    }

    boolean has(String name) {
        return entries.stream().anyMatch(entry -> entry.name().equals(name));
    }

    byte[] content(String name) {
        return entry(name).content();
    }

    String text(String name) {
        return new String(content(name), StandardCharsets.UTF_8);
    }

    /** A copy to be changed, so that one archive serves several tests. */
    TestTar copy() {
        TestTar copy = new TestTar();
        copy.entries.addAll(entries);
        return copy;
    }

    TestTar without(String name) {
        entries.remove(entry(name));
        return this;
    }

    TestTar replace(String name, byte[] content) {
        Entry old = entry(name);
        entries.set(entries.indexOf(old), new Entry(name, old.type(), content, old.target()));
        return this;
    }

    TestTar replace(String name, String content) {
        return replace(name, content.getBytes(StandardCharsets.UTF_8));
    }

    TestTar edit(String name, UnaryOperator<String> change) {
        String before = text(name);
        String after = change.apply(before);
        if (after.equals(before)) {
            throw new IllegalArgumentException("nothing to change in " + before);
        }
        return replace(name, after);
    }

    /** Gives every entry another name. */
    TestTar rename(UnaryOperator<String> change) {
        entries.replaceAll(
                entry -> new Entry(change.apply(entry.name()), entry.type(), entry.content(), entry.target()));
        return this;
    }

    TestTar reverse() {
        Collections.reverse(entries);
        return this;
    }

    TestTar withoutDirectories() {
        entries.removeIf(entry -> entry.type() == TarConstants.LF_DIR);
        return this;
    }

    private Entry entry(String name) {
        return entries.stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no entry " + name));
    }

    byte[] bytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            for (Entry entry : entries) {
                TarArchiveEntry header = new TarArchiveEntry(entry.name(), entry.type(), true);
                header.setModTime(1_700_000_000_000L);
                header.setSize(entry.content().length);
                if (entry.target() != null) {
                    header.setLinkName(entry.target());
                }
                tar.putArchiveEntry(header);
                tar.write(entry.content());
                tar.closeArchiveEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    Path write(Path file) throws IOException {
        return Files.write(file, bytes());
    }

    /** Unpacks files and directories, as an OCI image layout lies on a disk. */
    Path unpack(Path directory) throws IOException {
        for (Entry entry : entries) {
            Path path = directory.resolve(entry.name());
            if (entry.type() == TarConstants.LF_DIR) {
                Files.createDirectories(path);
            } else {
                Files.createDirectories(path.getParent());
                Files.write(path, entry.content());
            }
        }
        return directory;
    }
}
