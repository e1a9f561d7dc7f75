package io.jenkins.plugins.dockerarchive.hermetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import hudson.Extension;
import java.io.IOException;
import java.lang.annotation.Annotation;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import net.java.sezpoz.Index;
import net.java.sezpoz.IndexItem;
import org.jenkinsci.Symbol;
import org.junit.jupiter.api.Test;

/** The index files by which Jenkins finds extensions and symbols name exactly the annotated classes. */
class IndexTest {
    private static final Path CLASSES = Path.of("target/classes");

    @Test
    void extensions() throws IOException {
        Set<String> indexed = new TreeSet<>();
        try (URLClassLoader loader = loader()) {
            for (IndexItem<Extension, Object> item : Index.load(Extension.class, Object.class, loader)) {
                indexed.add(item.className());
            }
        }
        assertEquals(annotated(Extension.class), indexed);
    }

    @Test
    void symbols() throws IOException {
        Path index = CLASSES.resolve("META-INF/services/annotations/org.jenkinsci.Symbol");
        assertEquals(annotated(Symbol.class), new TreeSet<>(Files.readAllLines(index)));
    }

    private static Set<String> annotated(Class<? extends Annotation> annotation) {
        Set<String> names = new ClassFileImporter()
                .importPath(CLASSES).stream()
                        .filter(type -> type.isAnnotatedWith(annotation))
                        .map(JavaClass::getName)
                        .collect(Collectors.toCollection(TreeSet::new));
        assertFalse(names.isEmpty(), () -> "nothing is annotated with " + annotation);
        return names;
    }

    private static URLClassLoader loader() throws MalformedURLException {
        return new URLClassLoader(new URL[] {CLASSES.toUri().toURL()}, IndexTest.class.getClassLoader());
    }
}
