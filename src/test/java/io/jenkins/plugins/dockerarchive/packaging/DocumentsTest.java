package io.jenkins.plugins.dockerarchive.packaging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A promise that names its test is worth what the name is worth. */
class DocumentsTest {

    private static final Pattern NAMED = Pattern.compile("`(?:harness\\.)?(\\w+Test)(?:\\.(\\w+))?`");

    @ParameterizedTest
    @ValueSource(strings = {"docs/reliability.md", "docs/security.md"})
    void everyTestThatIsNamedExists(String document) {
        TreeSet<String> missing = new TreeSet<>();
        int named = 0;
        Matcher matcher = NAMED.matcher(ProjectFiles.read(ProjectFiles.ROOT.resolve(document)));
        while (matcher.find()) {
            named++;
            List<Path> sources =
                    ProjectFiles.find(ProjectFiles.ROOT.resolve("src/test/java"), matcher.group(1) + "\\.java");
            boolean there = sources.size() == 1
                    && (matcher.group(2) == null
                            || ProjectFiles.read(sources.get(0)).contains(" void " + matcher.group(2) + "("));
            if (!there) {
                missing.add(matcher.group());
            }
        }
        assertEquals(new TreeSet<>(), missing);
        assertTrue(named > 20, document + " names tests: " + named);
    }
}
