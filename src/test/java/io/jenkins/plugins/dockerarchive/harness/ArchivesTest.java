package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.allOf;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.stringContainsInOrder;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hudson.ExtensionList;
import hudson.FilePath;
import hudson.Launcher;
import hudson.model.AbstractBuild;
import hudson.model.BuildListener;
import hudson.model.FreeStyleBuild;
import hudson.model.FreeStyleProject;
import hudson.model.Item;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.User;
import io.jenkins.plugins.dockerarchive.builders.DockerLoadBuilder;
import io.jenkins.plugins.dockerarchive.builds.AdministratorPage;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchiveSweep;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.builds.LoadRecord;
import io.jenkins.plugins.dockerarchive.builds.Origin;
import io.jenkins.plugins.dockerarchive.builds.RecordedNames;
import io.jenkins.plugins.dockerarchive.builds.Retention;
import io.jenkins.plugins.dockerarchive.config.ArchiveRetentionProperty;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.RetentionDefaults;
import io.jenkins.plugins.dockerarchive.image.Sha256;
import io.jenkins.plugins.dockerarchive.operations.ArchiveFormat;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.LoadResult;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.retention.RetentionRule;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jenkins.model.ArtifactManager;
import jenkins.model.ArtifactManagerConfiguration;
import jenkins.model.ArtifactManagerFactory;
import jenkins.model.Jenkins;
import jenkins.security.ApiTokenProperty;
import jenkins.security.CustomClassFilter;
import jenkins.util.VirtualFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.MockAuthorizationStrategy;
import org.jvnet.hudson.test.SleepBuilder;
import org.jvnet.hudson.test.TestBuilder;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** What a build keeps, as people see it: pages, downloads, deletion, retention. */
@WithJenkins
class ArchivesTest {

    @TempDir
    private Path directory;

    private JenkinsRule jenkins;
    private FreeStyleProject job;

    @BeforeEach
    void setUp(JenkinsRule rule) throws Exception {
        jenkins = rule;
        job = jenkins.createFreeStyleProject("shop");
    }

