package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.anyOf;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;

import hudson.Functions;
import hudson.model.FreeStyleProject;
import hudson.model.Item;
import hudson.model.User;
import hudson.security.ACL;
import hudson.security.ACLContext;
import hudson.util.FormValidation;
import hudson.util.ListBoxModel;
import io.jenkins.plugins.dockerarchive.config.ArchiveRetentionProperty;
import io.jenkins.plugins.dockerarchive.config.RetentionDefaults;
import io.jenkins.plugins.dockerarchive.steps.DockerImportStep;
import io.jenkins.plugins.dockerarchive.steps.DockerLoadStep;
import io.jenkins.plugins.dockerarchive.steps.DockerSaveStep;
import java.net.URL;
import java.util.Locale;
import jenkins.model.Jenkins;
import org.htmlunit.HttpMethod;
import org.htmlunit.WebRequest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.MockAuthorizationStrategy;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;
import org.jvnet.localizer.LocaleProvider;

/** Fields are checked while they are filled in, for those who may configure. */
@WithJenkins
class FormCheckTest {

    private JenkinsRule jenkins;
    private FreeStyleProject job;
    private DockerSaveStep.DescriptorImpl save;
    private DockerLoadStep.DescriptorImpl load;
    private DockerImportStep.DescriptorImpl imported;
    private RetentionDefaults.DescriptorImpl defaults;
    private ArchiveRetentionProperty.DescriptorImpl ofJob;

    @BeforeEach
    void setUp(JenkinsRule rule) throws Exception {
        jenkins = rule;
        job = jenkins.createFreeStyleProject("job");
        save = jenkins.jenkins.getDescriptorByType(DockerSaveStep.DescriptorImpl.class);
        load = jenkins.jenkins.getDescriptorByType(DockerLoadStep.DescriptorImpl.class);
        imported = jenkins.jenkins.getDescriptorByType(DockerImportStep.DescriptorImpl.class);
        defaults = jenkins.jenkins.getDescriptorByType(RetentionDefaults.DescriptorImpl.class);
        ofJob = jenkins.jenkins.getDescriptorByType(ArchiveRetentionProperty.DescriptorImpl.class);
    }

    @Test
    void wrongValuesAreTold() {
        error(save.doCheckImages(job, ""), "images");
        error(save.doCheckImages(job, "SHOP:1"), "SHOP:1");
        error(save.doCheckPlatforms(job, "linux"), "linux");
        error(save.doCheckKeepDays(job, "-1"), "");
        error(save.doCheckKeepBuilds(job, "x"), "");
        error(save.doCheckStash(job, "a/b"), "a/b");
        error(load.doCheckUrl(job, "ftp://x/y"), "ftp://x/y");
        error(load.doCheckBuild(job, "yesterday"), "yesterday");
        error(load.doCheckSha256(job, "123"), "123");
        error(load.doCheckRename(job, "shop"), "shop");
        error(imported.doCheckImage(job, ""), "image");
        error(imported.doCheckChanges(job, "RUN make"), "RUN make");
        error(imported.doCheckPlatform(job, "x"), "x");
    }

    @Test
    void wrongRetentionIsTold() {
        error(defaults.doCheckKeepDays("-1"), "keepDays must be");
        error(defaults.doCheckKeepBuilds("x"), "keepBuilds must be a whole number, not ");
        error(defaults.doCheckJobSize("much"), "is no size");
        error(defaults.doCheckTotalSize("-1"), "totalSize ");
        ok(defaults.doCheckKeepDays("0"));
        ok(defaults.doCheckKeepBuilds(""));
        ok(defaults.doCheckTotalSize("1 TB"));
        error(ofJob.doCheckKeepDays(job, "-2"), "keepDays must be");
        error(ofJob.doCheckKeepBuilds(job, "-2"), "-1 for no limit");
        error(ofJob.doCheckJobSize(job, "-2"), "is no size");
        ok(ofJob.doCheckKeepDays(job, "-1"));
        ok(ofJob.doCheckJobSize(job, "-1"));
        ok(ofJob.doCheckJobSize(job, ""));
    }

