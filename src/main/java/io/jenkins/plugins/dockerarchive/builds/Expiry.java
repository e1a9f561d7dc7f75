package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.operations.Amount;
import io.jenkins.plugins.dockerarchive.retention.RetentionRule;
import io.jenkins.plugins.dockerarchive.retention.Verdict;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Tells why an archive went or has to go. */
final class Expiry {

    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final ArchiveRecord archive;

    /** @param archive that is gone */
    Expiry(@NonNull ArchiveRecord archive) {
        this.archive = archive;
    }

    /** For example {@code 2026-11-25 12:30 UTC by the rule keepDays: 7}: for logs, in English. */
    @NonNull
    String sentence() {
        String when = MINUTE.format(Instant.ofEpochMilli(archive.getExpiredTime()));
        RetentionRule rule = archive.getExpiredRule();
        return when
                + (rule == RetentionRule.BY_HAND
                        ? " by " + archive.getExpiredBy()
                        : " by the rule " + rule.text() + ": " + archive.getExpiredBy());
    }

    /** Why it went, for people. */
    @NonNull
    String reason() {
        return reason(archive.getExpiredRule(), archive.getExpiredBy());
    }

    /** Why an archive has to go, for people. */
    @NonNull
    static String reason(@NonNull Verdict verdict) {
        return reason(verdict.rule(), limit(verdict));
    }

    /** The limit of a rule as it is written into a record. */
    @NonNull
    static String limit(@NonNull Verdict verdict) {
        return switch (verdict.rule()) {
            case JOB_SIZE, TOTAL_SIZE -> Amount.size(verdict.limit());
            case DAYS, BUILDS, BY_HAND -> String.valueOf(verdict.limit());
        };
    }

    private static String reason(RetentionRule rule, String by) {
        return switch (rule) {
            case DAYS -> Texts.EXPIRED_DAYS.text(by);
            case BUILDS -> Texts.EXPIRED_BUILDS.text(by);
            case JOB_SIZE -> Texts.EXPIRED_JOB_SIZE.text(by);
            case TOTAL_SIZE -> Texts.EXPIRED_TOTAL_SIZE.text(by);
            case BY_HAND -> Texts.EXPIRED_BY_HAND.text(by);
        };
    }
}
