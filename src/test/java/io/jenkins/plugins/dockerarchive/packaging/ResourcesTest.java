package io.jenkins.plugins.dockerarchive.packaging;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.w3c.dom.Attr;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
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

    /** {@code ${%key}} is looked up in the language of whoever looks; a key that is no text needs its entry. */
    @TestFactory
    Collection<DynamicTest> textsCanBeTranslated() {
        return tests(".*\\.jelly", file -> {
            if (file.endsWith("index.jelly") && file.getParent().equals(ProjectFiles.RESOURCES)) {
                return; // what the list of plugins says, which Jenkins shows in one language
            }
            Properties texts = new Properties();
            Path beside = file.resolveSibling(file.getFileName().toString().replace(".jelly", ".properties"));
            if (Files.isRegularFile(beside)) {
                texts.load(new StringReader(ProjectFiles.read(beside)));
            }
            NodeList nodes = parse(ProjectFiles.read(file)).getElementsByTagName("*");
            for (int i = 0; i < nodes.getLength(); i++) {
                Element element = (Element) nodes.item(i);
                for (Node child = element.getFirstChild(); child != null; child = child.getNextSibling()) {
                    if (child.getNodeType() == Node.TEXT_NODE) {
                        assertTranslatable(child.getNodeValue(), texts);
                    }
                }
                for (String name : SHOWN) {
                    assertTranslatable(element.getAttribute(name), texts);
                }
            }
            texts.keySet()
                    .forEach(key -> assertTrue(
                            ProjectFiles.read(file).contains("${%" + key), () -> "the text " + key + " is not used"));
        });
    }

    /** Attributes that people read. */
    private static final List<String> SHOWN =
            List.of("title", "tooltip", "message", "aria-label", "alt", "placeholder", "progress", "checkMessage");

    private static final Pattern EXPRESSION = Pattern.compile("\\$\\{[^}]*}");

    private static void assertTranslatable(String text, Properties texts) {
        assertFalse(
                EXPRESSION.matcher(text).replaceAll("").matches("(?s).*\\p{L}.*"),
                () -> "written into a view: " + text);
        for (Matcher key = Pattern.compile("\\$\\{%(\\w+)\\(").matcher(text); key.find(); ) {
            assertTrue(texts.containsKey(key.group(1)), () -> "no text for " + key.group(1));
        }
    }

    /** What a form or a page says stands in .properties; only logs and what engines and archives are told are in English. */
    @Test
    void noFormAndNoPageIsAnsweredByAText() {
        Pattern literal = Pattern.compile("(?:FormValidation\\.\\w+|new Failure|errorWithoutStack|new FormException)"
                + "\\((?:[\\w.]+,\\s*)?\"\\w+ [^\"]*\"");
        List<String> found = new ArrayList<>();
        for (Path file : ProjectFiles.find(ProjectFiles.SOURCES, ".*\\.java")) {
            Matcher answer = literal.matcher(ProjectFiles.read(file));
            while (answer.find()) {
                found.add(file.getFileName() + ": " + answer.group());
            }
        }
        assertEquals(List.of(), found);
        assertTrue(literal.matcher("FormValidation.error(\"Give a name.\")").find());
        assertTrue(literal.matcher("errorWithoutStack(SC_NOT_FOUND,\n    \"There is none.\")")
                .find());
        assertFalse(literal.matcher("new FormException(e.getMessage(), \"dockerArchive\")")
                .find());
    }

    @TestFactory
    Collection<DynamicTest> helpTexts() {
        return tests("help.*\\.html", file -> {
            Element help = parse(ProjectFiles.read(file));
            assertEquals("div", help.getTagName(), "a help text is one div");
            assertTrue(help.getTextContent().strip().length() > 20, "a help text says something");
        });
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