    @Test
    void pagesShowWhatWasWrittenAndLoaded() throws Exception {
        FreeStyleBuild build = built("shop_1.tar", new Retention(30, null));
        ArchivesAction action = build.getAction(ArchivesAction.class);
        action.add(LoadRecord.of(
                new LoadResult(List.of(new LoadResult.LoadedImage(
                        "sha256:" + "c".repeat(64), "sha256:" + "d".repeat(64), List.of("db:2"), "linux/amd64", 3, 2))),
                "stash 'db'",
                new Origin(null, "")));
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            String page = client.getPage(build, "docker-archives/").asNormalizedText();
            assertThat(page, containsString("shop_1.tar"));
            assertThat(page, containsString("shop:1"));
            assertThat(page, containsString("/bin/shop"));
            assertThat(page, containsString("linux/amd64"));
            assertThat(page, containsString("stash 'db'"));
            assertThat(page, containsString("2 of 3"));
            assertThat(page, containsString("dockerSave, stage Build, on alpha"));
            assertThat(page, containsString("2 layers with 110 B; 1 new with 10 B"));
            assertThat(page, containsString("artifact/shop_1.tar' | docker load"));
            assertThat(page, not(containsString("zstd")));
            assertThat(
                    client.getPage(build, "docker-archives/").getWebResponse().getContentAsString(),
                    allOf(
                            containsString("docker-archive__layer--shared"),
                            containsString("docker-archive__layer--new"),
                            containsString("text=\"" + "b".repeat(64) + "\""),
                            containsString("docker-archive__button confirmation-link")));
            assertThat(client.getPage(build).asNormalizedText(), containsString("shop_1.tar"));
            String ofJob = client.getPage(job, "docker-archives/").asNormalizedText();
            assertThat(ofJob, containsString("shop_1.tar"));
            assertThat(ofJob, containsString("7 B"));
            assertThat(client.goTo("manage/docker-archives/").asNormalizedText(), containsString("Sweep"));
            assertThat(client.goTo("manage/docker-archives/dryRun").asNormalizedText(), containsString("Nothing"));
        }
    }

    @Test
    void disksAreShownBuildByBuildAndJobByJob() throws Exception {
        FreeStyleBuild first = built("shop_1.tar", new Retention(null, null));
        FreeStyleBuild second = built("shop_2.tar", new Retention(null, null));
        Files.delete(file(second, "shop_2.tar"));
        Files.createLink(file(second, "shop_2.tar"), file(first, "shop_1.tar"));
        Files.writeString(file(built("shop_3.tar", new Retention(null, null)), "shop_3.tar"), "a".repeat(14));
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            String page =
                    client.getPage(job, "docker-archives/").getWebResponse().getContentAsString();
            assertThat(page, allOf(containsString("<svg"), containsString("21 B")));
            // half as high as the third: first all new, then all shared
            assertThat(
                    Pattern.compile("<rect[^>]*>")
                            .matcher(page)
                            .results()
                            .map(bar -> attribute(bar.group(), "class").replaceAll(".*--", "")
                                    + " " + attribute(bar.group(), "x")
                                    + " " + attribute(bar.group(), "y")
                                    + "+" + attribute(bar.group(), "height"))
                            .toList(),
                    is(List.of(
                            "new 0 60+60",
                            "shared 0 120+0",
                            "new 32 60+0",
                            "shared 32 60+60",
                            "new 64 0+120",
                            "shared 64 120+0")));
            FreeStyleProject large = jenkins.createFreeStyleProject("large");
            job = large;
            Files.writeString(file(built("db.tar", new Retention(null, null)), "db.tar"), "a".repeat(1_000));
            sweepUntil(() -> new AdministratorPage().getJobs().size() == 2);
            assertThat(
                    client.goTo("manage/docker-archives/").asNormalizedText(),
                    stringContainsInOrder("1.0 kB", "large", "1.0 kB", "shop", "21 B"));
        }
    }

    @Test
    void namesOfFilesAreNoMarkup() throws Exception {
        FreeStyleBuild build = built("<img src=x>.tar", new Retention(null, null));
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            assertThat(
                    client.getPage(build, "docker-archives/").getWebResponse().getContentAsString(),
                    not(containsString("<img src=x>")));
            assertThat(
                    client.getPage(job, "docker-archives/").getWebResponse().getContentAsString(),
                    not(containsString("<img src=x>")));
        }
    }

    @Test
    void emptyAndExpiredArchivesAreSaid() throws Exception {
        FreeStyleBuild empty = jenkins.buildAndAssertSuccess(job);
        ArchivesAction.of(empty);
        FreeStyleBuild build = built("shop_1.tar", new Retention(0, null));
        built("shop_2.tar", new Retention(null, null)); // so that the first is not the last successful one
        sweepUntil(() -> record(build).isExpired());
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            assertThat(
                    client.getPage(empty, "docker-archives/").asNormalizedText(), containsString("wrote no archive"));
            String page = client.getPage(build, "docker-archives/").asNormalizedText();
            assertThat(page, containsString("Removed on"));
            assertThat(page, containsString("0 days"));
            assertThat(page, not(containsString("Download")));
        }
    }

    @Test
    void sweepRemovesByRulesAndSparesWhatIsProtected() throws Exception {
        FreeStyleBuild kept = built("shop_1.tar", new Retention(0, null));
        kept.keepLog(true);
        FreeStyleBuild old = built("shop_2.tar", new Retention(0, null));
        FreeStyleBuild last = built("shop_3.tar", new Retention(0, null));
        // within the build: one that has ended without an archive is not looked at again
        job.getBuildersList().add(new WritingFailure());
        FreeStyleBuild failed = jenkins.buildAndAssertStatus(Result.FAILURE, job);
        job.getBuildersList().replaceBy(List.of()); // Jenkins reads no builder of a test back
        // as a Jenkins leaves it that is killed within a removal, and within a save
        Path ofOld = old.getRootDir().toPath().resolve("docker-archive");
        Files.writeString(
                Files.createDirectories(ofOld.resolve(".docker-archive-a.gone/blobs"))
                        .resolve("b"),
                "b");
        Path ofKept = kept.getRootDir().toPath().resolve("docker-archive");
        Files.writeString(
                Files.createDirectories(ofKept.resolve("blobs/sha256")).resolve(".docker-archive-c.part"), "c");
        Files.writeString(
                Files.createDirectories(ofKept.resolve("stashes/shop")).resolve("oci-layout"), "{}");
        sweepUntil(() -> record(old).isExpired());
        sweepUntil(() -> record(failed).isExpired());
        sweepUntil(() -> !Files.exists(ofOld));
        sweepUntil(() -> !Files.exists(ofKept));
        assertThat(record(old).getExpiredRule(), is(RetentionRule.DAYS));
        assertThat(file(old, "shop_2.tar").toFile().exists(), is(false));
        assertThat(record(kept).isExpired(), is(false));
        assertThat(file(kept, "shop_1.tar").toFile().exists(), is(true));
        assertThat(record(last).isExpired(), is(false));
        job.doReload();
        FreeStyleBuild again = job.getBuildByNumber(old.getNumber());
        assertThat(record(again).getExpiredRule(), is(RetentionRule.DAYS));
        assertThat(record(again).getImages(), is(List.of("shop:1")));
    }

    @Test
    void jobSaysMoreThanTheDefaults() throws Exception {
        // the rules come last: a sweep after a build takes it for settled, before its archive is added here
        FreeStyleBuild first = built("shop_1.tar", new Retention(null, null));
        FreeStyleBuild second = built("shop_2.tar", new Retention(null, null));
        RetentionDefaults defaults = new RetentionDefaults();
        defaults.setKeepDays(0);
        DockerArchiveConfiguration.get().setRetention(defaults);
        ArchiveRetentionProperty own = new ArchiveRetentionProperty();
        own.setKeepDays(-1);
        own.setKeepBuilds(1);
        job.addProperty(own);
        sweepUntil(() -> record(first).isExpired());
        assertThat(record(first).getExpiredRule(), is(RetentionRule.BUILDS));
        assertThat(record(second).isExpired(), is(false));
    }

    @Test
    void oldestOfAllJobsGoesWhenAllAreTooLarge() throws Exception {
        FreeStyleBuild first = built("shop_1.tar", new Retention(null, null));
        FreeStyleBuild second = built("shop_2.tar", new Retention(null, null));
        RetentionDefaults defaults = new RetentionDefaults();
        defaults.setTotalSize("10 B");
        DockerArchiveConfiguration.get().setRetention(defaults);
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            assertThat(client.goTo("manage/docker-archives/dryRun").asNormalizedText(), containsString("shop_1.tar"));
        }
        assertThat("a dry run touches nothing", record(first).isExpired(), is(false));
        sweepUntil(() -> record(first).isExpired());
        assertThat(record(first).getExpiredRule(), is(RetentionRule.TOTAL_SIZE));
        assertThat(record(second).isExpired(), is(false));
    }

    @Test
    void nameThatLeavesTheBuildIsLeftAlone() throws Exception {
        Path outside = Files.writeString(jenkins.jenkins.getRootDir().toPath().resolve("outside.tar"), "mine");
        FreeStyleBuild build = built("../../../../../outside.tar", new Retention(0, null));
        FreeStyleBuild second = built("shop_2.tar", new Retention(0, null));
        built("shop_3.tar", new Retention(null, null));
        sweepUntil(() -> record(second).isExpired());
        assertThat(record(build).isExpired(), is(false));
        assertThat(Files.readString(outside), is("mine"));
    }

    @Test
    void deletionNeedsAPostAndThePermission() throws Exception {
        FreeStyleBuild build = built("shop_1.tar", new Retention(null, null));
        secure();
        String delete = build.getUrl() + "docker-archives/archive/0/delete";
        assertThat(request("GET", delete, "admin"), is(405));
        assertThat(request("POST", delete, "reader"), is(403));
        assertThat(file(build, "shop_1.tar").toFile().exists(), is(true));
        assertThat(request("POST", delete, "admin"), is(302));
        assertThat(file(build, "shop_1.tar").toFile().exists(), is(false));
        assertThat(record(build).getExpiredRule(), is(RetentionRule.BY_HAND));
        assertThat(record(build).getExpiredBy(), is("admin"));
        assertThat(request("POST", delete, "admin"), is(404));
        assertThat(request("POST", build.getUrl() + "docker-archives/archive/7/delete", "admin"), is(404));
    }

    @Test
    void whatIsKeptForeverIsNotDeleted() throws Exception {
        FreeStyleBuild build = built("shop_1.tar", new Retention(null, null));
        build.keepLog(true);
        secure();
        assertThat(request("POST", build.getUrl() + "docker-archives/archive/0/delete", "admin"), is(409));
        assertThat(file(build, "shop_1.tar").toFile().exists(), is(true));
    }

    @Test
    void administratorsPageIsForAdministrators() throws Exception {
        secure();
        assertThat(request("GET", "manage/docker-archives/", "reader"), is(403));
        assertThat(request("GET", "manage/docker-archives/dryRun", "reader"), is(403));
        assertThat(request("POST", "manage/docker-archives/sweep", "reader"), is(403));
        assertThat(request("GET", "manage/docker-archives/sweep", "admin"), is(405));
        assertThat(request("POST", "manage/docker-archives/sweep", "admin"), is(302));
    }

    @Test
    void remoteStoreKeepsWhatShouldGoAndSaysWhy() throws Exception {
        ExtensionList.lookup(CustomClassFilter.class).add(0, new AllowElsewhere());
        ArtifactManagerConfiguration.get()
                .getArtifactManagerFactories()
                .add(new ElsewhereFactory(Files.createDirectories(directory.resolve("elsewhere"))));
        FreeStyleBuild old = jenkins.buildAndAssertSuccess(job);
        assertThat(old.pickArtifactManager(), instanceOf(Elsewhere.class));
        Files.writeString(((Elsewhere) old.getArtifactManager()).file("shop_1.tar"), "archive");
        add(old, "shop_1.tar", "b".repeat(64), ArchiveFormat.TAR, new Retention(0, null));
        ArtifactManagerConfiguration.get().getArtifactManagerFactories().clear();
        FreeStyleBuild local = built("shop_2.tar", new Retention(0, null));
        built("shop_3.tar", new Retention(null, null));
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            assertThat(
                    client.goTo("manage/docker-archives/dryRun").asNormalizedText(),
                    allOf(
                            containsString("shop_1.tar"),
                            containsString("It stays all the same"),
                            containsString("kept by Elsewhere, which deletes no single artifact")));
            sweepUntil(() -> record(local).isExpired());
            assertThat(record(old).isExpired(), is(false));
            assertThat(
                    ((Elsewhere) old.getArtifactManager())
                            .file("shop_1.tar")
                            .toFile()
                            .exists(),
                    is(true));
            assertThat(
                    Files.readString(
                            jenkins.jenkins.getRootDir().toPath().resolve("logs/tasks/Docker archive retention.log")),
                    containsString("Kept shop_1.tar of shop #1, which should go by keepDays: 0: the artifacts"));
            assertThat(
                    client.getPage(old, "docker-archives/").getWebResponse().getContentAsString(),
                    allOf(containsString("artifact/shop_1.tar"), not(containsString("archive/0/delete"))));
        }
    }

    /** Keeps artifacts somewhere that is not Jenkins' own place for them. */
    public static final class Elsewhere extends ArtifactManager {

        private final String directory;

        Elsewhere(Path directory) {
            this.directory = directory.toString();
        }

        Path file(String name) {
            return Path.of(directory, name);
        }

        @Override
        public void onLoad(Run<?, ?> build) {
            // nothing: the directory says all
        }

        @Override
        public void archive(
                FilePath workspace, Launcher launcher, BuildListener listener, Map<String, String> artifacts) {
            throw new UnsupportedOperationException("artifacts are put there by hand");
        }

        @Override
        public boolean delete() {
            return false;
        }

        @Override
        public VirtualFile root() {
            return VirtualFile.forFile(new File(directory));
        }
    }

    /** Has all builds keep theirs there. */
    public static final class ElsewhereFactory extends ArtifactManagerFactory {

        private final transient Path directory;

        ElsewhereFactory(Path directory) {
            this.directory = directory;
        }

        @Override
        public ArtifactManager managerFor(Run<?, ?> build) {
            return new Elsewhere(directory);
        }
    }

    /** Jenkins writes only classes that it knows into its files; those of tests it knows in some environments only. */
    private static final class AllowElsewhere implements CustomClassFilter {
        @Override
        public Boolean permits(Class<?> type) {
            return type == Elsewhere.class || type == ElsewhereFactory.class ? Boolean.TRUE : null;
        }
    }

    @Test
    void whatBecameOfAnArchiveIsToldOnlyToWhoMayReadIt() throws Exception {
        FreeStyleBuild old = built("shop_1.tar", new Retention(0, null));
        built("shop_2.tar", new Retention(null, null));
        sweepUntil(() -> record(old).isExpired());
        DockerArchiveConfiguration.get().setAllowedEngines("*"); // on the built-in node; no engine is asked
        DockerLoadBuilder load = new DockerLoadBuilder(null);
        load.setProject("shop");
        load.setBuild("1");
        FreeStyleProject deploy = jenkins.createFreeStyleProject("deploy");
        deploy.getBuildersList().add(load);
        jenkins.jenkins.setSecurityRealm(jenkins.createDummySecurityRealm());
        MockAuthorizationStrategy nobody =
                new MockAuthorizationStrategy().grant(Jenkins.READ).everywhere().toAuthenticated();
        jenkins.jenkins.setAuthorizationStrategy(nobody);
        String refused = JenkinsRule.getLog(jenkins.buildAndAssertStatus(Result.FAILURE, deploy));
        assertThat(refused, containsString("Project 'shop' has no build '1' whose archives this build may read"));
        assertThat(refused, not(containsString("removed")));
        jenkins.jenkins.setAuthorizationStrategy(
                nobody.grant(Item.READ).onItems(job).toAuthenticated());
        assertThat(
                JenkinsRule.getLog(jenkins.buildAndAssertStatus(Result.FAILURE, deploy)),
                allOf(
                        containsString("The archive 'shop_1.tar' of shop #1 was removed on "),
                        containsString("by the rule keepDays: 0; take it from another build")));
    }

    @Test
    void stepSaysMoreThanJobAndDefaults() throws Exception {
        FreeStyleBuild longer = built("shop_1.tar", new Retention(30, 5));
        FreeStyleBuild days = built("shop_2.tar", new Retention(null, 5));
        FreeStyleBuild builds = built("shop_3.tar", new Retention(30, null));
        built("shop_4.tar", new Retention(null, null));
        RetentionDefaults defaults = new RetentionDefaults();
        defaults.setKeepDays(0);
        DockerArchiveConfiguration.get().setRetention(defaults);
        ArchiveRetentionProperty own = new ArchiveRetentionProperty();
        own.setKeepBuilds(1);
        job.addProperty(own);
        sweepUntil(() -> record(days).isExpired() && record(builds).isExpired());
        assertThat("by this Jenkins", record(days).getExpiredRule(), is(RetentionRule.DAYS));
        assertThat("by the job", record(builds).getExpiredRule(), is(RetentionRule.BUILDS));
        assertThat("the step has asked for both", record(longer).isExpired(), is(false));
    }

    @Test
    void runningBuildKeepsItsArchives() throws Exception {
        built("shop_0.tar", new Retention(0, null));
        job.getBuildersList().add(new SleepBuilder(120_000));
        FreeStyleBuild running = job.scheduleBuild2(0).waitForStart();
        Path artifact = file(running, "shop_1.tar");
        write(running, "shop_1.tar", new Retention(0, null));
        FreeStyleProject other = jenkins.createFreeStyleProject("other");
        job = other;
        FreeStyleBuild old = built("shop_2.tar", new Retention(0, null));
        built("shop_3.tar", new Retention(null, null));
        sweepUntil(() -> record(old).isExpired());
        assertThat(record(running).isExpired(), is(false));
        assertThat(artifact.toFile().exists(), is(true));
        running.doStop();
        jenkins.assertBuildStatus(Result.ABORTED, jenkins.waitForCompletion(running));
        sweepUntil(() -> record(running).isExpired());
    }

    @Test
    void layoutIsDownloadedAsOneTarWithAnApiToken() throws Exception {
        FreeStyleBuild build = layout("shop_1");
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            assertThat(
                    client.getPage(build, "docker-archives/").asNormalizedText(), containsString("Docker 23 or later"));
        }
        secure();
        String download = build.getUrl() + "docker-archives/archive/0/download";
        HttpURLConnection connection = open("GET", download, "reader");
        byte[] tar = connection.getInputStream().readAllBytes();
        assertThat(connection.getContentLengthLong(), is((long) tar.length));
        assertThat(new String(tar, StandardCharsets.ISO_8859_1), containsString("manifest.json"));
        HttpURLConnection head = open("HEAD", download, "reader");
        assertThat(head.getResponseCode(), is(200));
        assertThat(head.getContentLengthLong(), is((long) tar.length));
    }

    @Test
    void damagedLayoutIsNoWholeDownload() throws Exception {
        FreeStyleBuild build = layout("shop_1");
        Path blob = file(build, "shop_1").resolve("blobs/sha256/" + Sha256.hex(Sha256.of(LAYER)));
        byte[] flipped = LAYER.clone();
        flipped[LAYER.length / 2] ^= 1;
        Files.write(blob, flipped);
        secure();
        String download = build.getUrl() + "docker-archives/archive/0/download";
        HttpURLConnection connection = open("GET", download, "reader");
        long announced = connection.getContentLengthLong();
        ByteArrayOutputStream arrived = new ByteArrayOutputStream();
        try (InputStream in = connection.getInputStream()) {
            in.transferTo(arrived);
        } catch (IOException e) {
            // how some clients tell that bytes are missing; this one only stops
            assertThat(announced > 0, is(true));
        }
        assertThat((long) arrived.size() < announced, is(true));
        Files.delete(blob);
        assertThat(request("GET", download, "reader"), is(500));
    }

    @Test
    void fullPathOfAnArchiveIsNeverAmbiguous() throws Exception {
        FreeStyleBuild build = layout("shop");
        add(build, "delivery/shop.tar", "b".repeat(64), ArchiveFormat.TAR, new Retention(null, null));
        RecordedNames names = new RecordedNames();
        assertThat("both hold shop:1", names.artifacts(build, "shop:1"), is(Set.of("shop", "delivery/shop.tar")));
        assertThat("also the repository of that image", names.artifacts(build, "shop"), is(Set.of("shop")));
        assertThat(names.artifacts(build, "delivery/shop.tar"), is(Set.of("delivery/shop.tar")));
    }

    @Test
    void tarIsTheArtifact() throws Exception {
        FreeStyleBuild build = built("a dir/shop 1.tar", new Retention(null, null));
        secure();
        HttpURLConnection connection = open("GET", build.getUrl() + "docker-archives/archive/0/download", "reader");
        assertThat(new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8), is("archive"));
    }

    @Test
    void recordsOfTheFirstVersionAreRead() throws Exception {
        ArchivesAction action = (ArchivesAction) Run.XSTREAM2.fromXML(
                "<io.jenkins.plugins.dockerarchive.builds.ArchivesAction plugin='docker-archive@1'><archives>"
                        + "<io.jenkins.plugins.dockerarchive.builds.ArchiveRecord><verb>dockerSave</verb>"
                        + "<file>shop_1.tar</file><size>7</size><sha256>ab</sha256>"
                        + "<images><string>shop:1</string></images><inWorkspace>false</inWorkspace>"
                        + "<artifact>true</artifact><keepDays>3</keepDays><time>1700000000000</time>"
                        + "</io.jenkins.plugins.dockerarchive.builds.ArchiveRecord></archives>"
                        + "</io.jenkins.plugins.dockerarchive.builds.ArchivesAction>");
        ArchivesAction second = (ArchivesAction) Run.XSTREAM2.fromXML(
                "<io.jenkins.plugins.dockerarchive.builds.ArchivesAction plugin='docker-archive@2'><archives/><loads>"
                        + "<io.jenkins.plugins.dockerarchive.builds.LoadRecord><verb>dockerLoad</verb>"
                        + "<source>stash &apos;shop&apos;</source><images>"
                        + "<io.jenkins.plugins.dockerarchive.builds.LoadRecord_-Image><id>sha256:ab</id>"
                        + "<references><string>shop:1</string></references><layers>3</layers>"
                        + "<layersReused>1</layersReused></io.jenkins.plugins.dockerarchive.builds.LoadRecord_-Image>"
                        + "</images><time>1700000000000</time>"
                        + "</io.jenkins.plugins.dockerarchive.builds.LoadRecord></loads>"
                        + "</io.jenkins.plugins.dockerarchive.builds.ArchivesAction>");
        LoadRecord.Image loaded = second.getLoads().get(0).getImages().get(0);
        assertThat("engines' own IDs before config digests were told", loaded.getConfigDigest(), is("sha256:ab"));
        assertThat(loaded.getPlatform(), is(""));
        assertThat(action.getLoads(), hasSize(0));
        ArchiveRecord record = action.getArchives().get(0);
        assertThat(record.getImages(), is(List.of("shop:1")));
        assertThat(record.getDetails(), hasSize(0));
        assertThat(record.isExpired(), is(false));
        assertThat(record.getFormat(), nullValue());
        FreeStyleBuild build = jenkins.buildAndAssertSuccess(job);
        build.addAction(action);
        build.save();
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            assertThat(client.getPage(build, "docker-archives/").asNormalizedText(), containsString("Missing"));
        }
    }

    @Test
    void pagesSurviveARenameOfTheJob() throws Exception {
        built("shop_1.tar", new Retention(null, null));
        job.renameTo("store");
        try (JenkinsRule.WebClient client = jenkins.createWebClient()) {
            assertThat(
                    client.getPage(job.getBuildByNumber(1), "docker-archives/").asNormalizedText(),
                    containsString("shop_1.tar"));
        }
    }

    @Test
    void jobPropertyIsKeptByItsForm() throws Exception {
        ArchiveRetentionProperty own = new ArchiveRetentionProperty();
        own.setKeepDays(3);
        own.setKeepBuilds(-1);
        own.setJobSize("20 GB");
        job.addProperty(own);
        jenkins.configRoundtrip(job);
        ArchiveRetentionProperty after = job.getProperty(ArchiveRetentionProperty.class);
        assertThat(after, notNullValue());
        jenkins.assertEqualDataBoundBeans(own, after);
        job.removeProperty(ArchiveRetentionProperty.class);
        jenkins.configRoundtrip(job);
        assertThat(job.getProperty(ArchiveRetentionProperty.class), nullValue());
        // a file that is sent goes through the same checks
        String type = ArchiveRetentionProperty.class.getName();
        for (String wrong : List.of("<keepDays>-5</keepDays>", "<jobSize>much</jobSize>")) {
            assertThrows(
                    RuntimeException.class,
                    () -> Jenkins.XSTREAM2.fromXML("<" + type + ">" + wrong + "</" + type + ">"));
        }
        ArchiveRetentionProperty right = (ArchiveRetentionProperty)
                Jenkins.XSTREAM2.fromXML("<" + type + "><keepDays>5</keepDays></" + type + ">");
        assertThat(right.getKeepDays(), is(5));
    }

    private static String attribute(String tag, String name) {
        Matcher found = Pattern.compile("\\s" + name + "=\"([^\"]*)\"").matcher(tag);
        return found.find() ? found.group(1) : "";
    }

    private static final byte[] LAYER = "layer".repeat(2_000).getBytes(StandardCharsets.UTF_8);

    private FreeStyleBuild built(String file, Retention retention) throws Exception {
        FreeStyleBuild build = jenkins.buildAndAssertSuccess(job);
        write(build, file, retention);
        return build;
    }

    /** Writes an archive, and fails. */
    public static final class WritingFailure extends TestBuilder {
        @Override
        public boolean perform(AbstractBuild<?, ?> build, Launcher launcher, BuildListener listener)
                throws IOException {
            write((FreeStyleBuild) build, "shop_4.tar", new Retention(0, null));
            return false;
        }
    }

    private static void write(FreeStyleBuild build, String file, Retention retention) throws IOException {
        if (!file.startsWith("..")) {
            Path artifact = file(build, file);
            Files.createDirectories(artifact.getParent());
            Files.writeString(artifact, "archive");
        }
        add(build, file, "b".repeat(64), ArchiveFormat.TAR, retention);
    }

    private FreeStyleBuild layout(String name) throws Exception {
        FreeStyleBuild build = jenkins.buildAndAssertSuccess(job);
        String index = writeLayout(file(build, name));
        add(build, name, index, ArchiveFormat.OCI, new Retention(null, null));
        return build;
    }

    /** Writes a small OCI image layout; returns the SHA-256 of its index. */
    static String writeLayout(Path layout) throws IOException {
        Path blobs = Files.createDirectories(layout.resolve("blobs/sha256"));
        byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
        byte[] manifest = ("{\"schemaVersion\":2,\"config\":" + descriptor(config) + ",\"layers\":[" + descriptor(LAYER)
                        + "]}")
                .getBytes(StandardCharsets.UTF_8);
        for (byte[] blob : List.of(config, manifest, LAYER)) {
            Files.write(blobs.resolve(Sha256.hex(Sha256.of(blob))), blob);
        }
        byte[] index =
                ("{\"schemaVersion\":2,\"manifests\":[" + descriptor(manifest) + "]}").getBytes(StandardCharsets.UTF_8);
        Files.write(layout.resolve("index.json"), index);
        Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        Files.writeString(
                layout.resolve("manifest.json"),
                "[{\"Config\":\"blobs/sha256/" + Sha256.hex(Sha256.of(config))
                        + "\",\"RepoTags\":[\"shop:1\"],\"Layers\":[\"blobs/sha256/" + Sha256.hex(Sha256.of(LAYER))
                        + "\"]}]");
        return Sha256.hex(Sha256.of(index));
    }

    private static String descriptor(byte[] blob) {
        return "{\"digest\":\"" + Sha256.of(blob) + "\",\"size\":" + blob.length + "}";
    }

    private static void add(FreeStyleBuild build, String file, String sha256, ArchiveFormat format, Retention retention)
            throws IOException {
        SaveResult.SavedImage image = new SaveResult.SavedImage(
                "sha256:" + "a".repeat(64),
                List.of("shop:1"),
                "linux/amd64",
                List.of(
                        new SaveResult.SavedLayer("sha256:" + "d".repeat(64), 100, false),
                        new SaveResult.SavedLayer("sha256:" + "e".repeat(64), 10, true)),
                "/bin/shop",
                "2026-11-25T12:00:00Z");
        ArchivesAction.of(build)
                .add(ArchiveRecord.of(
                        new SaveResult("/ws", file, 7, sha256, List.of(image), 7, false),
                        format,
                        new Destination(null, true, null, Destination.Existing.REFUSE),
                        retention,
                        new Origin("Build", "alpha")));
    }

    private static ArchiveRecord record(Run<?, ?> build) {
        return build.getAction(ArchivesAction.class).getArchives().get(0);
    }

    @SuppressWarnings("deprecation") // the place of the one store that this is about
    private static Path file(Run<?, ?> build, String name) {
        return build.getArtifactsDir().toPath().resolve(name);
    }

    private static void sweepUntil(Callable<Boolean> done) throws Exception {
        ArchiveSweep sweep = ExtensionList.lookupSingleton(ArchiveSweep.class);
        long end = System.nanoTime() + 30_000_000_000L;
        while (!done.call()) {
            assertTrue(System.nanoTime() < end, "the sweep did not remove it");
            sweep.doRun();
            Thread.sleep(50);
        }
    }

    private void secure() {
        jenkins.jenkins.setSecurityRealm(jenkins.createDummySecurityRealm());
        jenkins.jenkins.setAuthorizationStrategy(new MockAuthorizationStrategy()
                .grant(Jenkins.ADMINISTER)
                .everywhere()
                .to("admin")
                .grant(Jenkins.READ, Item.READ)
                .everywhere()
                .to("reader"));
    }

    private int request(String method, String path, String user) throws Exception {
        return open(method, path, user).getResponseCode();
    }

    /** As curl does it: with an API token, which needs no crumb. */
    private HttpURLConnection open(String method, String path, String user) throws Exception {
        ApiTokenProperty tokens = User.getById(user, true).getProperty(ApiTokenProperty.class);
        String token = tokens.generateNewToken("test").plainValue;
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(jenkins.getURL() + path).toURL().openConnection();
        connection.setRequestMethod(method);
        // the client would follow the answer to a POST without its token
        connection.setInstanceFollowRedirects(!method.equals("POST"));
        connection.setRequestProperty(
                "Authorization",
                "Basic " + Base64.getEncoder().encodeToString((user + ":" + token).getBytes(StandardCharsets.UTF_8)));
        return connection;
    }
}
