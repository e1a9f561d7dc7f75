package io.jenkins.plugins.dockerarchive.retention;

import edu.umd.cs.findbugs.annotations.NonNull;

/**
 * An archive that has to go.
 *
 * @param limit that the rule has: days, builds or bytes
 */
public record Verdict(
        @NonNull StoredArchive archive, @NonNull RetentionRule rule, long limit) {}
