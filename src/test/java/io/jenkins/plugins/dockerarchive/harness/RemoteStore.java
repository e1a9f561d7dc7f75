package io.jenkins.plugins.dockerarchive.harness;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.AbortException;
import hudson.EnvVars;
import hudson.FilePath;
import hudson.Launcher;
import hudson.Util;
import hudson.model.BuildListener;
import hudson.model.Run;
import hudson.model.TaskListener;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import jenkins.model.ArtifactManager;
import jenkins.model.ArtifactManagerConfiguration;
import jenkins.model.ArtifactManagerFactory;
import jenkins.model.ArtifactManagerFactoryDescriptor;
import jenkins.util.VirtualFile;
import org.jenkinsci.plugins.workflow.flow.StashManager;

/**
 * A store for artifacts and stashes that is not Jenkins' own, as the plugins for object stores are: files are fetched from
 * addresses with a secret in them, over HTTP, and never by the controller.
 */
public final class RemoteStore extends ArtifactManagerFactory implements Closeable {

    static final String SECRET = "signature-that-nobody-is-told";

    private final String directory;
    private final transient HttpServer server;
    private final transient ArtifactManagerFactoryDescriptor descriptor = new DescriptorImpl();

    /** Takes what this Jenkins archives and stashes from now on. */
    RemoteStore(Path directory) throws IOException {
        this.directory = directory.toString();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.createContext("/", this::serve);
        server.start();
        ArtifactManagerConfiguration.get().getArtifactManagerFactories().add(this);
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Path file = Path.of(directory)
                    .resolve(exchange.getRequestURI().getPath().substring(1));
            boolean may = SECRET.equals(exchange.getRequestURI().getQuery());
            exchange.sendResponseHeaders(may ? 200 : 403, may ? 0 : -1);
            if (may) {
                try (OutputStream out = exchange.getResponseBody()) {
                    Files.copy(file, out);
                }
            }
        }
    }

    @Override
    public ArtifactManager managerFor(Run<?, ?> build) {
        RemoteManager manager = new RemoteManager();
        manager.onLoad(build);
        return manager;
    }

    @Override
    public ArtifactManagerFactoryDescriptor getDescriptor() {
        return descriptor;
    }

    private static RemoteStore get() {
        return ArtifactManagerConfiguration.get().getArtifactManagerFactories().get(RemoteStore.class);
    }

    /** Not found by Jenkins, which needs none. */
    public static final class DescriptorImpl extends ArtifactManagerFactoryDescriptor {}

    /** The artifacts and stashes of one build. */
    static final class RemoteManager extends ArtifactManager implements StashManager.StashAwareArtifactManager {

        private transient Path build;

        @Override
        public void onLoad(@NonNull Run<?, ?> run) {
            build = of(run);
        }

        private static Path of(Run<?, ?> run) {
            return Path.of(get().directory).resolve(Util.getDigestOf(run.getExternalizableId()));
        }

        private FilePath artifacts() {
            return new FilePath(build.resolve("artifacts").toFile());
        }

        private FilePath stashes() {
            return new FilePath(build.resolve("stashes").toFile());
        }

        @Override
        public void archive(FilePath workspace, Launcher launcher, BuildListener listener, Map<String, String> files)
                throws IOException, InterruptedException {
            for (Map.Entry<String, String> file : files.entrySet()) {
                workspace.child(file.getValue()).copyTo(artifacts().child(file.getKey()));
            }
        }

        @Override
        public boolean delete() throws IOException, InterruptedException {
            boolean there = artifacts().exists();
            artifacts().deleteRecursive();
            return there;
        }

        @Override
        public VirtualFile root() {
            return new RemoteFile(build.resolve("artifacts").toFile());
        }

        @Override
        public void stash(
                String name,
                FilePath workspace,
                Launcher launcher,
                EnvVars env,
                TaskListener listener,
                String includes,
                String excludes,
                boolean useDefaultExcludes,
                boolean allowEmpty)
                throws IOException, InterruptedException {
            workspace.copyRecursiveTo(includes, stashes().child(name));
        }

        @Override
        public void unstash(String name, FilePath workspace, Launcher launcher, EnvVars env, TaskListener listener)
                throws IOException, InterruptedException {
            if (!stashes().child(name).exists()) {
                throw new AbortException("no such stash");
            }
            stashes().child(name).copyRecursiveTo(workspace);
        }

        @Override
        public void clearAllStashes(TaskListener listener) throws IOException, InterruptedException {
            stashes().deleteRecursive();
        }

        @Override
        public void copyAllArtifactsAndStashes(Run<?, ?> to, TaskListener listener)
                throws IOException, InterruptedException {
            new FilePath(build.toFile()).copyRecursiveTo(new FilePath(of(to).toFile()));
        }
    }

    /** An artifact, at an address that only its holder can read. */
    private static final class RemoteFile extends VirtualFile {

        private static final long serialVersionUID = 1L;

        private final File file;

        RemoteFile(File file) {
            this.file = file;
        }

        @Override
        public URL toExternalURL() throws IOException {
            return URI.create("http://127.0.0.1:" + get().server.getAddress().getPort() + "/"
                            + Path.of(get().directory).relativize(file.toPath()) + "?" + SECRET)
                    .toURL();
        }

        @Override
        public InputStream open() throws IOException {
            throw new IOException("the controller reads " + file + " by itself");
        }

        @Override
        public String getName() {
            return file.getName();
        }

        @Override
        public URI toURI() {
            return file.toURI();
        }

        @Override
        public VirtualFile getParent() {
            return new RemoteFile(file.getParentFile());
        }

        @Override
        public boolean isDirectory() {
            return file.isDirectory();
        }

        @Override
        public boolean isFile() {
            return file.isFile();
        }

        @Override
        public boolean exists() {
            return file.exists();
        }

        @Override
        public VirtualFile[] list() throws IOException {
            if (!file.isDirectory()) {
                return new VirtualFile[0];
            }
            try (Stream<Path> children = Files.list(file.toPath())) {
                return children.map(child -> new RemoteFile(child.toFile())).toArray(VirtualFile[]::new);
            }
        }

        @Override
        public VirtualFile child(String name) {
            return new RemoteFile(new File(file, name));
        }

        @Override
        public long length() {
            return file.length();
        }

        @Override
        public long lastModified() {
            return file.lastModified();
        }

        @Override
        public boolean canRead() {
            return file.canRead();
        }
    }
}
