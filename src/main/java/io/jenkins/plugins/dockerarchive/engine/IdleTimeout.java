package io.jenkins.plugins.dockerarchive.engine;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;
import java.time.Duration;

/**
 * How long an engine may neither send nor take a byte while a call waits for it.
 *
 * <p>It is long by default because engines are silent while they work: a graph driver writes a whole image to its disk
 * before it sends the first byte of it, and a containerd image store says nothing while it unpacks. Time that the
 * caller takes (between two reads of a stream, or to deliver what is uploaded) does not count.
 *
 * @param duration more than zero
 */
public record IdleTimeout(@NonNull Duration duration) implements Serializable {

    /** Ten minutes. */
    public static final IdleTimeout DEFAULT = new IdleTimeout(Duration.ofMinutes(10));

    public IdleTimeout {
        if (duration.isZero() || duration.isNegative()) {
            throw new IllegalArgumentException("The idle timeout must be more than zero, not " + duration + ".");
        }
    }
}
