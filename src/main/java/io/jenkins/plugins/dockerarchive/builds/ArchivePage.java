package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Functions;
import hudson.Util;
import hudson.model.Run;
import hudson.model.User;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.LimitSettings;
import io.jenkins.plugins.dockerarchive.image.ArchiveException;
import io.jenkins.plugins.dockerarchive.image.LayoutTar;
import io.jenkins.plugins.dockerarchive.operations.Amount;
import io.jenkins.plugins.dockerarchive.retention.RetentionRule;
import io.jenkins.plugins.dockerarchive.retention.StoredArchive.Protection;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Date;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jenkins.model.Jenkins;
import org.kohsuke.stapler.HttpResponse;
import org.kohsuke.stapler.HttpResponses;
import org.kohsuke.stapler.StaplerRequest2;
import org.kohsuke.stapler.StaplerResponse2;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** One archive of a build as its pages show it, with its download and its deletion. */
public final class ArchivePage {

    private final ArchivesAction action;
    private final int index;
    private final ArchiveRecord archive;
    private final BuildRetention retention;

    ArchivePage(@NonNull ArchivesAction action, int index, @NonNull BuildRetention retention) {
        this.action = action;
        this.index = index;
        this.archive = action.getArchives().get(index);
        this.retention = retention;
    }

    /** What can be said about where an archive is. */
    public enum State {
        /** An artifact that is there. */
        PRESENT,
        /** In a store that is not asked each time a page is shown. */
        REMOTE,
        /** Was an artifact and has gone by a rule or by somebody's hand. */
        EXPIRED,
        /** Should be an artifact and is not there. */
        MISSING,
        /** A later step of the build has overwritten it. */
        REPLACED,
        /** Never was an artifact: a file in a workspace or a stash. */
        ELSEWHERE
    }

    @NonNull
    public ArchiveRecord getRecord() {
        return archive;
    }

    public int getIndex() {
        return index;
    }

    @NonNull
    public State getState() {
        if (!archive.isArtifact()) {
            return State.ELSEWHERE;
        }
        if (archive.isExpired()) {
            return State.EXPIRED;
        }
        if (action.isReplaced(index)) {
            return State.REPLACED;
        }
        ArchiveFiles files = new ArchiveFiles(run());
        if (!files.isLocal()) {
            return State.REMOTE;
        }
        return files.exists(archive) ? State.PRESENT : State.MISSING;
    }

    /** Where it is or what became of it, and how long it is kept: a sentence. */
    @NonNull
    public String getStatus() {
        return switch (getState()) {
            case PRESENT -> retention.text(archive, action.newestArtifact() == index);
            // whatever the rules say: nobody here can remove it
            case REMOTE -> Texts.KEPT_WITH_BUILD.text() + ": " + new ArchiveRemoval(action, index).hindrance();
            case EXPIRED -> Texts.STATE_EXPIRED.text(new Date(archive.getExpiredTime()), new Expiry(archive).reason());
            case MISSING -> Texts.STATE_MISSING.text();
            case REPLACED -> Texts.STATE_REPLACED.text();
            case ELSEWHERE ->
                archive.getStash() == null ? Texts.STATE_WORKSPACE.text() : Texts.STATE_STASH.text(archive.getStash());
        };
    }

    @NonNull
    public Date getDate() {
        return new Date(archive.getTime());
    }

    @NonNull
    public String getSizeText() {
        return Amount.size(archive.getSize());
    }

    /** What is in it, in one line: references, or the container. */
    @NonNull
    public String getContents() {
        return archive.getContainer() == null
                ? String.join(", ", archive.getImages())
                : Texts.CONTENTS_CONTAINER.text(ShortId.of(archive.getContainer()));
    }

    /** Agent and stage that wrote it, as far as known. */
    @NonNull
    public String getWriter() {
        return new Origin(archive.getStage(), archive.getNode()).text(archive.getVerb());
    }

    /** When an image was made; null where its config says nothing that can be read, or the year 1 as some builders do. */
    @CheckForNull
    public Date created(@NonNull RecordedImage image) {
        try {
            Instant created = OffsetDateTime.parse(image.getCreated()).toInstant();
            return created.isAfter(Instant.EPOCH) ? Date.from(created) : null;
        } catch (DateTimeException e) {
            return null; // whatever somebody has written there
        }
    }

    @NonNull
    public LayerBar bar(@NonNull RecordedImage image) {
        return new LayerBar(image);
    }

    @NonNull
    public String shortId(@NonNull String id) {
        return ShortId.of(id);
    }

    /** Path of an image's fingerprint below the root of this Jenkins, or null when it has none. */
    @CheckForNull
    public String fingerprint(@NonNull RecordedImage image) {
        return ImageFingerprints.url(image.getId());
    }