    @Test
    void rightValuesAndVariablesPass() {
        ok(save.doCheckImages(job, "shop:1, db:2"));
        ok(save.doCheckImages(job, "${IMAGE}"));
        ok(save.doCheckKeepDays(job, ""));
        ok(save.doCheckKeepDays(job, "0"));
        ok(load.doCheckUrl(job, ""));
        ok(load.doCheckUrl(job, "https://example.com/shop.tar"));
        ok(load.doCheckBuild(job, "17"));
        ok(load.doCheckSha256(job, "A".repeat(64)));
        ok(load.doCheckRename(job, "shop:1=shop:2"));
        ok(imported.doCheckChanges(job, "ENV A=b"));
    }

    @Test
    void othersLearnNothing() throws Exception {
        jenkins.jenkins.setSecurityRealm(jenkins.createDummySecurityRealm());
        jenkins.jenkins.setAuthorizationStrategy(new MockAuthorizationStrategy()
                .grant(Jenkins.READ, Item.READ)
                .everywhere()
                .to("reader")
                .grant(Jenkins.READ, Item.READ, Item.CONFIGURE)
                .everywhere()
                .to("author"));
        try (ACLContext as = ACL.as2(User.getById("reader", true).impersonate2())) {
            ok(save.doCheckImages(job, "SHOP:1"));
            ok(save.doCheckKeepDays(job, "-1"));
            ok(load.doCheckUrl(job, "ftp://x/y"));
            assertThat(save.doFillFormatItems(job), empty());
            assertThat(save.doFillCompressionItems(job), empty());
            ok(save.doCheckImages(null, "SHOP:1"));
            ok(defaults.doCheckKeepDays("-1"));
            ok(defaults.doCheckTotalSize("much"));
            ok(ofJob.doCheckKeepBuilds(job, "-2"));
            ok(ofJob.doCheckJobSize(null, "much"));
        }
        try (ACLContext as = ACL.as2(User.getById("author", true).impersonate2())) {
            error(save.doCheckImages(job, "SHOP:1"), "SHOP:1");
            ok(save.doCheckImages(null, "SHOP:1"));
        }
    }

    @Test
    void choicesHaveTheDefaultFirst() {
        assertThat(values(save.doFillFormatItems(job)), contains("", "oci"));
        assertThat(values(save.doFillCompressionItems(job)), contains("", "auto", "none", "gzip", "zstd"));
        assertThat(values(load.doFillOnConflictItems(job)), contains("", "keep", "fail"));
    }

    @Test
    void checksNeedPost() throws Exception {
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            client.getOptions().setThrowExceptionOnFailingStatusCode(false);
            String path = job.getUrl() + "descriptorByName/" + save.getId() + "/checkImages?value=SHOP:1";
            assertThat(
                    client.getPage(new WebRequest(new URL(jenkins.getURL(), path), HttpMethod.GET))
                            .getWebResponse()
                            .getStatusCode(),
                    anyOf(is(404), is(405)));
            WebRequest post = new WebRequest(new URL(jenkins.getURL(), path), HttpMethod.POST);
            client.addCrumb(post);
            assertThat(client.getPage(post).getWebResponse().getContentAsString(), containsString("SHOP:1"));
            // in the language of the browser, where somebody has translated it (src/test/resources)
            post.setAdditionalHeader("Accept-Language", "de-DE");
            LocaleProvider before = LocaleProvider.getProvider();
            LocaleProvider.setProvider(new LocaleProvider() {
                @Override
                public Locale get() {
                    return Functions.getCurrentLocale(); // as Jenkins has it, but not its test harness
                }
            });
            try {
                assertThat(
                        client.getPage(post).getWebResponse().getContentAsString(),
                        containsString("ist kein Image-Name"));
            } finally {
                LocaleProvider.setProvider(before);
            }
        }
    }

    private static java.util.List<String> values(ListBoxModel items) {
        return items.stream().map(item -> item.value).toList();
    }

    private static void error(FormValidation validation, String part) {
        assertThat(validation.kind, is(FormValidation.Kind.ERROR));
        assertThat(validation.getMessage(), containsString(part));
    }

    private static void ok(FormValidation validation) {
        assertThat(validation.kind, is(FormValidation.Kind.OK));
    }
}
