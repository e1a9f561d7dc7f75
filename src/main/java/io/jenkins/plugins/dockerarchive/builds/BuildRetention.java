package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.retention.RetentionPolicy;
import io.jenkins.plugins.dockerarchive.retention.StoredArchive.Protection;
import java.text.DateFormat;
import java.util.Date;
import java.util.concurrent.TimeUnit;
import org.jvnet.localizer.LocaleProvider;

/** Tells people how long the archives of a build are kept. */
final class BuildRetention {

    private final Run<?, ?> run;
    private final RetentionPolicy policy;

    BuildRetention(@NonNull Run<?, ?> run) {
        this.run = run;
        this.policy = JobArchives.policy(run.getParent());
    }

    /** How long an archive that is there will be. */
    @NonNull
    String text(@NonNull ArchiveRecord archive, boolean newestOfBuild) {
        Protection protection = JobArchives.protection(run, newestOfBuild);
        if (protection != null) {
            return switch (protection) {
                case RUNNING -> Texts.KEPT_RUNNING.text();
                case KEPT_FOREVER -> Texts.KEPT_FOREVER.text();
                case LAST_SUCCESSFUL -> Texts.KEPT_LAST_SUCCESSFUL.text();
            };
        }
        Integer days = archive.getKeepDays() == null ? policy.days() : archive.getKeepDays();
        Integer builds = archive.getKeepBuilds() == null ? policy.builds() : archive.getKeepBuilds();
        if (days == null && builds == null) {
            return policy.bytes() == null ? Texts.KEPT_WITH_BUILD.text() : Texts.KEPT_UNTIL_FULL.text();
        }
        String until = days == null
                ? ""
                : DateFormat.getDateInstance(DateFormat.MEDIUM, LocaleProvider.getLocale())
                        .format(new Date(archive.getTime() + TimeUnit.DAYS.toMillis(days)));
        if (builds == null) {
            return Texts.KEPT_UNTIL.text(until);
        }
        return days == null ? Texts.KEPT_FOR_BUILDS.text(builds) : Texts.KEPT_UNTIL_OR_BUILDS.text(until, builds);
    }
}
