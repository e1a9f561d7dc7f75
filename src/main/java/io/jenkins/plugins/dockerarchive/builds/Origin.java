package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.Texts;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where in a build a step ran.
 *
 * @param stage of the Pipeline around it, or null
 * @param node name of the agent, empty for the built-in node; null when it is not known
 */
public record Origin(
        @CheckForNull String stage, @CheckForNull String node) {

    /** The step and where it ran, as far as known, for people. */
    @NonNull
    String text(@NonNull String verb) {
        return Stream.of(
                        verb,
                        stage == null ? null : Texts.WRITER_STAGE.text(stage),
                        node == null
                                ? null
                                : node.isEmpty() ? Texts.CONNECTION_BUILT_IN.text() : Texts.WRITER_NODE.text(node))
                .filter(Objects::nonNull)
                .collect(Collectors.joining(", "));
    }
}
