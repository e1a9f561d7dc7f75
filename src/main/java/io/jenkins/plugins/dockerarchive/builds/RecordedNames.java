package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.transfer.ArchiveNames;
import java.util.LinkedHashSet;
import java.util.Set;

/** Finds the artifacts of a build by the images in them, as the build has recorded it. */
public final class RecordedNames implements ArchiveNames {

    @Override
    @NonNull
    public Set<String> artifacts(@NonNull Run<?, ?> build, @CheckForNull String name) {
        Set<String> paths = new LinkedHashSet<>();
        Set<String> artifacts = new LinkedHashSet<>();
        ArchivesAction action = build.getAction(ArchivesAction.class);
        if (action != null) {
            for (ArchiveRecord archive : action.getArchives()) {
                if (archive.isArtifact() && !archive.isExpired() && (name == null || goesBy(archive, name))) {
                    (archive.getFile().equals(name) ? paths : artifacts).add(archive.getFile());
                }
            }
        }
        // a full path is never ambiguous, or nothing could be said instead of it
        return paths.isEmpty() ? artifacts : paths;
    }

    @Override
    @CheckForNull
    public String whatBecameOf(@NonNull Run<?, ?> build, @CheckForNull String name) {
        ArchivesAction action = build.getAction(ArchivesAction.class);
        if (action != null) {
            for (ArchiveRecord archive : action.getArchives()) {
                if (archive.isExpired() && (name == null || goesBy(archive, name))) {
                    return "archive '" + archive.getFile() + "' of " + build.getFullDisplayName() + " was removed on "
                            + new Expiry(archive).sentence();
                }
            }
        }
        return null;
    }

    private static boolean goesBy(ArchiveRecord archive, String name) {
        return archive.getFile().equals(name)
                || archive.getImages().stream()
                        .anyMatch(
                                image -> image.equals(name) || repository(image).equals(name));
    }

    /** {@code shop} of {@code shop:1} and of {@code registry:5000/team/shop:1}: how people call an image. */
    private static String repository(String image) {
        String last = image.substring(image.lastIndexOf('/') + 1);
        int colon = last.indexOf(':');
        return colon < 0 ? last : last.substring(0, colon);
    }
}
