package io.jenkins.plugins.dockerarchive.testengines;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.AnnotatedElement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * Writes one line for each run of a test that {@link Tries} a fault into the file that the system property {@code
 * docker.archive.faults} names: fault, its text, what is promised, class, test, result, which run; tabs between them.
 */
final class FaultLedger implements TestWatcher {

    @Override
    public void testSuccessful(ExtensionContext context) {
        write(context, "survived");
    }

    @Override
    public void testFailed(ExtensionContext context, Throwable cause) {
        write(context, "LOST");
    }

    @Override
    public void testAborted(ExtensionContext context, Throwable cause) {
        write(context, "not tried");
    }

    private static void write(ExtensionContext context, String result) {
        String file = System.getProperty("docker.archive.faults", "");
        if (file.isEmpty()) {
            return;
        }
        StringBuilder lines = new StringBuilder();
        tries(context).ifPresent(tries -> {
            for (Fault fault : tries.value()) {
                lines.append(String.join(
                                "\t",
                                fault.name(),
                                fault.text(),
                                fault.promise(),
                                context.getRequiredTestClass().getSimpleName(),
                                context.getRequiredTestMethod().getName(),
                                result,
                                context.getDisplayName().replaceAll("\\s+", " ")))
                        .append('\n');
            }
        });
        try {
            Files.writeString(Path.of(file), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Tries> tries(ExtensionContext context) {
        return context.getTestMethod()
                .map(method -> (AnnotatedElement) method)
                .filter(method -> method.isAnnotationPresent(Tries.class))
                .or(context::getTestClass)
                .map(element -> element.getAnnotation(Tries.class));
    }
}
