package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.blankOrNullString;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;

import com.cloudbees.plugins.credentials.CredentialsScope;
import com.cloudbees.plugins.credentials.SystemCredentialsProvider;
import hudson.model.Descriptor;
import hudson.model.FreeStyleProject;
import hudson.model.Item;
import hudson.tasks.Builder;
import hudson.util.Secret;
import io.jenkins.plugins.dockerarchive.builders.DockerExportBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerImportBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerLoadBuilder;
import io.jenkins.plugins.dockerarchive.builders.DockerSaveBuilder;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.steps.DockerExportStep;
import io.jenkins.plugins.dockerarchive.steps.DockerImportStep;
import io.jenkins.plugins.dockerarchive.steps.DockerLoadStep;
import io.jenkins.plugins.dockerarchive.steps.DockerSaveStep;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.htmlunit.html.HtmlElement;
import org.htmlunit.html.HtmlForm;
import org.htmlunit.html.HtmlInput;
import org.htmlunit.html.HtmlPage;
import org.htmlunit.html.HtmlSelect;
import org.htmlunit.html.HtmlTextArea;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerCredentials;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.jenkinsci.plugins.structs.SymbolLookup;
import org.jenkinsci.plugins.structs.describable.DescribableModel;
import org.jenkinsci.plugins.structs.describable.DescribableParameter;
import org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition;
import org.jenkinsci.plugins.workflow.cps.SnippetizerTester;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.steps.Step;
import org.jenkinsci.plugins.workflow.steps.StepConfigTester;
import org.jenkinsci.plugins.workflow.steps.StepDescriptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;
import org.kohsuke.stapler.MetaClassLoader;
import org.kohsuke.stapler.jelly.JellyClassLoaderTearOff;

/** Forms say what steps do when nothing is said, keep all that is said, and what they generate runs. */
@WithJenkins
class StepDefaultsTest {

    private static final String PACKAGE = "io.jenkins.plugins.dockerarchive.";

    private static final List<Class<? extends Step>> STEPS =
            List.of(DockerSaveStep.class, DockerLoadStep.class, DockerExportStep.class, DockerImportStep.class);
    private static final List<Class<? extends Builder>> BUILDERS = List.of(
            DockerSaveBuilder.class, DockerLoadBuilder.class, DockerExportBuilder.class, DockerImportBuilder.class);

    private JenkinsRule jenkins;

    @BeforeEach
    void setUp(JenkinsRule rule) {
        jenkins = rule;
    }

