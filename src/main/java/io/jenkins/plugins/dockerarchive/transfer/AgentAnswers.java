package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.engine.Platform;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.EngineArchive;
import io.jenkins.plugins.dockerarchive.image.Reference;
import io.jenkins.plugins.dockerarchive.image.UnreadBlob;
import io.jenkins.plugins.dockerarchive.operations.ExportResult;
import io.jenkins.plugins.dockerarchive.operations.FoundImages;
import io.jenkins.plugins.dockerarchive.operations.ImportResult;
import io.jenkins.plugins.dockerarchive.operations.LoadAnswer;
import io.jenkins.plugins.dockerarchive.operations.LoadResult;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Looks at what an agent answered before the controller uses it as a path, a name or text: an agent may be in foreign
 * hands. Says that an answer is well-formed, not that it is true.
 */
final class AgentAnswers {

    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
    private static final Pattern SEGMENT = Pattern.compile("[^\\p{Cc}/\\\\\\u202a-\\u202e\\u2066-\\u2069]{1,255}");
    private static final Pattern LINE = Pattern.compile("[^\\p{Cc}\\u202a-\\u202e\\u2066-\\u2069]*");
    private static final int PATH_LENGTH = 1024;
    /** Characters that a text which is only shown may have. */
    private static final int TEXT_LENGTH = 1100;

    private final ArchiveLimits limits;

    AgentAnswers(@NonNull ArchiveLimits limits) {
        this.limits = limits;
    }

    /** The answer, when it is one that {@code dockerSave} can give. */
    @NonNull
    SaveResult accept(@CheckForNull SaveResult answer) throws OperationException {
        check(answer != null, "nothing");
        if (answer.file() == null) {
            check(answer.images().isEmpty() && answer.size() == 0, "images without an archive");
        } else {
            path(answer.file());
        }
        sizes(answer.size(), answer.stored());
        if (answer.sha256() != null) {
            check(HEX.matcher(answer.sha256()).matches(), "a malformed checksum");
        }
        count(answer.images(), limits.images(), "images");
        for (SaveResult.SavedImage image : answer.images()) {
            image(image.id(), image.references(), image.platform());
            count(image.layers(), limits.layers(), "layers");
            for (SaveResult.SavedLayer layer : image.layers()) {
                check(
                        layer != null
                                && layer.diffId() != null
                                && DIGEST.matcher(layer.diffId()).matches(),
                        "a malformed layer digest");
                sizes(layer.size());
            }
            text(image.command(), "command");
            text(image.created(), "creation date");
        }
        return answer;
    }

    /** The answer, when it is one that an engine can give about images that shall be saved. */
    @NonNull
    FoundImages accept(@CheckForNull FoundImages answer) throws OperationException {
        check(answer != null, "nothing");
        line(answer.engine(), "engine address");
        count(answer.images(), limits.images(), "images");
        for (FoundImages.FoundImage image : answer.images()) {
            check(
                    image != null
                            && image.id() != null
                            && DIGEST.matcher(image.id()).matches(),
                    "a malformed image ID");
            line(image.name(), "image name");
            check(!image.name().isEmpty(), "an image without a name");
            if (image.reference() != null) {
                reference(image.reference());
            }
            count(image.diffIds(), limits.layers(), "layers");
            for (String diffId : image.diffIds()) {
                check(diffId != null && DIGEST.matcher(diffId).matches(), "a malformed layer digest");
            }
        }
        return answer;
    }

    /** The answer, when it is one that {@code dockerExport} can give. */
    @NonNull
    ExportResult accept(@CheckForNull ExportResult answer) throws OperationException {
        check(answer != null, "nothing");
        path(answer.file());
        if (answer.configFile() != null) {
            path(answer.configFile());
        }
        sizes(answer.size(), answer.stored());
        check(answer.sha256() != null && HEX.matcher(answer.sha256()).matches(), "a malformed checksum");
        check(answer.container() != null && HEX.matcher(answer.container()).matches(), "a malformed container ID");
        return answer;
    }

