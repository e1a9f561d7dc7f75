package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.anyOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertTrue;

import groovy.lang.Binding;
import groovy.lang.Closure;
import groovy.lang.GroovyShell;
import groovy.util.DelegatingScript;
import hudson.model.FreeStyleBuild;
import hudson.model.FreeStyleProject;
import hudson.model.Item;
import hudson.model.User;
import io.jenkins.plugins.casc.ConfigurationAsCode;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.builds.Origin;
import io.jenkins.plugins.dockerarchive.builds.Retention;
import io.jenkins.plugins.dockerarchive.config.ArchiveRetentionProperty;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.LimitSettings;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import io.jenkins.plugins.dockerarchive.operations.ArchiveFormat;
import io.jenkins.plugins.dockerarchive.operations.ArchiveSource;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.ExportRequest;
import io.jenkins.plugins.dockerarchive.operations.ExportResult;
import io.jenkins.plugins.dockerarchive.operations.ImportRequest;
import io.jenkins.plugins.dockerarchive.operations.LoadRequest;
import io.jenkins.plugins.dockerarchive.operations.Parameters;
import io.jenkins.plugins.dockerarchive.operations.SaveRequest;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.operations.SourceChoice;
import io.jenkins.plugins.dockerarchive.steps.DockerExportStep;
import io.jenkins.plugins.dockerarchive.steps.DockerImportStep;
import io.jenkins.plugins.dockerarchive.steps.DockerLoadStep;
import io.jenkins.plugins.dockerarchive.steps.DockerSaveStep;
import java.net.HttpURLConnection;
import java.net.URL;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jenkins.model.Jenkins;
import jenkins.security.ApiTokenProperty;
import org.codehaus.groovy.control.CompilerConfiguration;
import org.htmlunit.HttpMethod;
import org.htmlunit.WebRequest;
import org.jenkinsci.plugins.structs.describable.DescribableModel;
import org.jenkinsci.plugins.workflow.steps.Step;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.MockAuthorizationStrategy;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/**
 * What README.md and docs/ show works: Pipelines, whose steps take the parameters that stand there and return what is used
 * there, configuration as code, and downloads.
 */
@WithJenkins
class ReadmeExamplesTest {

    @TempDir
    private Path directory;

    private static List<String> examples(String language) throws Exception {
        List<Path> documents = new ArrayList<>(List.of(Path.of("README.md")));
        try (Stream<Path> files = Files.list(Path.of("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
        }
        List<String> examples = new ArrayList<>();
        for (Path document : documents) {
            Matcher found = Pattern.compile("```" + language + "\\n(.*?)```", Pattern.DOTALL)
                    .matcher(Files.readString(document));
            while (found.find()) {
                examples.add(found.group(1));
            }
        }
        assertTrue(!examples.isEmpty(), "no example in " + language);
        return examples;
    }

    @Test
    void everyPipelineCallsStepsAsTheyAre(JenkinsRule jenkins) throws Exception {
        CompilerConfiguration configuration = new CompilerConfiguration();
        configuration.setScriptBaseClass(DelegatingScript.class.getName());
        Steps steps = new Steps();
        int declarative = 0;
        for (String example : examples("groovy")) {
            if (example.startsWith("pipeline {")) {
                validate(jenkins, example);
                declarative++;
                continue;
            }
            DelegatingScript script = (DelegatingScript)
                    new GroovyShell(getClass().getClassLoader(), new Binding(), configuration).parse(example);
            script.setDelegate(steps);
            script.run();
        }
        assertTrue(
                steps.called.containsAll(
                        List.of("dockerSave", "dockerLoad", "dockerExport", "dockerImport", "dockerArchiveRetention")),
                "examples only of " + steps.called);
        assertTrue(declarative > 1, "no declarative examples");
    }

    /** By the judge that Jenkins itself has for declarative Pipelines; it knows steps, options and their parameters. */
    private static void validate(JenkinsRule jenkins, String pipeline) throws Exception {
        assertThat(judgement(jenkins, pipeline), containsString("successfully validated"));
        assertThat(
                judgement(jenkins, pipeline.replaceAll("(stash|keepDays):", "$1Typo:")),
                not(containsString("successfully validated")));
    }

    private static String judgement(JenkinsRule jenkins, String pipeline) throws Exception {
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            WebRequest request = new WebRequest(
                    new URL(client.createCrumbedUrl("pipeline-model-converter/validate")
                            .toString()),
                    HttpMethod.POST);
            request.setRequestBody("jenkinsfile=" + URLEncoder.encode(pipeline, StandardCharsets.UTF_8));
            return client.getPage(request).getWebResponse().getContentAsString();
        }
    }

    @Test
    void everyConfigurationIsReadAndItsNumbersAreTheDefaults(JenkinsRule jenkins) throws Exception {
        for (String example : examples("yaml")) {
            Path file = Files.writeString(directory.resolve("jenkins.yaml"), example);
            ConfigurationAsCode.get().configure(file.toString());
        }
        DockerArchiveConfiguration configuration = DockerArchiveConfiguration.get();
        assertThat(configuration.getDockerServer().getUri(), is("tcp://engine.example.org:2376"));
        assertThat(configuration.getRetention().getTotalSize(), is("200 GB"));
        assertThat(LimitSettings.of(configuration.getLimits()), is(ArchiveLimits.defaults()));
    }

    /** Each example is a script of the shell; the addresses of Jenkins in it lead to what they promise. */
    @Test
    void everyDownloadFindsItsArchive(JenkinsRule jenkins) throws Exception {
        FreeStyleProject shop = jenkins.createFreeStyleProject("shop");
        shop.updateNextBuildNumber(7);
        FreeStyleBuild build = jenkins.buildAndAssertSuccess(shop);
        Path artifacts = Files.createDirectories(build.getArtifactsDir().toPath());
        Files.writeString(artifacts.resolve("shop-delivery.tar.gz"), "delivery");
        String index = ArchivesTest.writeLayout(artifacts.resolve("shop"));
        ArchivesAction.of(build)
                .add(ArchiveRecord.of(
                        new SaveResult("/ws", "shop", 1, index, List.of(), 1, false),
                        ArchiveFormat.OCI,
                        new Destination(null, true, null, Destination.Existing.REFUSE),
                        new Retention(null, null),
                        new Origin(null, "build")));
        jenkins.jenkins.setSecurityRealm(jenkins.createDummySecurityRealm());
        jenkins.jenkins.setAuthorizationStrategy(new MockAuthorizationStrategy()
                .grant(Jenkins.READ, Item.READ)
                .everywhere()
                .to("user"));
        String token =
                User.getById("user", true).getProperty(ApiTokenProperty.class).generateNewToken("curl").plainValue;
        int downloads = 0;
        for (String example : examples("sh")) {
            Process shell = new ProcessBuilder("sh", "-n", "-c", example)
                    .redirectErrorStream(true)
                    .start();
            assertThat(example, shell.waitFor(), is(0));
            Matcher url = Pattern.compile("curl (\\S+) -u USER:TOKEN .*?https://jenkins\\.example\\.org/(\\S+)")
                    .matcher(example);
            while (url.find()) {
                HttpURLConnection connection =
                        (HttpURLConnection) new URL(jenkins.getURL() + url.group(2)).openConnection();
                connection.setRequestProperty(
                        "Authorization",
                        "Basic "
                                + Base64.getEncoder()
                                        .encodeToString(("user:" + token).getBytes(StandardCharsets.UTF_8)));
                // what curl does only with -L
                connection.setInstanceFollowRedirects(url.group(1).contains("L"));
                assertThat(url.group(2), connection.getResponseCode(), is(200));
                assertThat(
                        new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8),
                        anyOf(is("delivery"), containsString("manifest.json")));
                downloads++;
            }
        }
        assertThat(downloads > 1, is(true));
    }

