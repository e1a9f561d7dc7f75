package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.ItemGroup;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.operations.OperationException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import jenkins.util.VirtualFile;

/** Finds the one artifact of a build that is meant by the name of an archive. */
final class ArtifactNames {

    static final String CONFIG_SUFFIX = ".config.json";

    private static final Pattern ENDING = Pattern.compile("\\.(tar|tgz|tar\\.(gz|bz2|xz|zst))$");
    private static final String LAYOUT = "/oci-layout";

    private final ArchiveNames written;

    ArtifactNames(@NonNull ArchiveNames written) {
        this.written = written;
    }

    /**
     * Path of an archive among the artifacts of a build: a file, or a directory with an OCI image layout.
     *
     * @param name path, file name (with or without its ending) or image of the archive; null for the only archive
     */
    @NonNull
    String find(@NonNull Run<?, ?> build, @CheckForNull String name) throws IOException {
        VirtualFile root = build.getArtifactManager().root();
        Set<String> found = new TreeSet<>();
        for (String path : written.artifacts(build, name)) {
            if (root.child(path).exists()) {
                found.add(path);
            }
        }
        if (found.isEmpty()) {
            found.addAll(among(root.list("**/*", null, false), name));
        }
        String gone = found.isEmpty() ? written.whatBecameOf(build, name) : null;
        if (gone != null) {
            throw new OperationException("The " + gone + "; take it from another build, or keep it longer.");
        }
        if (found.size() != 1) {
            String which = name == null ? "archive" : "archive '" + name + "'";
            throw new OperationException(
                    found.isEmpty()
                            ? build.getFullDisplayName() + " has no " + which + " among its artifacts"
                                    + (build.getParent() instanceof ItemGroup
                                            ? "; those of its configurations are theirs: set project to '"
                                                    + build.getParent().getFullName() + "/AXIS=VALUE'."
                                            : ".")
                            : build.getFullDisplayName() + " has " + found.size() + " artifacts for " + which
                                    + "; set archive to one of " + String.join(", ", found) + ".");
        }
        return found.iterator().next();
    }

    private static Collection<String> among(Collection<String> artifacts, @CheckForNull String name) {
        List<String> archives = new ArrayList<>();
        for (String path : artifacts) {
            if (path.endsWith(LAYOUT)) {
                archives.add(path.substring(0, path.length() - LAYOUT.length()));
            } else if (ENDING.matcher(path).find()) {
                archives.add(path);
            }
        }
        if (name == null) {
            return archives;
        }
        // The closest meaning of a name counts, so that a full path is never ambiguous.
        List<Predicate<String>> meanings = List.of(
                path -> path.equals(name),
                path -> fileName(path).equals(name),
                path -> ENDING.matcher(fileName(path)).replaceFirst("").equals(name));
        if (artifacts.contains(name)) {
            return List.of(name);
        }
        for (Predicate<String> meaning : meanings) {
            List<String> meant = archives.stream().filter(meaning).toList();
            if (!meant.isEmpty()) {
                return meant;
            }
        }
        return List.of();
    }

    static String fileName(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
