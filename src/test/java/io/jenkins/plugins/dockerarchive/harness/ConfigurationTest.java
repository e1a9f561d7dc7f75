package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.cloudbees.plugins.credentials.CredentialsScope;
import com.cloudbees.plugins.credentials.SystemCredentialsProvider;
import hudson.model.Failure;
import hudson.model.User;
import hudson.security.ACL;
import hudson.security.ACLContext;
import hudson.security.AccessDeniedException3;
import hudson.util.FormValidation;
import hudson.util.Secret;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import jenkins.model.Jenkins;
import org.htmlunit.html.DomElement;
import org.htmlunit.html.HtmlForm;
import org.htmlunit.html.HtmlInput;
import org.htmlunit.html.HtmlTextArea;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerCredentials;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.MockAuthorizationStrategy;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** The global configuration. */
@WithJenkins
class ConfigurationTest {

    private JenkinsRule jenkins;

    @BeforeEach
    void setUp(JenkinsRule rule) {
        jenkins = rule;
    }

    @Test
    void formKeepsWhatWasSaved() throws Exception {
        SystemCredentialsProvider.getInstance()
                .getCredentials()
                .add(new DockerServerCredentials(
                        CredentialsScope.GLOBAL, "tls", "", Secret.fromString("key"), "certificate", "authority"));
        DockerArchiveConfiguration configuration = DockerArchiveConfiguration.get();
        configuration.setDockerServer(new DockerServerEndpoint("tcp://engine:2376", "tls"));
        configuration.setCompression("gzip");
        configuration.setAllowedEngines("tcp://*.example.org:2376");
        jenkins.configRoundtrip();
        assertThat(configuration.getAllowedEngines(), is("tcp://*.example.org:2376"));
        assertThat(configuration.getDockerServer(), is(new DockerServerEndpoint("tcp://engine:2376", "tls")));
        assertThat(configuration.getCompression(), is("gzip"));

        configuration.setDockerServer(new DockerServerEndpoint("", ""));
        configuration.setCompression("");
        jenkins.configRoundtrip();
        assertThat(configuration.getDockerServer(), nullValue());
        assertThat(configuration.getCompression(), nullValue());
    }

    @Test
    void wrongValuesAreRefused() {
        DockerArchiveConfiguration configuration = DockerArchiveConfiguration.get();
        assertThat(
                assertThrows(
                                Failure.class,
                                () -> configuration.setDockerServer(new DockerServerEndpoint("ssh://engine", null)))
                        .getMessage(),
                containsString("ssh"));
        assertThat(
                assertThrows(Failure.class, () -> configuration.setCompression("rar"))
                        .getMessage(),
                containsString("rar"));
        assertThat(configuration.getDockerServer(), nullValue());
        assertThat(configuration.getCompression(), nullValue());
    }

    /** Who saves in spite of what stands below the field gets a sentence, not what only programmers read. */
    @Test
    void wrongFormIsAnsweredByOneSentence() throws Exception {
        assertThat(answer("_.allowedEngines", "ssh://engine"), containsString("'ssh://engine' is no engine"));
        assertThat(answer("_.jobSize", "much"), containsString("jobSize 'much' is no size"));
        assertThat(DockerArchiveConfiguration.get().getAllowedEngines(), nullValue());
        assertThat(DockerArchiveConfiguration.get().getRetention(), nullValue());
    }

    private String answer(String field, String value) throws Exception {
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            client.getOptions().setThrowExceptionOnFailingStatusCode(false);
            HtmlForm form = client.goTo("manage/configure").getFormByName("config");
            for (DomElement element :
                    form.getElementsByTagName(field.equals("_.allowedEngines") ? "textarea" : "input")) {
                if (element.getAttribute("name").equals(field)) {
                    if (element instanceof HtmlTextArea area) {
                        area.setText(value);
                    } else {
                        ((HtmlInput) element).setValue(value);
                    }
                }
            }
            String answer = jenkins.submit(form).getWebResponse().getContentAsString();
            assertThat(answer, not(containsString("at io.jenkins.plugins.dockerarchive")));
            assertThat(answer, not(containsString("Stack trace")));
            return answer;
        }
    }

    @Test
    void connectionTestSaysWhatIsWrong() {
        FormValidation answer = DockerArchiveConfiguration.get().doTestConnection("tcp://127.0.0.1:1", "", "");
        assertThat(answer.kind, is(FormValidation.Kind.ERROR));
        assertThat(answer.getMessage(), containsString("127.0.0.1:1"));
        answer = DockerArchiveConfiguration.get().doTestConnection("tcp://127.0.0.1:1", "none", "");
        assertThat(answer.getMessage(), containsString("none"));
        answer = DockerArchiveConfiguration.get().doTestConnection("tcp://127.0.0.1:1", "", "gone");
        assertThat(answer.getMessage(), containsString("gone"));
    }

    @Test
    void onlyAdministratorsTestConnections() {
        jenkins.jenkins.setSecurityRealm(jenkins.createDummySecurityRealm());
        jenkins.jenkins.setAuthorizationStrategy(
                new MockAuthorizationStrategy().grant(Jenkins.READ).everywhere().toEveryone());
        DockerArchiveConfiguration configuration = DockerArchiveConfiguration.get();
        try (ACLContext as = ACL.as2(User.getById("somebody", true).impersonate2())) {
            assertThrows(
                    AccessDeniedException3.class, () -> configuration.doTestConnection("tcp://127.0.0.1:1", "", ""));
            assertThrows(AccessDeniedException3.class, configuration::doFillTestFromItems);
            assertThrows(AccessDeniedException3.class, configuration::doFillCompressionItems);
        }
    }
}