    /** The steps that examples use; ours are bound and read as in a build. */
    public static final class Steps {

        private final TreeSet<String> called = new TreeSet<>();

        public Object node(String label, Closure<?> body) {
            return body.call();
        }

        public void sh(String command) {}

        public void properties(List<?> properties) {}

        public Object dockerArchiveRetention(Map<String, Object> arguments) throws Exception {
            called.add("dockerArchiveRetention");
            return new DescribableModel<>(ArchiveRetentionProperty.class).instantiate(arguments, null);
        }

        public void echo(Object text) {
            assertTrue(
                    !String.valueOf(text).contains("null"), "an example shows a value that no step returns: " + text);
        }

        public Map<String, Object> dockerSave(Map<String, Object> arguments) throws Exception {
            SaveRequest.from(bind("dockerSave", DockerSaveStep.class, arguments));
            return new SaveResult(
                            "/workspace",
                            "shop_1.tar.zst",
                            1,
                            "0".repeat(64),
                            List.of(new SaveResult.SavedImage(
                                    "sha256:1", List.of("shop:1"), "linux/amd64", List.of(), "", "")),
                            1,
                            false)
                    .toMap();
        }

        public void dockerLoad(Map<String, Object> arguments) throws Exception {
            Parameters parameters = bind("dockerLoad", DockerLoadStep.class, arguments);
            SourceChoice.from(parameters);
            LoadRequest.from(parameters, new ArchiveSource("file", null, null, "file"));
        }

        public Map<String, Object> dockerExport(Map<String, Object> arguments) throws Exception {
            ExportRequest.from(bind("dockerExport", DockerExportStep.class, arguments));
            return new ExportResult("/workspace", "db.tar.zst", null, 1, "0".repeat(64), "0".repeat(64), 1).toMap();
        }

        public void dockerImport(Map<String, Object> arguments) throws Exception {
            Parameters parameters = bind("dockerImport", DockerImportStep.class, arguments);
            SourceChoice.from(parameters);
            ImportRequest.from(parameters, new ArchiveSource("file", null, null, "file"));
        }

        private Parameters bind(String verb, Class<? extends Step> type, Map<String, Object> arguments)
                throws Exception {
            called.add(verb);
            new DescribableModel<>(type).instantiate(arguments, null);
            Map<String, Object> own = new TreeMap<>(arguments);
            own.remove("dockerServer");
            return new Parameters(verb, own);
        }
    }
}