    /** Whether whoever looks may have the bytes of artifacts. */
    public boolean isDownloadable() {
        State state = getState();
        return (state == State.PRESENT || state == State.REMOTE && !isLayout()) && mayRead();
    }

    public boolean isDeletable() {
        return getState() == State.PRESENT
                && run().hasPermission(Run.DELETE)
                && JobArchives.protection(run(), false) == null;
    }

    private boolean mayRead() {
        return !Functions.isArtifactsPermissionEnabled() || run().hasPermission(Run.ARTIFACTS);
    }

    /** Where a browser gets it, below the URL of this Jenkins. */
    @NonNull
    public String getDownloadUrl() {
        return run().getUrl()
                + (isLayout() ? "docker-archives/archive/" + index + "/download" : "artifact/" + encoded());
    }

    /** How to get it into an engine from a shell. */
    @NonNull
    public String getCommand() {
        String root = Jenkins.get().getRootUrl();
        String url = (root == null ? "JENKINS_URL/" : root) + getDownloadUrl();
        String into = archive.getContainer() == null ? "docker load" : "docker import - NAME:TAG";
        return "curl -fsS -u USER:TOKEN '" + url + "' | " + into;
    }

    /** Whether an engine must know zstd to load it without help; layouts have layers in zstd unless they came otherwise. */
    public boolean isZstd() {
        return isLayout() || "zstd".equals(archive.getCompression());
    }

    private String encoded() {
        return Stream.of(archive.getFile().split("/"))
                .map(segment -> Util.rawEncode(segment).replace("'", "%27"))
                .collect(Collectors.joining("/"));
    }

    private boolean isLayout() {
        return "oci".equals(archive.getFormat());
    }

    private Run<?, ?> run() {
        return action.getRun();
    }

    /**
     * Sends the archive as one file: a layout as a tar for {@code docker load}, made on the way; what is a file already from
     * where artifacts are.
     */
    public void doDownload(StaplerRequest2 request, StaplerResponse2 response) throws IOException {
        if (Functions.isArtifactsPermissionEnabled()) {
            run().checkPermission(Run.ARTIFACTS);
        }
        if (getState() != State.PRESENT && getState() != State.REMOTE) {
            throw HttpResponses.errorWithoutStack(HttpServletResponse.SC_NOT_FOUND, getStatus());
        }
        if (!isLayout()) {
            response.sendRedirect(request.getContextPath() + "/" + getDownloadUrl());
            return;
        }
        Path layout = new ArchiveFiles(run()).path(archive);
        if (layout == null || !Files.isDirectory(layout)) {
            throw HttpResponses.errorWithoutStack(HttpServletResponse.SC_NOT_FOUND, Texts.STATE_REMOTE_LAYOUT.text());
        }
        LayoutTar tar;
        try {
            tar = new LayoutTar(
                    layout,
                    archive.getSha256(),
                    LimitSettings.of(DockerArchiveConfiguration.get().getLimits()));
        } catch (ArchiveException e) {
            throw HttpResponses.errorWithoutStack(
                    HttpServletResponse.SC_INTERNAL_SERVER_ERROR, Texts.STATE_DAMAGED.text(e.getMessage()));
        }
        String name = archive.getFile().substring(archive.getFile().lastIndexOf('/') + 1) + ".tar";
        response.setContentType("application/x-tar");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader(
                "Content-Disposition",
                "attachment; filename*=UTF-8''" + Util.rawEncode(name).replace("'", "%27"));
        response.setContentLengthLong(tar.size());
        if (!request.getMethod().equals("HEAD")) {
            // Fewer bytes than announced: when a blob turns out damaged on the way, the client sees a broken transfer.
            OutputStream out = response.getOutputStream();
            tar.writeTo(out);
            out.flush();
        }
    }

    /**
     * Deletes the archive and keeps its record. Asks for {@link Run#DELETE}: nothing less lets people take artifacts away,
     * because the only way that Jenkins itself has for that is to delete the build.
     */
    @RequirePOST
    public HttpResponse doDelete() throws IOException {
        run().checkPermission(Run.DELETE);
        if (getState() != State.PRESENT) {
            throw HttpResponses.errorWithoutStack(HttpServletResponse.SC_NOT_FOUND, getStatus());
        }
        Protection protection = JobArchives.protection(run(), false);
        if (protection != null) {
            throw HttpResponses.errorWithoutStack(
                    HttpServletResponse.SC_CONFLICT,
                    protection == Protection.RUNNING ? Texts.DELETE_RUNNING.text() : Texts.DELETE_KEPT.text());
        }
        User user = User.current();
        new ArchiveRemoval(action, index).remove(RetentionRule.BY_HAND, user == null ? "anonymous" : user.getId());
        return HttpResponses.redirectTo("../..");
    }
}
