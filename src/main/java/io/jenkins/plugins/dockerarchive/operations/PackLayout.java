package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.image.ArchiveOutput;
import io.jenkins.plugins.dockerarchive.image.CompressionChoice;
import io.jenkins.plugins.dockerarchive.image.LayoutTar;
import java.io.IOException;
import java.nio.file.Path;

/** Makes one file of a saved OCI image layout, for stores that keep files: a tar that {@code docker load} takes. */
final class PackLayout {

    /** What is added to the name of the layout. */
    static final String ENDING = ".tar";

    private final OperationContext context;

    PackLayout(@NonNull OperationContext context) {
        this.context = context;
    }

    /** The tar of the layout, in the temporary directory. Each blob is hashed once more on its way. */
    @NonNull
    SaveResult pack(@NonNull SaveResult layout) throws IOException {
        long start = System.nanoTime();
        String name = layout.file() + ENDING;
        Path tar = context.temporary().resolve(name);
        LayoutTar content =
                new LayoutTar(Path.of(layout.directory()).resolve(layout.file()), layout.sha256(), context.limits());
        try (ArchiveOutput output =
                new ArchiveOutput(tar.getParent(), tar.getFileName().toString(), CompressionChoice.NONE)) {
            content.writeTo(output);
            output.complete();
            output.commit(tar, ArchiveOutput.Replace.NO);
            context.log()
                    .line("Packed the layout into " + name + ": " + Amount.since(start, output.size()) + ", sha256 "
                            + output.sha256());
            return new SaveResult(
                    context.temporary().toString(),
                    name,
                    output.size(),
                    output.sha256(),
                    layout.images(),
                    output.size(),
                    false);
        }
    }
}
