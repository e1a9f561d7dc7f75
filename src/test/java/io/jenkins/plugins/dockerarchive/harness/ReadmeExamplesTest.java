package io.jenkins.plugins.dockerarchive.harness;

import static org.junit.jupiter.api.Assertions.assertTrue;

import groovy.lang.Binding;
import groovy.lang.Closure;
import groovy.lang.GroovyShell;
import groovy.util.DelegatingScript;
import io.jenkins.plugins.dockerarchive.operations.ArchiveSource;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.codehaus.groovy.control.CompilerConfiguration;
import org.jenkinsci.plugins.structs.describable.DescribableModel;
import org.jenkinsci.plugins.workflow.steps.Step;
import org.junit.jupiter.api.Test;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** What README.md shows is a Pipeline, its steps take the parameters that stand there, and return what is used there. */
@WithJenkins
class ReadmeExamplesTest {

    private static final Pattern EXAMPLE = Pattern.compile("```groovy\n(.*?)```", Pattern.DOTALL);

    @Test
    void everyExampleCallsStepsAsTheyAre(JenkinsRule jenkins) throws Exception {
        CompilerConfiguration configuration = new CompilerConfiguration();
        configuration.setScriptBaseClass(DelegatingScript.class.getName());
        Steps steps = new Steps();
        Matcher examples = EXAMPLE.matcher(Files.readString(Path.of("README.md")));
        while (examples.find()) {
            DelegatingScript script = (DelegatingScript)
                    new GroovyShell(getClass().getClassLoader(), new Binding(), configuration).parse(examples.group(1));
            script.setDelegate(steps);
            script.run();
        }
        assertTrue(
                steps.called.containsAll(List.of("dockerSave", "dockerLoad", "dockerExport", "dockerImport")),
                "examples only of " + steps.called);
    }

    /** The steps that examples use; ours are bound and read as in a build. */
    public static final class Steps {

        private final TreeSet<String> called = new TreeSet<>();

        public Object node(String label, Closure<?> body) {
            return body.call();
        }

        public void sh(String command) {}

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
