package io.jenkins.plugins.dockerarchive.config;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.engine.EngineEnvironment;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Which engines jobs may name. Whoever reaches an engine is root on its machine: on the built-in node that is the machine
 * of the controller, so that there no engine is allowed that an administrator did not write down.
 */
final class EnginePolicy {

    private static final Pattern NEXT = Pattern.compile("[\\s,]+");
    private static final String EVERYTHING = "*";
    /** What an agent's own Docker listens on; the controller cannot know more when nobody names an engine. */
    private static final String LOCAL = "unix:///var/run/docker.sock";

    /** Where a step runs. */
    enum Where {
        AGENT,
        BUILT_IN_NODE
    }

    private final List<Pattern> allowed = new ArrayList<>();

    /**
     * @param text engine URIs, separated by white space or commas; an asterisk stands for any letters but a slash, one
     *     that stands alone for every engine; null or empty for no rule
     * @throws IllegalArgumentException one sentence about what is no engine's URI
     */
    EnginePolicy(@CheckForNull String text) {
        for (String item : NEXT.split(text == null ? "" : text.strip())) {
            if (!item.isEmpty()) {
                allowed.add(pattern(item));
            }
        }
    }

    private static Pattern pattern(String item) {
        if (item.equals(EVERYTHING)) {
            return Pattern.compile(".*");
        }
        if (!item.matches("(unix|npipe|tcp)://.+")) {
            throw new IllegalArgumentException(Texts.VALUE_ENGINE.text(item));
        }
        StringBuilder regex = new StringBuilder();
        for (String part : item.split("\\*", -1)) {
            regex.append(regex.length() == 0 ? "" : "[^/]*").append(Pattern.quote(part));
        }
        return Pattern.compile(regex.toString());
    }

    /**
     * Refuses an engine that a job may not use.
     *
     * @param uri what the step names, or null: then its environment decides, else the local engine
     */
    void check(@CheckForNull String uri, @NonNull Map<String, String> environment, @NonNull Where where)
            throws IOException {
        String named =
                uri != null ? uri : environment.getOrDefault("DOCKER_HOST", "").strip();
        // an agent's own engine is no secret from whoever runs steps there
        if (where == Where.AGENT && (allowed.isEmpty() || named.isEmpty())) {
            return;
        }
        String asked = comparable(EngineEnvironment.parseUri(
                        named.isEmpty() ? LOCAL : named, null, uri != null ? "dockerServer" : "DOCKER_HOST")
                .uri());
        if (allowed.stream().noneMatch(pattern -> pattern.matcher(asked).matches())) {
            throw new BadInputException("dockerServer: jobs may not use the engine " + asked
                    + (where == Where.BUILT_IN_NODE
                            ? " on the built-in node; run the step on an agent, or ask an administrator to allow it"
                            : "; choose another, or ask an administrator to allow it")
                    + " under Manage Jenkins, System, Docker archives.");
        }
    }

    /** One spelling for each engine, so that none is let in by another. */
    private static String comparable(URI uri) {
        return "unix".equals(uri.getScheme())
                ? "unix://" + Path.of(uri.getPath()).normalize()
                : uri.toString();
    }
}
