package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.EngineException;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.DiskFullException;
import io.jenkins.plugins.dockerarchive.image.DiskSpace;
import io.jenkins.plugins.dockerarchive.image.WrongArchiveException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;

/** Turns what went wrong below into the one sentence that a user gets. */
final class Failure {

    private Failure() {}

    /**
     * @param doing what was tried, as a sentence begins: {@code "Cannot load stash 'shop'"}
     * @throws InterruptedException when the failure is that somebody stopped us
     */
    @NonNull
    static OperationException of(@NonNull String doing, @NonNull IOException e) throws InterruptedException {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof OperationException known) {
                return known;
            }
            if (cause instanceof EngineException) {
                return new OperationException(doing + ": " + advised(cause.getMessage()), e);
            }
            if (cause instanceof ArchiveException || cause instanceof DiskFullException) {
                return new OperationException(doing + ": " + cause.getMessage() + ".", e);
            }
            if (cause instanceof WrongArchiveException wrong) {
                return new OperationException(
                        doing + ": " + wrong.getMessage() + "; use " + rightVerb(wrong) + " for it.", e);
            }
            if (cause instanceof InterruptedIOException || cause instanceof ClosedByInterruptException) {
                InterruptedException interrupted = new InterruptedException(doing + ": it was stopped.");
                interrupted.initCause(e);
                throw interrupted;
            }
        }
        String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        if (DiskSpace.isFull(e)) {
            return new OperationException(
                    doing + ": the disk is full; make room there and run it again (" + reason + ").", e);
        }
        if (e instanceof AccessDeniedException) {
            return new OperationException(doing + ": the agent's user may not access " + reason + ".", e);
        }
        if (e instanceof NoSuchFileException) {
            return new OperationException(doing + ": " + reason + " does not exist.", e);
        }
        if (e instanceof FileAlreadyExistsException) {
            return new OperationException(doing + ": " + reason + " is there already.", e);
        }
        return new OperationException(doing + ": " + reason + (reason.endsWith(".") ? "" : "."), e);
    }

    /** What an engine says of its disk is not always clear to who reads it in a log of a build. */
    private static String advised(String engine) {
        if (!engine.toLowerCase(Locale.ROOT).contains("no space left on device")) {
            return engine;
        }
        String clause = engine.endsWith(".") ? engine.substring(0, engine.length() - 1) : engine;
        return clause + "; the engine's disk is full: make room there and run it again.";
    }

    private static String rightVerb(WrongArchiveException wrong) {
        return wrong.really() == WrongArchiveException.Really.IMAGE ? "dockerLoad" : "dockerImport";
    }
}