    /** The generator leaves out what is as it is by default: a form with another default would show here. */
    @Test
    void generatorPrintsNothingThatNobodyTouched() throws Exception {
        WorkflowJob job = jenkins.createProject(WorkflowJob.class, "shop");
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            HtmlPage page = client.getPage(job, "pipeline-syntax/");
            // in the order in which they stand there, so that the newest field of a name is the last one
            assertThat(
                    generated(client, page, "dockerExport", Map.of("container", "shop-run")),
                    is("dockerExport 'shop-run'"));
            assertThat(
                    generated(client, page, "dockerImport", Map.of("file", "rootfs.tar", "image", "shop:1")),
                    is("dockerImport file: 'rootfs.tar', image: 'shop:1'"));
            assertThat(
                    generated(client, page, "dockerLoad", Map.of("file", "shop.tar")),
                    is("dockerLoad file: 'shop.tar'"));
            assertThat(generated(client, page, "dockerSave", Map.of("images", "shop:1")), is("dockerSave 'shop:1'"));
        }
    }

    /** What the snippet generator answers after somebody chose the step and typed these values. */
    private static String generated(
            JenkinsRule.WebClient client, HtmlPage page, String step, Map<String, String> typed) {
        HtmlSelect steps = page.getFirstByXPath("//select[contains(@class, 'dropdownList')]");
        steps.getOptions().stream()
                .filter(option -> option.getText().trim().startsWith(step + ":"))
                .findFirst()
                .orElseThrow()
                .setSelected(true);
        client.waitForBackgroundJavaScript(20_000);
        HtmlForm form = page.getFormByName("config");
        typed.forEach((field, value) -> {
            List<HtmlElement> fields = form.getByXPath(".//*[@name='_." + field + "']");
            HtmlElement last = fields.get(fields.size() - 1);
            if (last instanceof HtmlTextArea area) {
                area.setText(value);
            } else {
                ((HtmlInput) last).setValue(value);
            }
        });
        page.executeJavaScript("document.getElementById('generatePipelineScript').click()");
        client.waitForBackgroundJavaScript(20_000);
        return ((HtmlTextArea) page.getElementById("prototypeText")).getText().trim();
    }

    @Test
    void formsKeepEveryParameter() throws Exception {
        SystemCredentialsProvider.getInstance()
                .getCredentials()
                .add(new DockerServerCredentials(
                        CredentialsScope.GLOBAL, "tls", "", Secret.fromString("key"), "certificate", "authority"));
        // all in one form, because each costs seconds
        FreeStyleProject job = jenkins.createFreeStyleProject();
        List<Object> before = new ArrayList<>();
        for (Class<? extends Step> type : STEPS) {
            Step step = new DescribableModel<>(type).instantiate(everything(type), null);
            before.add(step);
            job.getBuildersList().add(new StepConfigTester.StepBuilder(step));
        }
        for (Class<? extends Builder> type : BUILDERS) {
            Builder builder = new DescribableModel<>(type).instantiate(everything(type), null);
            before.add(builder);
            job.getBuildersList().add(builder);
        }
        jenkins.configRoundtrip((Item) job);
        List<Builder> after = job.getBuildersList();
        for (int i = 0; i < before.size(); i++) {
            Object kept = after.get(i) instanceof StepConfigTester.StepBuilder wrapper ? wrapper.s : after.get(i);
            assertKept(before.get(i), kept, before.get(i).getClass());
        }
    }

    private static void assertKept(Object before, Object after, Class<?> type) {
        Map<String, Object> expected = DescribableModel.uninstantiate_(before);
        assertThat(
                type + ": all that is not as by default",
                expected.keySet(),
                containsInAnyOrder(DescribableModel.of(type).getParameters().stream()
                        .map(DescribableParameter::getName)
                        .toArray(String[]::new)));
        assertThat(type.toString(), DescribableModel.uninstantiate_(after), is(expected));
    }

    /** A value for each parameter that is not its default. */
    private static Map<String, Object> everything(Class<?> type) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (DescribableParameter parameter : DescribableModel.of(type).getParameters()) {
            String name = parameter.getName();
            Class<?> erased = parameter.getErasedType();
            Object value;
            if (erased == DockerServerEndpoint.class) {
                value = new DockerServerEndpoint("tcp://engine:2376", "tls");
            } else if (erased == boolean.class) {
                value = !name.equals("keepConfig") && !name.equals("applyConfig");
            } else if (erased == Integer.class) {
                value = 7;
            } else {
                value = Map.of("format", "oci", "compression", "gzip", "onConflict", "keep")
                        .getOrDefault(name, "some " + name);
            }
            values.put(name, value);
        }
        return values;
    }

    @Test
    void whatIsGeneratedRuns() throws Exception {
        DockerArchiveConfiguration.get().setAllowedEngines("*"); // on the built-in node here
        try (TestEngine engine = TestEngines.running().get(0)) {
            String repository = engine.uniqueName();
            String image = repository + ":1";
            engine.createShellImage(image, new TestLayer().text("hello.txt", "hello"));
            String container = engine.createContainer(image, "cat", "/hello.txt");
            DockerServerEndpoint server = new DockerServerEndpoint(engine.uri().toString(), null);
            String serverText = "dockerServer: [uri: '" + engine.uri() + "']";

            DockerSaveStep save = new DockerSaveStep(image + "\n" + repository + ":missing");
            save.setFile("out/shop.tar.gz");
            save.setArchive(true);
            save.setStash("shop");
            save.setFormat("tar");
            save.setCompression("gzip");
            save.setOverwrite(true);
            save.setIgnoreMissing(true);
            save.setKeepDays(30);
            save.setKeepBuilds(10);
            save.setDockerServer(server);
            DockerLoadStep load = new DockerLoadStep(null);
            load.setArchive("shop.tar.gz");
            load.setImages(image);
            load.setRename(image + "=" + repository + ":2");
            load.setOnConflict("fail");
            load.setPlatforms("linux/amd64");
            load.setDockerServer(server);
            DockerExportStep export = new DockerExportStep(container);
            export.setFile("rootfs.tar");
            export.setStash("rootfs");
            export.setKeepConfig(false);
            export.setDockerServer(server);
            DockerImportStep imported = new DockerImportStep(null);
            imported.setStash("rootfs");
            imported.setImage(repository + ":3");
            imported.setChanges("CMD [\"cat\", \"/hello.txt\"]\nLABEL made='by hand'");
            imported.setMessage("it's mine");
            imported.setApplyConfig(false);
            imported.setDockerServer(server);

            Map<Step, String> snippets = new LinkedHashMap<>();
            snippets.put(
                    save,
                    "dockerSave archive: true, compression: 'gzip', " + serverText
                            + ", file: 'out/shop.tar.gz', format: 'tar', ignoreMissing: true, images: '''" + image
                            + "\n" + repository
                            + ":missing''', keepBuilds: 10, keepDays: 30, overwrite: true, stash: 'shop'");
            snippets.put(
                    load,
                    "dockerLoad archive: 'shop.tar.gz', " + serverText + ", images: '" + image
                            + "', onConflict: 'fail', platforms: 'linux/amd64', rename: '" + image + "=" + repository
                            + ":2'");
            snippets.put(
                    export,
                    "dockerExport container: '" + container + "', " + serverText
                            + ", file: 'rootfs.tar', keepConfig: false, stash: 'rootfs'");
            snippets.put(
                    imported,
                    "dockerImport applyConfig: false, changes: '''CMD [\"cat\", \"/hello.txt\"]\nLABEL made=\\'by hand\\'''', "
                            + serverText + ", image: '" + repository
                            + ":3', message: 'it\\'s mine', stash: 'rootfs'");
            SnippetizerTester tester = new SnippetizerTester(jenkins);
            for (Map.Entry<Step, String> snippet : snippets.entrySet()) {
                tester.assertRoundTrip(snippet.getKey(), snippet.getValue());
            }
            WorkflowJob job = jenkins.createProject(WorkflowJob.class, "generated");
            job.setDefinition(new CpsFlowDefinition("node {\n" + String.join("\n", snippets.values()) + "\n}", true));
            jenkins.buildAndAssertSuccess(job);
            assertThat(engine.run(repository + ":2", "cat", "/hello.txt").output(), is("hello"));
            assertThat(engine.run(repository + ":3").output(), is("hello"));
            assertThat(
                    engine.inspectImage(repository + ":3")
                            .path("Config")
                            .path("Labels")
                            .toString(),
                    containsString("by hand"));
        }
    }

    @Test
    void whateverDescribesSomethingHasANameOfItsOwn() throws Exception {
        Map<String, List<String>> symbols = new HashMap<>();
        List<String> own = new ArrayList<>();
        for (Descriptor<?> descriptor : jenkins.jenkins.getExtensionList(Descriptor.class)) {
            for (String symbol : SymbolLookup.getSymbolValue(descriptor)) {
                symbols.computeIfAbsent(symbol, any -> new ArrayList<>())
                        .add(descriptor.getClass().getName());
            }
            if (descriptor.getClass().getName().startsWith(PACKAGE)) {
                own.add(descriptor.getClass().getName());
                assertThat(own.toString(), descriptor.getDisplayName(), not(blankOrNullString()));
                assertThat(
                        "no text is missing for " + descriptor,
                        descriptor.getDisplayName(),
                        not(is(descriptor.clazz.getSimpleName())));
            }
        }
        assertThat(own.size(), greaterThan(10));
        symbols.forEach((symbol, users) -> {
            if (users.stream().anyMatch(user -> user.startsWith(PACKAGE))) {
                assertThat(symbol, users.size(), is(1));
            }
        });
        assertThat(symbols.keySet().containsAll(Set.of("dockerArchive", "dockerArchiveRetention")), is(true));
        for (String name : List.of("dockerSave", "dockerLoad", "dockerExport", "dockerImport")) {
            assertThat(
                    StepDescriptor.all().stream()
                            .filter(step -> step.getFunctionName().equals(name))
                            .toList()
                            .size(),
                    is(1));
        }

        List<String> broken = new ArrayList<>();
        JellyClassLoaderTearOff views = new MetaClassLoader(DockerArchiveConfiguration.class.getClassLoader())
                .loadTearOff(JellyClassLoaderTearOff.class);
        URL form = DockerArchiveConfiguration.class.getResource("DockerArchiveConfiguration/config.jelly");
        Path root = Path.of(form.toURI()).getParent().getParent().getParent();
        List<Path> files = views(root);
        assertThat(files.size(), greaterThan(15));
        jenkins.executeOnServer(
                () -> { // texts of views are looked up as in a request
                    for (Path file : files) {
                        try {
                            views.createContext().compileScript(file.toUri().toURL());
                        } catch (Exception e) {
                            broken.add(root.relativize(file) + ": " + e);
                        }
                    }
                    return null;
                });
        assertThat(broken, empty());
    }

    private static List<Path> views(Path root) throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.filter(file -> file.toString().endsWith(".jelly")).toList();
        }
    }
}
