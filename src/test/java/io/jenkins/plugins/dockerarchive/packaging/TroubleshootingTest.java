package io.jenkins.plugins.dockerarchive.packaging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Every message that docs/troubleshooting.md explains is one that the plugin can write. */
class TroubleshootingTest {

    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\\n]|\\\\.)*)\"");
    private static final Pattern MESSAGE = Pattern.compile("`([^`]+)`|\\*([^*]+)\\*");
    private static final Pattern NAMES = Pattern.compile("'?\\.\\.\\.'?");

    /** Pieces that are shorter are found everywhere. */
    private static final int LEAST = 3;

    private final Set<String> texts = texts();

    @Test
    void everyMessageStandsInTheSources() {
        List<String> messages = messages();
        assertTrue(messages.size() > 20, "messages: " + messages);
        assertEquals(
                List.of(),
                messages.stream().filter(message -> !isWritten(message)).toList());
    }

    @Test
    void otherMessagesDoNot() {
        assertFalse(isWritten("The workspace has '...' nevertheless"));
        assertFalse(isWritten("It is an image archive"));
        assertFalse(isWritten("has no stash '...' whose archives this build may eat"));
    }

    private static List<String> messages() {
        List<String> messages = new ArrayList<>();
        ProjectFiles.read(ProjectFiles.ROOT.resolve("docs/troubleshooting.md"))
                .lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| ---"))
                .map(line -> line.split("\\|")[1])
                .forEach(cell -> {
                    for (Matcher found = MESSAGE.matcher(cell); found.find(); ) {
                        messages.add(found.group(1) == null ? found.group(2) : found.group(1));
                    }
                });
        return messages;
    }

    /** The parts between the names in it, each of which may be put together from several literals. */
    private boolean isWritten(String message) {
        return NAMES.splitAsStream(message)
                .map(String::strip)
                .filter(part -> part.length() >= LEAST)
                .allMatch(part -> isPutTogether(part, true));
    }

    private boolean isPutTogether(String part, boolean first) {
        if (texts.stream().anyMatch(text -> first ? text.contains(part) : text.startsWith(part))) {
            return true;
        }
        for (int end = part.length() - 1; end >= LEAST; end--) {
            String begin = part.substring(0, end);
            if (texts.stream().anyMatch(text -> first ? text.endsWith(begin) : text.equals(begin))
                    && isPutTogether(part.substring(end), false)) {
                return true;
            }
        }
        return false;
    }

    private static Set<String> texts() {
        Set<String> texts = new TreeSet<>();
        for (Path file : ProjectFiles.find(ProjectFiles.SOURCES, ".*\\.java")) {
            String joined = ProjectFiles.read(file).replaceAll("\"\\s*\\+\\s*\"", "");
            for (Matcher found = LITERAL.matcher(joined); found.find(); ) {
                texts.add(found.group(1));
            }
        }
        for (Path file : ProjectFiles.find(ProjectFiles.RESOURCES, ".*\\.(jelly|properties)")) {
            texts.addAll(ProjectFiles.read(file).replace("''", "'").lines().collect(Collectors.toList()));
        }
        return texts;
    }
}
