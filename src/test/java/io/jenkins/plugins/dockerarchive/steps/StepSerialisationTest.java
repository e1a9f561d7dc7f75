package io.jenkins.plugins.dockerarchive.steps;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A Pipeline writes down the step that runs, so that it can go on after a restart. */
class StepSerialisationTest {

    static List<ArchiveStep> steps() {
        DockerSaveStep save = new DockerSaveStep("shop:1");
        save.setFile("shop.tar");
        save.setArchive(true);
        save.setStash("shop");
        save.setKeepDays(3);
        save.setPlatforms("linux/amd64");
        DockerLoadStep load = new DockerLoadStep(null);
        load.setStash("shop");
        load.setRename("shop:1=shop:2");
        DockerExportStep export = new DockerExportStep("db");
        export.setFile("db.tar");
        DockerImportStep importing = new DockerImportStep("db.tar");
        importing.setImage("db:snapshot");
        return List.of(save, load, export, importing);
    }

    @ParameterizedTest
    @MethodSource("steps")
    void aStepComesBackAsItWas(ArchiveStep step) throws Exception {
        step.setDockerServer(new DockerServerEndpoint("tcp://engine:2376", "certificates"));

        ArchiveStep back = again(step);

        assertEquals(parameters(step), parameters(back));
        assertFalse(parameters(back).isEmpty());
        assertNotNull(back.getDockerServer());
        assertEquals("tcp://engine:2376", back.getDockerServer().getUri());
        assertEquals("certificates", back.getDockerServer().getCredentialsId());
    }

    @Test
    void aStepWithoutAServerComesBackWithoutOne() throws Exception {
        assertNull(again(new DockerLoadStep("shop.tar")).getDockerServer());
    }

    private static Map<String, Object> parameters(ArchiveStep step) {
        Map<String, Object> parameters = new LinkedHashMap<>();
        if (step instanceof WritingStep writing) {
            // the default compression is the configuration's, which no test without a Jenkins has
            writing.setCompression("zstd");
            parameters.put("keepDays", writing.getKeepDays());
        }
        step.addParameters(parameters);
        return parameters;
    }

    private static ArchiveStep again(ArchiveStep step) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(step);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (ArchiveStep) in.readObject();
        }
    }
}
