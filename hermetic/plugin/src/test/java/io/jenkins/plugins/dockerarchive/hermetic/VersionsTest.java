package io.jenkins.plugins.dockerarchive.hermetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Both builds make the same plugin: their project files must not drift. */
class VersionsTest {
    private static final String BOM =
            "dependencyManagement/dependencies/dependency[starts-with(artifactId,'bom-')]/version";

    private final Pom root = Pom.root();

    private final Pom hermetic = Pom.hermetic();

    private final Pom plugin = Pom.hermeticPlugin();

    private static void same(String there, String here) {
        assertFalse(there.isEmpty());
        assertEquals(there, here);
    }

    @Test
    void identity() {
        same(root.get("artifactId"), plugin.get("properties/plugin.id"));
        same(root.get("name"), plugin.get("properties/plugin.name"));
        same(root.get("url"), plugin.get("properties/plugin.url"));
        same(root.get("version"), hermetic.get("version"));
    }

    @Test
    void baseline() {
        same(root.get("properties/jenkins.version"), hermetic.get("properties/jenkins.version"));
        same(root.get(BOM), hermetic.get("properties/jenkins.bom.version"));
    }

    @Test
    void pluginDependencies() {
        assertEquals(root.dependencies(), dependencies().keySet());
    }

    @Test
    void librariesAreThoseOfTheLibraryPlugins() {
        bundles("commons-compress-api", "commons-compress.version");
        bundles("docker-java-api", "docker-java.version");
        bundles("jackson2-api", "jackson.version");
    }

    /** The version of a library plugin is that of its library, a hyphen and a build number. */
    private void bundles(String libraryPlugin, String property) {
        String library = hermetic.get("properties/" + property);
        String version = dependencies().get(libraryPlugin);
        assertTrue(version.startsWith(library + "-"), () -> libraryPlugin + " " + version + " and " + library);
    }

    private Map<String, String> dependencies() {
        Map<String, String> versions = new TreeMap<>();
        for (String dependency : plugin.get("properties/plugin.dependencies").split(",")) {
            versions.put(dependency.split(":")[0], dependency.split(":")[1]);
        }
        return versions;
    }
}
