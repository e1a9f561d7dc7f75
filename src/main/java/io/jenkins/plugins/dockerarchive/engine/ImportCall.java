package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** POST /images/create?fromSrc=-. */
final class ImportCall {

    private static final Pattern ID = Pattern.compile("(sha256:)?[0-9a-f]{64}");

    private final Calls calls;

    ImportCall(@NonNull Calls calls) {
        this.calls = calls;
    }

    /** @see Engine#importImage */
    @NonNull
    String send(@NonNull InputStream tar, @NonNull ImportParameters parameters)
            throws IOException, InterruptedException {
        String reference = reference(parameters);
        String task = "import " + (reference == null ? "an image" : reference);
        RequestPath path = new RequestPath("/images/create")
                .with("fromSrc", "-")
                .with("repo", reference)
                .with("message", parameters.message())
                .with(
                        "platform",
                        parameters.platform() == null
                                ? null
                                : parameters.platform().toString());
        for (String change : parameters.changes()) {
            path.with("changes", change);
        }
        InputStream archive = new FirstByte(calls.faults()).require(tar, task);
        try (Answer answer = calls.upload(task, path, archive)) {
            return readId(answer, task);
        }
    }

    /** Podman 4 knows no parameter for the tag; every engine takes it with the repository. */
    @CheckForNull
    private static String reference(ImportParameters parameters) {
        return parameters.repository() == null || parameters.tag() == null
                ? parameters.repository()
                : parameters.repository() + ":" + parameters.tag();
    }

    private String readId(Answer answer, String task) throws EngineException, InterruptedException {
        List<String> ids = new ArrayList<>();
        answer.readEvents(event -> {
            if (event.status() != null && ID.matcher(event.status().strip()).matches()) {
                ids.add(ImageCalls.withAlgorithm(event.status().strip()));
            }
        });
        if (ids.isEmpty()) {
            throw calls.faults().senseless(task, "its answer names no image", null);
        }
        return ids.get(ids.size() - 1);
    }
}
