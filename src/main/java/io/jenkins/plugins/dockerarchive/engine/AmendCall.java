package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** POST /build with a Dockerfile that adds no layer: the way to instructions that an import does not take. */
final class AmendCall {

    private final Calls calls;

    AmendCall(@NonNull Calls calls) {
        this.calls = calls;
    }

    /** @see Engine#amendImage */
    void send(@NonNull String base, @NonNull List<String> instructions, @NonNull String repository, @NonNull String tag)
            throws IOException, InterruptedException {
        String task = "amend " + base;
        RequestPath path = new RequestPath("/build")
                .with("t", repository + ":" + tag)
                .with("rm", "1")
                .with("forcerm", "1")
                .with("networkmode", "none");
        String dockerfile = "FROM " + base + "\n" + String.join("\n", instructions) + "\n";
        try (Answer answer = calls.upload(task, path, new ByteArrayInputStream(tar(dockerfile)))) {
            answer.readEvents(event -> {});
        }
    }

    private static byte[] tar(String dockerfile) throws IOException {
        byte[] content = dockerfile.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            TarArchiveEntry entry = new TarArchiveEntry("Dockerfile");
            entry.setSize(content.length);
            tar.putArchiveEntry(entry);
            tar.write(content);
            tar.closeArchiveEntry();
        }
        return bytes.toByteArray();
    }
}
