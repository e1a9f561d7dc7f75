package io.jenkins.plugins.dockerarchive.packaging;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.w3c.dom.Attr;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** What every view, help file and message file must keep; the test that real plugin builds inject asks the same. */
class ResourcesTest {
    @TestFactory
    Collection<DynamicTest> views() {
        return tests(".*\\.jelly", ResourcesTest::checkView);
    }

    private static void checkView(Path file) throws Exception {
        String text = ProjectFiles.read(file);
        assertTrue(text.startsWith("<?jelly escape-by-default='true'?>"), "escapes by default");
        NodeList elements = parse(text).getElementsByTagName("*");
        for (int i = 0; i < elements.getLength(); i++) {
            assertEquals(List.of(), againstContentSecurityPolicy((Element) elements.item(i)));
        }
    }

    private static List<String> againstContentSecurityPolicy(Element element) {
        List<String> problems = new ArrayList<>();
        String tag = element.getTagName().toLowerCase(Locale.ROOT);
        if (tag.equals("script")
                && !element.hasAttribute("src")
                && !element.getAttribute("type").equals("application/json")) {
            problems.add("inline script");
        }
        if (tag.equals("style")) {
            problems.add("inline style");
        }
        for (int i = 0; i < element.getAttributes().getLength(); i++) {
            String name = ((Attr) element.getAttributes().item(i)).getName().toLowerCase(Locale.ROOT);
            if (name.matches("on[a-z]+|style")) {
                problems.add(tag + " with " + name);
            }
        }
        if (element.hasAttribute("checkUrl") && !element.hasAttribute("checkDependsOn")) {
            problems.add(tag + " with checkUrl, without checkDependsOn");
        }
        return problems;
    }

    @TestFactory
    Collection<DynamicTest> helpTexts() {
        return tests(
                "help.*\\.html",
                file -> assertEquals("div", parse(ProjectFiles.read(file)).getTagName(), "a help text is one div"));
    }

    @TestFactory
    Collection<DynamicTest> messages() {
        List<DynamicTest> tests = new ArrayList<>();
        ProjectFiles.find(ProjectFiles.RESOURCES, ".*\\.properties")
                .forEach(file -> tests.add(test(file, f -> {
                    new Unrepeated().load(new StringReader(ProjectFiles.read(f)));
                })));
        return tests;
    }

    @Test
    void describesThePlugin() {
        assertTrue(Files.isRegularFile(ProjectFiles.RESOURCES.resolve("index.jelly")));
    }

    private static Element parse(String xml) {
        return assertDoesNotThrow(() -> DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(xml)))
                .getDocumentElement());
    }

    private static List<DynamicTest> tests(String pattern, FileTest test) {
        List<Path> files = ProjectFiles.find(ProjectFiles.RESOURCES, pattern);
        assertTrue(files.size() > 1, () -> "files found: " + files);
        return files.stream().map(file -> test(file, test)).toList();
    }

    private static DynamicTest test(Path file, FileTest test) {
        return DynamicTest.dynamicTest(
                ProjectFiles.RESOURCES.relativize(file).toString(), file.toUri(), () -> test.check(file));
    }

    private interface FileTest {
        void check(Path file) throws Exception;
    }

    private static final class Unrepeated extends Properties {
        private static final long serialVersionUID = 1L;

        @Override
        public synchronized Object put(Object key, Object value) {
            Object before = super.put(key, value);
            assertEquals(null, before, () -> "a second " + key);
            return null;
        }
    }
}
