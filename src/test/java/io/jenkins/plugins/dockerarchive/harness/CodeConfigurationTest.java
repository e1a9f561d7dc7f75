package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.jenkins.plugins.casc.ConfigurationAsCode;
import io.jenkins.plugins.casc.ConfiguratorException;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.LimitSettings;
import io.jenkins.plugins.dockerarchive.config.RetentionDefaults;
import io.jenkins.plugins.dockerarchive.image.ArchiveLimits;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** Everything that the form of this Jenkins has can be written as code, and comes out as code. */
@WithJenkins
class CodeConfigurationTest {

    private static final String ALL = """
            unclassified:
              dockerArchive:
                allowedEngines: "unix:///run/*/docker.sock tcp://*.example.org:2376"
                compression: "zstd"
                dockerServer:
                  credentialsId: "engine-certificates"
                  uri: "tcp://engine.example.org:2376"
                limits:
                  entries: 40000
                  expansionRatio: 1000
                  fileSystemEntries: 1000000
                  headerBytes: 32768
                  idleSeconds: 90
                  images: 20
                  jsonBytes: 1048576
                  jsonDepth: 32
                  layers: 200
                  nameLength: 1024
                  totalBytes: "50000000000"
                pushLayers: false
                retention:
                  jobSize: "20 GB"
                  keepBuilds: 10
                  keepDays: 30
                  totalSize: "200 GB"
            """;

    private static final ArchiveLimits ALL_LIMITS =
            new ArchiveLimits(40_000, 1_000_000, 1024, 32_768, 1_048_576, 32, 200, 20, 50_000_000_000L, 1000);

    @TempDir
    private Path directory;

    @Test
    void enginesPushUnlessSomebodySaysNo(JenkinsRule jenkins) throws Exception {
        DockerArchiveConfiguration configuration = DockerArchiveConfiguration.get();
        assertThat(configuration.isPushLayers(), is(true));
        jenkins.configRoundtrip();
        assertThat(configuration.isPushLayers(), is(true));
        configure("unclassified: {dockerArchive: {pushLayers: false}}");
        configuration.load();
        assertThat("it was written down", configuration.isPushLayers(), is(false));
    }

    @Test
    void whatIsWrittenIsReadAndComesOutAgain(JenkinsRule jenkins) throws Exception {
        configure(ALL);
        DockerArchiveConfiguration configuration = DockerArchiveConfiguration.get();
        RetentionDefaults retention = configuration.getRetention();
        assertThat(retention.getKeepDays(), is(30));
        assertThat(retention.getKeepBuilds(), is(10));
        assertThat(retention.getJobSize(), is("20 GB"));
        assertThat(retention.getTotalSize(), is("200 GB"));
        assertThat(configuration.getLimits().getTotalBytes(), is("50000000000"));
        assertThat(LimitSettings.of(configuration.getLimits()), is(ALL_LIMITS));
        assertThat(LimitSettings.idleOf(configuration.getLimits()).duration().toSeconds(), is(90L));
        assertThat(configuration.getAllowedEngines(), containsString("*.example.org"));
        assertThat(configuration.getDockerServer().getCredentialsId(), is("engine-certificates"));
        assertThat(configuration.isPushLayers(), is(false));
        assertThat("all of it, and nothing else", exported(), is(ALL));

        configure("unclassified: {dockerArchive: {retention: {keepDays: 1}}}");
        assertThat(configuration.getRetention().getTotalSize(), nullValue());
        configure(ALL);
        assertThat(exported(), is(ALL));
    }

    /** The part of what this Jenkins exports that is ours. */
    private static String exported() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ConfigurationAsCode.get().export(out);
        StringBuilder own = new StringBuilder("unclassified:\n");
        boolean inside = false;
        for (String line : out.toString(StandardCharsets.UTF_8).lines().toList()) {
            inside = line.startsWith("    ") ? inside : line.equals("  dockerArchive:");
            own.append(inside ? line + "\n" : "");
        }
        return own.toString();
    }

    @Test
    void formKeepsIt(JenkinsRule jenkins) throws Exception {
        configure(ALL);
        jenkins.configRoundtrip();
        DockerArchiveConfiguration configuration = DockerArchiveConfiguration.get();
        assertThat(configuration.getRetention().getKeepDays(), is(30));
        assertThat(configuration.getRetention().getTotalSize(), is("200 GB"));
        assertThat(LimitSettings.of(configuration.getLimits()), is(ALL_LIMITS));
        assertThat(configuration.getLimits().getIdleSeconds(), is(90));
        assertThat(configuration.isPushLayers(), is(false));
        configuration.getLimits().setEntries(null);
        configuration.getLimits().setNameLength(null);
        jenkins.configRoundtrip();
        assertThat(configuration.getLimits().getEntries(), nullValue());
        assertThat(configuration.getLimits().getNameLength(), nullValue());
        assertThat(configuration.getLimits().getLayers(), is(200));
        configuration.setRetention(null);
        configuration.setLimits(null);
        jenkins.configRoundtrip();
        assertThat(configuration.getRetention(), nullValue());
        assertThat(configuration.getLimits(), nullValue());
    }

    @Test
    void wrongValuesAreRefusedWithTheirName(JenkinsRule jenkins) {
        for (String wrong : new String[] {
            "retention: {keepDays: -1}",
            "retention: {jobSize: much}",
            "limits: {layers: 0}",
            "limits: {nameLength: 0}",
            "limits: {idleSeconds: 0}"
        }) {
            ConfiguratorException refusal = assertThrows(
                    ConfiguratorException.class, () -> configure("unclassified: {dockerArchive: {" + wrong + "}}"));
            StringBuilder sentences = new StringBuilder();
            for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
                sentences.append(cause.getMessage()).append('\n');
            }
            assertThat(
                    sentences.toString(),
                    containsString(wrong.replaceAll(".*\\{(\\w+):.*", "$1")
                            + (wrong.contains("jobSize") ? " 'much'" : " must be")));
        }
    }

    private void configure(String yaml) throws Exception {
        Path file = Files.writeString(directory.resolve("jenkins.yaml"), yaml);
        ConfigurationAsCode.get().configure(file.toString());
    }
}
