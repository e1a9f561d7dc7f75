package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.FilePath;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.store.BuildStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Takes up stashes that the controller keeps in layers; others are left to another way. */
final class LayeredStash implements StashTransfer {

    private final StashTransfer others;
    private final ArchiveLimits limits;

    LayeredStash(@NonNull StashTransfer others, @NonNull ArchiveLimits limits) {
        this.others = others;
        this.limits = limits;
    }

    @Override
    public void check(@NonNull String name, @NonNull String file) throws IOException {
        others.check(name, file);
    }

    @Override
    public void keep(@NonNull BuildContext context, @NonNull String name, @NonNull WrittenArchive archive)
            throws IOException, InterruptedException {
        others.keep(context, name, archive);
        BuildStore store = new BuildStore(context.run().getRootDir().toPath(), limits);
        if (store.hasStash(name)) {
            store.removeStash(name); // came along when the build was started from a stage of another one
        }
    }

    @Override
    public void fetch(@NonNull BuildContext context, @NonNull String name, @NonNull FilePath directory)
            throws IOException, InterruptedException {
        BuildStore store = new BuildStore(context.run().getRootDir().toPath(), limits);
        if (!store.hasStash(name)) {
            others.fetch(context, name, directory);
            return;
        }
        Path stash = store.stash(name);
        List<Path> files;
        try (Stream<Path> walk = Files.walk(stash)) {
            files = walk.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            String path = stash.relativize(file).toString().replace('\\', '/');
            try (InputStream in = new InterruptibleInput(Files.newInputStream(file))) {
                directory.child(name + ".oci").child(path).copyFrom(in);
            }
        }
    }
}
