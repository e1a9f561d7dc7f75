package io.jenkins.plugins.dockerarchive.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes sound inputs for {@code hermetic/fuzz} to start from. */
final class FuzzSeeds {

    private FuzzSeeds() {}

    /** @param arguments the directory that gets one directory for each target */
    public static void main(String[] arguments) throws IOException {
        for (FuzzRegressionTest.Target target : FuzzRegressionTest.Target.values()) {
            Path directory = Files.createDirectories(
                    Path.of(arguments[0]).resolve(target.directory()).resolve("corpus"));
            List<byte[]> sound = target.sound();
            for (int i = 0; i < sound.size(); i++) {
                Files.write(directory.resolve("seed-" + i), sound.get(i));
            }
        }
    }
}