    /** The answer, when it is one that {@code dockerLoad} can give. */
    @NonNull
    LoadResult accept(@CheckForNull LoadResult answer) throws OperationException {
        check(answer != null, "nothing");
        count(answer.images(), limits.images(), "images");
        for (LoadResult.LoadedImage image : answer.images()) {
            image(image.id(), image.references(), image.platform());
            check(
                    image.configDigest() != null
                            && DIGEST.matcher(image.configDigest()).matches(),
                    "a malformed config digest");
            check(
                    image.layers() >= 0 && image.layersReused() >= 0 && image.layersReused() <= image.layers(),
                    "an impossible number of layers");
        }
        return answer;
    }

    /**
     * The answer, when it is one that a load of layers can give: it asks for blobs of this very archive alone, each once.
     *
     * @param blobs entry names of the archive's blobs
     */
    @NonNull
    LoadAnswer accept(@CheckForNull LoadAnswer answer, @NonNull Map<String, UnreadBlob> blobs)
            throws OperationException {
        check(answer != null && answer.kind() != null, "nothing");
        check((answer.kind() == LoadAnswer.Kind.DONE) == (answer.result() != null), "no result");
        if (answer.result() != null) {
            accept(answer.result());
        }
        count(answer.wanted(), limits.entries(), "layers");
        Set<String> asked = new HashSet<>();
        for (EngineArchive.Wanted wanted : answer.wanted()) {
            UnreadBlob blob = wanted == null || wanted.entry() == null ? null : blobs.get(wanted.entry());
            check(blob != null && blob.size() == wanted.size(), "a layer that the archive does not have");
            check(asked.add(wanted.entry()), "a layer twice");
        }
        return answer;
    }

    /** The answer, when it is one that {@code dockerImport} can give. */
    @NonNull
    ImportResult accept(@CheckForNull ImportResult answer) throws OperationException {
        check(answer != null, "nothing");
        check(answer.id() != null && DIGEST.matcher(answer.id()).matches(), "a malformed image ID");
        reference(answer.reference());
        return answer;
    }

    /** A path that stays below the directory it is relative to, whatever operating system reads it. */
    @NonNull
    String path(@CheckForNull String path) throws OperationException {
        check(path != null && path.length() <= PATH_LENGTH, "no usable file name");
        for (String segment : path.split("/", -1)) {
            check(
                    SEGMENT.matcher(segment).matches() && !segment.equals(".") && !segment.equals(".."),
                    "a file name that leaves its directory");
        }
        check(path.length() < 2 || path.charAt(1) != ':', "a file name that leaves its directory");
        return path;
    }

    private void image(String id, List<String> references, String platform) throws OperationException {
        check(id != null && DIGEST.matcher(id).matches(), "a malformed image ID");
        count(references, limits.images(), "references");
        for (String reference : references) {
            reference(reference);
        }
        try {
            Platform.parse(String.valueOf(platform));
        } catch (IllegalArgumentException e) {
            throw new OperationException("The agent's answer cannot be used: it holds a malformed platform.", e);
        }
    }

    private static void reference(String reference) throws OperationException {
        try {
            Reference.parse(String.valueOf(reference));
        } catch (IllegalArgumentException e) {
            throw new OperationException("The agent's answer cannot be used: it holds a malformed reference.", e);
        }
    }

    private static void text(String text, String what) throws OperationException {
        check(text != null && text.length() <= TEXT_LENGTH, "a malformed " + what);
    }

    /** A text that becomes part of a sentence in the log. */
    private static void line(String text, String what) throws OperationException {
        text(text, what);
        check(LINE.matcher(text).matches(), "a malformed " + what);
    }

    private void sizes(long... sizes) throws OperationException {
        for (long size : sizes) {
            check(size >= 0, "a negative size");
            check(size <= limits.totalBytes(), "a size beyond all limits");
        }
    }

    private static void count(List<?> list, int most, String what) throws OperationException {
        check(list != null && list.size() <= most, "too many " + what);
    }

    private static void check(boolean fine, String what) throws OperationException {
        if (!fine) {
            throw new OperationException("The agent's answer cannot be used: it holds " + what + ".");
        }
    }
}
