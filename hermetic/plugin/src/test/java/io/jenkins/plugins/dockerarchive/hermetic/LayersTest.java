package io.jenkins.plugins.dockerarchive.hermetic;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The architecture (docs/architecture.md): each package uses only what stands below it. */
class LayersTest {
    private static final String PLUGIN = "io.jenkins.plugins.dockerarchive";

    /** The texts that people see, in the plugin's own package. */
    private static final String TEXTS = "";

    private static final List<String> JENKINS_HALF =
            List.of("builders", "steps", "builds", "retention", "config", "transfer", TEXTS);

    /** Runs on agents and in hermetic/run: no Jenkins type. */
    private static final List<String> PLAIN_HALF = List.of("operations", "store", "image", "engine");

    private static final String[] JENKINS_TYPES = {
        "hudson..", "jenkins..", "org.jenkinsci..", "org.kohsuke..", "com.cloudbees..", "net.sf.json..", "jakarta.."
    };

    private static final JavaClasses CLASSES = new ClassFileImporter().importPath(Path.of("target/classes"));

    private static List<String> layers() {
        List<String> layers = new ArrayList<>(JENKINS_HALF);
        layers.addAll(PLAIN_HALF);
        return layers;
    }

    private static String[] packages(List<String> layers) {
        return layers.stream()
                .map(layer -> layer.equals(TEXTS) ? PLUGIN : PLUGIN + "." + layer + "..")
                .toArray(String[]::new);
    }

    /** @param layers from top to bottom */
    private static void checkOrder(List<String> layers) {
        for (int i = 1; i < layers.size(); i++) {
            noClasses()
                    .that()
                    .resideInAPackage(packages(layers)[i])
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(packages(layers.subList(0, i)))
                    .allowEmptyShould(true)
                    .check(CLASSES);
        }
    }

    private static void checkPlain(List<String> layers) {
        noClasses()
                .that()
                .resideInAnyPackage(packages(layers))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(JENKINS_TYPES)
                .check(CLASSES);
    }

    @Test
    void eachLayerUsesOnlyWhatStandsBelow() {
        checkOrder(layers());
    }

    @Test
    void thatRuleCanFail() {
        List<String> upsideDown = layers();
        Collections.reverse(upsideDown);
        assertThrows(AssertionError.class, () -> checkOrder(upsideDown));
    }

    @Test
    void noJenkinsTypeBelowTheLine() {
        checkPlain(PLAIN_HALF);
    }

    @Test
    void thatRuleCanFailToo() {
        assertThrows(AssertionError.class, () -> checkPlain(JENKINS_HALF));
    }

    @Test
    void everyClassStandsInALayer() {
        classes().should().resideInAnyPackage(packages(layers())).check(CLASSES);
    }
}
