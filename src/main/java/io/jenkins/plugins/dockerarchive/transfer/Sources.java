package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.operations.ArchiveSource;
import io.jenkins.plugins.dockerarchive.operations.SourceChoice;

/** What the operations call the archive that a step was told to take. */
public final class Sources {

    private Sources() {}

    /** Before anything was fetched: right for workspace files and URLs, a stand-in for what has yet to become a file. */
    @NonNull
    static ArchiveSource announced(@NonNull SourceChoice choice) {
        return new ArchiveSource(choice.file(), choice.url(), choice.sha256(), label(choice));
    }

    /** After it has become a file on the agent. */
    @NonNull
    static ArchiveSource fetched(@NonNull SourceChoice choice, @NonNull String file) {
        return new ArchiveSource(file, null, choice.sha256(), label(choice));
    }

    /** As people read it, for example {@code stash 'shop'}. */
    @NonNull
    public static String label(@NonNull SourceChoice choice) {
        return switch (choice.kind()) {
            case FILE -> "file '" + choice.file() + "'";
            case STASH -> "stash '" + choice.stash() + "'";
            case URL -> "url '" + choice.url() + "'";
            case BUILD ->
                (choice.archive() == null ? "the archive" : "archive '" + choice.archive() + "'")
                        + (choice.project() == null
                                ? choice.build() == null ? " of this build" : " of the upstream build"
                                : " of '" + choice.project() + "'");
        };
    }
}
