package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** POST /images/load, and what the engine says of it. */
final class LoadCall {

    private static final String TASK = "load an archive of images";
    private static final String LOADED_ID = "Loaded image ID: ";
    /** Podman before 4 wrote the second. */
    private static final List<String> LOADED = List.of("Loaded image: ", "Loaded image(s): ");
    /** All that podman says of an archive that it cannot read, with one line for each format that it tried. */
    private static final String PODMAN_GAVE_UP = "payload does not match any of the supported image formats";

    private final Calls calls;
    private final EngineCapabilities capabilities;

    private final List<String> references = new ArrayList<>();
    private final List<String> ids = new ArrayList<>();
    private final List<String> renamed = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    LoadCall(@NonNull Calls calls, @NonNull EngineCapabilities capabilities) {
        this.calls = calls;
        this.capabilities = capabilities;
    }

    /** @see Engine#loadImages */
    @NonNull
    LoadReport send(
            @NonNull InputStream tar, @NonNull List<Platform> platforms, @NonNull Consumer<EngineEvent> progress)
            throws IOException, InterruptedException {
        RequestPath path = new RequestPath("/images/load").with("quiet", "0");
        new PlatformParameter(capabilities, calls.faults()).addTo(path, platforms, TASK);
        InputStream archive = new FirstByte(calls.faults()).require(tar, TASK);
        try (Answer answer = calls.upload(TASK, path, archive)) {
            if (answer.status() != 200) {
                throw understandable(answer.refused());
            }
            readAll(answer, progress);
        }
        if (references.isEmpty() && ids.isEmpty()) {
            throw calls.faults().refused(TASK, 0, "it loaded nothing" + reasonForNothing(platforms));
        }
        return new LoadReport(references, ids, renamed, notes);
    }

    private void readAll(Answer answer, Consumer<EngineEvent> progress) throws EngineException, InterruptedException {
        answer.readEvents(event -> {
            progress.accept(event);
            if (event.stream() != null) {
                for (String line : event.stream().split("\\R")) {
                    read(line.strip());
                }
            }
        });
        for (String note : notes) {
            // A containerd image store has tagged the image by then, and goes on as if nothing had happened.
            if (note.startsWith("Error unpacking image")) {
                throw calls.faults().refused(TASK, 0, note);
            }
        }
    }

    private void read(String line) {
        if (line.startsWith(LOADED_ID)) {
            ids.add(ImageCalls.withAlgorithm(line.substring(LOADED_ID.length()).strip()));
            return;
        }
        for (String loaded : LOADED) {
            if (line.startsWith(loaded)) {
                addLoaded(line.substring(loaded.length()));
                return;
            }
        }
        if (line.contains("already exists, renaming the old one")) {
            renamed.add(line);
        } else if (!line.isEmpty()) {
            notes.add(line);
        }
    }

    /** Podman names all in one line, those without reference by their ID. */
    private void addLoaded(String names) {
        for (String name : names.split(",")) {
            String stripped = name.strip();
            if (stripped.matches("(sha256:)?[0-9a-f]{64}")) {
                ids.add(ImageCalls.withAlgorithm(stripped));
            } else if (!stripped.isEmpty()) {
                references.add(stripped);
            }
        }
    }

    private String reasonForNothing(List<Platform> platforms) {
        if (!notes.isEmpty()) {
            return " and said '" + notes.get(notes.size() - 1) + "'";
        }
        return platforms.isEmpty()
                ? " and gave no reason, so the archive seems to hold no images"
                : ", so the archive seems to hold no images for " + platforms;
    }

    private EngineException understandable(EngineException refused) {
        return refused.getMessage().contains(PODMAN_GAVE_UP)
                ? new EngineException(
                        "The engine at " + calls.faults().where() + " could not " + TASK
                                + ": podman found no image archive in it, or one that is cut off, damaged, or lacks"
                                + " layers (HTTP status " + refused.status() + ").",
                        refused.status())
                : refused;
    }
}
