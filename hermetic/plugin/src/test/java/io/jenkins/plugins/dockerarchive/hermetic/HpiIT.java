package io.jenkins.plugins.dockerarchive.hermetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The .hpi that was built has all that Jenkins reads, and nothing else. */
class HpiIT {
    private static final String MANIFEST = "META-INF/MANIFEST.MF";

    private static final String JAR = "WEB-INF/lib/docker-archive.jar";

    private static Map<String, byte[]> hpi;

    private static Map<String, byte[]> jar;

    @BeforeAll
    static void open() throws IOException {
        hpi = unzip(Files.newInputStream(Path.of(System.getProperty("docker.archive.hpi"))));
        jar = unzip(new ByteArrayInputStream(hpi.get(JAR)));
    }

    @Test
    void holdsOnlyThePlugin() throws IOException {
        Set<String> expected = new TreeSet<>(Set.of(MANIFEST, JAR, "WEB-INF/licenses.xml"));
        expected.addAll(files(Path.of(System.getProperty("docker.archive.root"), "src/main/webapp")));
        assertEquals(expected, hpi.keySet());
    }

    @Test
    void jarHoldsWhatWasBuilt() throws IOException {
        Set<String> expected = files(Path.of("target/classes"));
        expected.add(MANIFEST);
        assertEquals(expected, jar.keySet());
        assertTrue(jar.containsKey("index.jelly"));
        assertTrue(jar.keySet()
                .containsAll(files(Path.of(System.getProperty("docker.archive.root"), "src/main/resources"))));
    }

    @Test
    void nothingOfThisBuildIsPackaged() {
        assertEquals(
                Set.of(),
                jar.keySet().stream()
                        .filter(name -> name.endsWith(".class"))
                        .filter(name -> !name.startsWith("io/jenkins/plugins/dockerarchive/")
                                || name.startsWith("io/jenkins/plugins/dockerarchive/hermetic/"))
                        .collect(Collectors.toSet()));
    }

    @Test
    void manifestNamesThePlugin() throws IOException {
        Attributes manifest = manifest(hpi);
        Pom root = Pom.root();
        assertEquals(root.get("groupId"), manifest.getValue("Group-Id"));
        assertEquals(root.get("artifactId"), manifest.getValue("Short-Name"));
        assertEquals(root.get("artifactId"), manifest.getValue("Artifact-Id"));
        assertEquals(root.get("name"), manifest.getValue("Long-Name"));
        assertEquals(root.get("url"), manifest.getValue("Url"));
        assertEquals(root.get("version"), manifest.getValue("Plugin-Version"));
        assertEquals(root.get("properties/jenkins.version"), manifest.getValue("Jenkins-Version"));
        assertEquals(root.get("properties/jenkins.version"), manifest.getValue("Hudson-Version"));
        assertEquals(root.get("licenses/license/name"), manifest.getValue("Plugin-License-Name"));
        assertEquals(root.get("licenses/license/url"), manifest.getValue("Plugin-License-Url"));
        assertEquals(
                root.get("developers/developer/name") + ":" + root.get("developers/developer/id") + ":",
                manifest.getValue("Plugin-Developers"));
        assertEquals(root.get("url"), manifest.getValue("Plugin-ScmUrl"));
    }

    @Test
    void manifestNamesDependenciesWithVersions() throws IOException {
        Set<String> ids = new TreeSet<>();
        for (String dependency : manifest(hpi).getValue("Plugin-Dependencies").split(",")) {
            assertTrue(dependency.matches("[a-z0-9-]+:[0-9][0-9A-Za-z._-]+"), dependency);
            ids.add(dependency.split(":")[0]);
        }
        assertEquals(Pom.root().dependencies(), ids);
    }

    @Test
    void nothingIsLeftToFillIn() throws IOException {
        for (Object value : manifest(hpi).values()) {
            assertFalse(value.toString().contains("${"), value.toString());
        }
        assertFalse(new String(hpi.get("WEB-INF/licenses.xml")).contains("${"));
    }

    /** Jenkins lets an agent send back classes of a jar only if the jar's own manifest says that it is a plugin's. */
    @Test
    void jarHasTheSameManifest() throws IOException {
        assertEquals(manifest(hpi), manifest(jar));
    }

    private static Attributes manifest(Map<String, byte[]> zip) throws IOException {
        return new Manifest(new ByteArrayInputStream(zip.get(MANIFEST))).getMainAttributes();
    }

    private static Map<String, byte[]> unzip(InputStream in) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (!entry.isDirectory()) {
                    files.put(entry.getName(), zip.readAllBytes());
                }
            }
        }
        return files;
    }

    private static Set<String> files(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return new TreeSet<>();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
