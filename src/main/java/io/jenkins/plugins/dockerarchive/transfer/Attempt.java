package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * One try of a step at what it is for. A step that a restart of Jenkins has cut off tries once more, and knows by this what
 * is left of its earlier tries.
 *
 * @param step unique among all steps that ever run
 * @param number 0 for the first
 */
public record Attempt(@NonNull String step, int number) implements Serializable {

    /** The first try of a step. */
    @NonNull
    public static Attempt first() {
        return new Attempt(UUID.randomUUID().toString(), 0);
    }

    /** The try after this one. */
    @NonNull
    public Attempt next() {
        return new Attempt(step, number + 1);
    }

    /** Name of the directory that only this try uses. */
    @NonNull
    String directoryName() {
        return "docker-archive-" + step + "-" + number;
    }

    /** Those before this one. */
    @NonNull
    List<Attempt> earlier() {
        List<Attempt> earlier = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            earlier.add(new Attempt(step, i));
        }
        return earlier;
    }
}
