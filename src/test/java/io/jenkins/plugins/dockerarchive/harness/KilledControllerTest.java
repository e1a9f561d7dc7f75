package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.is;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.image.ImageArchive;
import io.jenkins.plugins.dockerarchive.steps.DockerSaveStep;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import io.jenkins.plugins.dockerarchive.testengines.UnixRelay;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.InboundAgentExtension;
import org.jvnet.hudson.test.junit.jupiter.RealJenkinsExtension;

/** SIGKILL to a controller in a process of its own, in the midst of saves. */
class KilledControllerTest {

    private static final int MB = 1 << 20;

    @RegisterExtension
    final RealJenkinsExtension controller = new RealJenkinsExtension()
            .javaOptions(Stream.of("java.lang", "java.io", "java.util", "java.util.concurrent", "java.text")
                    .map(opened -> "--add-opens=java.base/" + opened + "=ALL-UNNAMED")
                    .toArray(String[]::new));

    @RegisterExtension
    final InboundAgentExtension agents = new InboundAgentExtension();

    @TempDir
    private Path directory;

    @Test
    void whateverIsSeenIsWholeAndTheBuildGoesOnByItself() throws Throwable {
        List<TestEngine> engines = TestEngines.runningForRelays();
        assumeTrue(engines.size() > 1, "needs two engines");
        TestEngine engine = engines.get(0);
        TestEngine other = engines.get(1);
        String repository = engine.uniqueName();
        other.adopt(repository);
        String image = repository + ":1";
        try (UnixRelay relay = new UnixRelay(engine, directory)) {
            long seed = System.nanoTime();
            engine.createShellImage(
                    image,
                    new TestLayer().random("a", 20 * MB, seed),
                    new TestLayer().random("b", 20 * MB, seed + 1),
                    new TestLayer().random("c", 20 * MB, seed + 2));
            relay.stallDownloadAfter(30 * MB);
            install(controller.getHome().toPath().resolve("plugins"));
            controller.startJenkins();
            agents.createAgent(
                    controller,
                    InboundAgentExtension.Options.newBuilder()
                            .name("agent")
                            .webSocket()
                            .build());
            controller.runRemotely(
                    KilledControllerTest::begin,
                    "node('agent') { parallel(\n"
                            + "file: { dockerSave images: '" + image
                            + "', archive: true, file: 'big.tar', compression: 'none', dockerServer: [uri: '"
                            + engine.uri() + "'] },\n"
                            // no file: the layers go to the controller while they come from the engine
                            + "layout: { dockerSave images: '" + image
                            + "', archive: true, format: 'oci', dockerServer: [uri: '"
                            + relay.address().uri()
                            + "'] },\n"
                            + "stash: { dockerSave images: '" + image + "', stash: 'shop', dockerServer: [uri: '"
                            + relay.address().uri() + "'] })\n"
                            + "dockerLoad stash: 'shop', images: '" + image + "', dockerServer: [uri: '" + other.uri()
                            + "'] }");

            Path build = controller.getHome().toPath().resolve("jobs/shop/builds/1");
            long end = System.nanoTime() + 60_000_000_000L;
            while (relay.downloaded() < 30 * MB || !isArriving(build) || !hasLayers(build)) {
                assertTrue(System.nanoTime() < end, () -> "the saves do not get there: " + state(relay, build));
                Thread.sleep(1); // what a controller has on its disk can only be looked at
            }
            Process process = controller.getProcess();
            controller.stopJenkinsForcibly();
            assertTrue(process.waitFor(10, TimeUnit.SECONDS));
            assertWhole(build);

            relay.resume();
            controller.startJenkins();
            String log = controller.runRemotely(KilledControllerTest::end);
            assertThat(log, containsString("Jenkins was restarted while this step ran: dockerSave starts again"));
            assertThat(assertWhole(build), is(List.of("big.tar", repository + "_1.oci")));
            assertTrue(other.hasImage(image));
        } finally {
            engine.close();
            other.close();
        }
    }

