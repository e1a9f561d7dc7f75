package hudson;

import hudson.model.Computer;
import hudson.remoting.Callable;
import hudson.remoting.Future;
import hudson.remoting.VirtualChannel;
import hudson.util.FormValidation;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jenkinsci.remoting.RoleSensitive;
import org.jenkinsci.remoting.SerializableOnlyOverRemoting;

/** Without a channel this is a plain value: a path on this machine, on which callables and file operations work. */
public final class FilePath implements SerializableOnlyOverRemoting {
    private static final long serialVersionUID = 1L;

    private final transient VirtualChannel channel;

    private final String remote;

    public FilePath(VirtualChannel channel, String remote) {
        this.channel = channel;
        this.remote = remote;
    }

    public FilePath(File local) {
        this((VirtualChannel) null, local.getPath());
    }

    public FilePath(FilePath base, String relativeOrAbsolute) {
        this(base.channel, resolve(base.remote, relativeOrAbsolute));
    }

    private static String resolve(String base, String relativeOrAbsolute) {
        return Path.of(base).resolve(relativeOrAbsolute).normalize().toString();
    }

    private Path local() {
        if (channel != null) {
            throw new UnsupportedOperationException();
        }
        return Path.of(remote);
    }

    public String getRemote() {
        return remote;
    }

    public VirtualChannel getChannel() {
        return channel;
    }

    public boolean isRemote() {
        return channel != null;
    }

    public String getName() {
        return Path.of(remote).getFileName().toString();
    }

    public String getBaseName() {
        String name = getName();
        int dot = name.lastIndexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }

    public FilePath child(String relativeOrAbsolute) {
        return new FilePath(this, relativeOrAbsolute);
    }

    public FilePath sibling(String relative) {
        return getParent().child(relative);
    }

    public FilePath withSuffix(String suffix) {
        return new FilePath(channel, remote + suffix);
    }

    public FilePath getParent() {
        Path parent = Path.of(remote).getParent();
        return parent == null ? null : new FilePath(channel, parent.toString());
    }

    public Computer toComputer() {
        throw new UnsupportedOperationException();
    }

    public <T> T act(FileCallable<T> callable) throws IOException, InterruptedException {
        return callable.invoke(local().toFile(), null);
    }

    public <V, E extends Throwable> V act(Callable<V, E> callable) throws IOException, InterruptedException, E {
        local();
        return callable.call();
    }

    public <T> Future<T> actAsync(FileCallable<T> callable) throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    public InputStream read() throws IOException, InterruptedException {
        return Files.newInputStream(local());
    }

    public String readToString() throws IOException, InterruptedException {
        return Files.readString(local());
    }

    public OutputStream write() throws IOException, InterruptedException {
        mkParent();
        return Files.newOutputStream(local());
    }

    public void write(String content, String encoding) throws IOException, InterruptedException {
        mkParent();
        Files.write(local(), encoding == null ? content.getBytes(StandardCharsets.UTF_8) : content.getBytes(encoding));
    }

    private void mkParent() throws IOException {
        Path parent = local().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
    }

    public void copyFrom(InputStream source) throws IOException, InterruptedException {
        try (OutputStream out = write()) {
            source.transferTo(out);
        }
    }

    public void copyFrom(FilePath source) throws IOException, InterruptedException {
        source.copyTo(this);
    }

    public void copyTo(FilePath target) throws IOException, InterruptedException {
        try (OutputStream out = target.write()) {
            copyTo(out);
        }
    }

    public void copyTo(OutputStream target) throws IOException, InterruptedException {
        Files.copy(local(), target);
    }

    public void renameTo(FilePath target) throws IOException, InterruptedException {
        Files.move(local(), target.local());
    }

    public FilePath createTempFile(String prefix, String suffix) throws IOException, InterruptedException {
        return new FilePath(Files.createTempFile(local(), prefix, suffix).toFile());
    }

    public FilePath createTempDir(String prefix, String suffix) throws IOException, InterruptedException {
        return new FilePath(
                Files.createTempDirectory(local(), prefix + "." + suffix).toFile());
    }

    public void mkdirs() throws IOException, InterruptedException {
        Files.createDirectories(local());
    }

    public boolean delete() throws IOException, InterruptedException {
        Files.deleteIfExists(local());
        return true;
    }

    public void deleteRecursive() throws IOException, InterruptedException {
        delete(local());
    }

    public void deleteContents() throws IOException, InterruptedException {
        deleteContents(local());
    }

    private static void delete(Path path) throws IOException {
        if (Files.isDirectory(path) && !Files.isSymbolicLink(path)) {
            deleteContents(path);
        }
        Files.deleteIfExists(path);
    }

    private static void deleteContents(Path directory) throws IOException {
        try (var children = Files.newDirectoryStream(directory)) {
            for (Path child : children) {
                delete(child);
            }
        }
    }

    public boolean exists() throws IOException, InterruptedException {
        return Files.exists(local());
    }

    public boolean isDirectory() throws IOException, InterruptedException {
        return Files.isDirectory(local());
    }

    public long length() throws IOException, InterruptedException {
        return Files.size(local());
    }

    public long lastModified() throws IOException, InterruptedException {
        return Files.getLastModifiedTime(local()).toMillis();
    }

    public void chmod(int mask) throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    public long getUsableDiskSpace() throws IOException, InterruptedException {
        return local().toFile().getUsableSpace();
    }

    public boolean isDescendant(String relative) throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }

    public FormValidation validateRelativePath(String value, boolean errorIfNotExist, boolean expectingFile)
            throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof FilePath that && that.channel == channel && that.remote.equals(remote);
    }

    @Override
    public int hashCode() {
        return remote.hashCode();
    }

    @Override
    public String toString() {
        return remote;
    }

    public interface FileCallable<T> extends Serializable, RoleSensitive {
        T invoke(File file, VirtualChannel channel) throws IOException, InterruptedException;
    }

    public FilePath[] list(String includes, String excludes, boolean defaultExcludes)
            throws IOException, InterruptedException {
        throw new UnsupportedOperationException();
    }
}
