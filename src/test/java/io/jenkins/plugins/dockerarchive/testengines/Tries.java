package io.jenkins.plugins.dockerarchive.testengines;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/** Says which faults a test tries; the result goes into the table of faults. */
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(FaultLedger.class)
public @interface Tries {
    Fault[] value();
}
