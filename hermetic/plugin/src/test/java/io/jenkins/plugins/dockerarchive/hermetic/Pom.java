package io.jenkins.plugins.dockerarchive.hermetic;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.xml.namespace.QName;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;

/** What a Maven project file says, with its own properties put in. */
final class Pom {
    private static final Path ROOT = Path.of(System.getProperty("docker.archive.root"));

    private final Document document;

    private Pom(Path file) {
        try {
            document = DocumentBuilderFactory.newDefaultInstance()
                    .newDocumentBuilder()
                    .parse(file.toFile());
        } catch (Exception e) {
            throw new AssertionError(file.toString(), e);
        }
    }

    static Pom root() {
        return new Pom(ROOT.resolve("pom.xml"));
    }

    static Pom hermetic() {
        return new Pom(ROOT.resolve("hermetic" + File.separator + "pom.xml"));
    }

    static Pom hermeticPlugin() {
        return new Pom(ROOT.resolve("hermetic" + File.separator + "plugin" + File.separator + "pom.xml"));
    }

    /** @param path an XPath below project, for example {@code properties/jenkins.version} */
    String get(String path) {
        return expand((String) evaluate("string(/project/" + path + ")", XPathConstants.STRING));
    }

    private String expand(String text) {
        return Pattern.compile("\\$\\{([^}]+)}")
                .matcher(text)
                .replaceAll(name -> name.group(1).startsWith("project.")
                        ? get(name.group(1).substring("project.".length()))
                        : get("properties/" + name.group(1)));
    }

    /** Artifact IDs of the dependencies that are not for tests. */
    Set<String> dependencies() {
        return new TreeSet<>(texts("/project/dependencies/dependency[not(scope='test')]/artifactId"));
    }

    private List<String> texts(String path) {
        NodeList nodes = (NodeList) evaluate(path, XPathConstants.NODESET);
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            texts.add(nodes.item(i).getTextContent());
        }
        return texts;
    }

    private Object evaluate(String path, QName type) {
        try {
            return XPathFactory.newDefaultInstance().newXPath().evaluate(path, document, type);
        } catch (Exception e) {
            throw new AssertionError(path, e);
        }
    }
}
