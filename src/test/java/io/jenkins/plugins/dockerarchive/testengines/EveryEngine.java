package io.jenkins.plugins.dockerarchive.testengines;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.provider.ArgumentsSource;

/**
 * Runs a test once on every running engine. Its only parameter is the {@link TestEngine}, which is closed after each
 * run: what the test made there is removed.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest(name = "{0}", allowZeroInvocations = true)
@ArgumentsSource(EveryEngine.Provider.class)
public @interface EveryEngine {

    /** Only the engines whose image store is one of these; all when empty. */
    TestEngine.Store[] store() default {};

    /** Engines in the order of the table. */
    final class Provider implements ArgumentsProvider {
        @Override
        public Stream<? extends Arguments> provideArguments(ExtensionContext context) {
            Stream.Builder<TestEngine> engines = Stream.builder();
            TestEngine.Store[] stores = context.getRequiredTestMethod()
                    .getAnnotation(EveryEngine.class)
                    .store();
            for (TestEngine engine : TestEngines.running()) {
                if (stores.length == 0 || Stream.of(stores).anyMatch(store -> store == engine.store())) {
                    engines.add(engine);
                }
            }
            return engines.build().map(Arguments::of);
        }
    }
}
