package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;

/**
 * Where in a build a step ran.
 *
 * @param stage of the Pipeline around it, or null
 * @param node name of the agent, empty for the built-in node; null when it is not known
 */
public record Origin(
        @CheckForNull String stage, @CheckForNull String node) {}