    private static void begin(JenkinsRule jenkins, String script) throws Exception {
        WorkflowJob job = jenkins.createProject(WorkflowJob.class, "shop");
        job.setDefinition(new CpsFlowDefinition(script, true));
        job.scheduleBuild2(0).waitForStart();
    }

    private static String end(JenkinsRule jenkins) throws Exception {
        WorkflowRun run =
                jenkins.jenkins.getItemByFullName("shop", WorkflowJob.class).getBuildByNumber(1);
        jenkins.assertBuildStatusSuccess(jenkins.waitForCompletion(run));
        return JenkinsRule.getLog(run);
    }

    private static String state(UnixRelay relay, Path build) {
        String log;
        try {
            log = Files.readString(build.resolve("log"));
        } catch (IOException e) {
            log = e.toString();
        }
        return relay.downloaded() + " bytes through the relay, the file " + (isArriving(build) ? "" : "not ")
                + "there, layers " + (hasLayers(build) ? "" : "not ") + "there; the build says: " + log;
    }

    /** Whether a part of the file, and not all of it, is on the controller, or all of it. */
    private static boolean isArriving(Path build) {
        if (Files.exists(build.resolve("archive/big.tar"))) {
            return true;
        }
        try (Stream<Path> store = Files.walk(build.resolve("docker-archive"))) {
            return store.anyMatch(path -> path.endsWith("big.tar"));
        } catch (IOException | java.io.UncheckedIOException e) {
            return false; // comes and goes meanwhile
        }
    }

    private static boolean hasLayers(Path build) {
        String[] layers = build.resolve("docker-archive/blobs/sha256").toFile().list();
        return layers != null && layers.length > 0;
    }

    /** Reads every archive that the build shows, digests included; names of its artifacts. */
    private static List<String> assertWhole(Path build) throws IOException {
        List<String> names = new ArrayList<>();
        for (String place : List.of("archive", "docker-archive/stashes")) {
            Path parent = build.resolve(place);
            if (!Files.isDirectory(parent)) {
                continue;
            }
            try (Stream<Path> archives = Files.list(parent)) {
                for (Path archive : archives.sorted().toList()) {
                    assertThat(
                            ImageArchive.read(archive, ArchiveLimits.defaults())
                                    .images()
                                    .size(),
                            is(1));
                    if (place.equals("archive")) {
                        names.add(archive.getFileName().toString());
                    }
                }
            }
        }
        return names;
    }

    /** Makes a plugin of the classes under test, where the build has not done so already. */
    private static void install(Path plugins) throws Exception {
        List<String> dependencies = new ArrayList<>();
        try (Stream<Path> files = Files.list(plugins)) {
            for (Path file : files.toList()) {
                if (file.endsWith("docker-archive.jpl")) {
                    return;
                }
                try (JarFile jar = new JarFile(file.toFile())) {
                    Attributes plugin = jar.getManifest().getMainAttributes();
                    if (plugin.getValue("Plugin-Version") != null) {
                        dependencies.add(plugin.getValue("Short-Name") + ":" + plugin.getValue("Plugin-Version"));
                    }
                }
            }
        }
        assertThat(dependencies.stream().map(name -> name.split(":")[0]).toList(), hasItem("docker-commons"));
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Short-Name", "docker-archive");
        manifest.getMainAttributes().putValue("Plugin-Version", "1");
        manifest.getMainAttributes().putValue("Jenkins-Version", "2.541.3");
        manifest.getMainAttributes().putValue("Plugin-Dependencies", String.join(",", dependencies));
        Path classes = Path.of(DockerSaveStep.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        ByteArrayOutputStream jar = new ByteArrayOutputStream();
        try (JarOutputStream out = new JarOutputStream(jar, manifest);
                Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, out);
            }
        }
        try (OutputStream file = Files.newOutputStream(plugins.resolve("docker-archive.jpi"));
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            out.putNextEntry(new JarEntry("WEB-INF/lib/docker-archive.jar"));
            out.write(jar.toByteArray());
        }
    }
}
