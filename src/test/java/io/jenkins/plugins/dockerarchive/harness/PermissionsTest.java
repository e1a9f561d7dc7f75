package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.cloudbees.plugins.credentials.CredentialsScope;
import com.cloudbees.plugins.credentials.SystemCredentialsProvider;
import hudson.model.Computer;
import hudson.model.Descriptor;
import hudson.model.FreeStyleBuild;
import hudson.model.FreeStyleProject;
import hudson.model.Item;
import hudson.model.Result;
import hudson.model.Run;
import hudson.model.User;
import hudson.util.Secret;
import io.jenkins.plugins.dockerarchive.builders.DockerLoadBuilder;
import io.jenkins.plugins.dockerarchive.builds.AdministratorPage;
import io.jenkins.plugins.dockerarchive.builds.ArchivePage;
import io.jenkins.plugins.dockerarchive.builds.ArchiveRecord;
import io.jenkins.plugins.dockerarchive.builds.ArchivesAction;
import io.jenkins.plugins.dockerarchive.builds.JobPage;
import io.jenkins.plugins.dockerarchive.builds.Origin;
import io.jenkins.plugins.dockerarchive.builds.Retention;
import io.jenkins.plugins.dockerarchive.config.ArchiveRetentionProperty;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.config.RetentionDefaults;
import io.jenkins.plugins.dockerarchive.operations.ArchiveFormat;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.steps.ArchiveStep;
import java.beans.Introspector;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import jenkins.model.Jenkins;
import jenkins.security.ApiTokenProperty;
import jenkins.security.QueueItemAuthenticatorConfiguration;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerCredentials;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.MockAuthorizationStrategy;
import org.jvnet.hudson.test.MockFolder;
import org.jvnet.hudson.test.MockQueueItemAuthenticator;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/**
 * Everything of this plugin that has an address, asked by those who may and by those who may not. What has an address is
 * found by reflection, so that something new fails here until it is asked as well.
 */
@WithJenkins
class PermissionsTest {

    private static final String PLUGIN = "io.jenkins.plugins.dockerarchive.";

    /** What is done at an address of its own; the questions of forms are all asked in the same way, see below. */
    private static final Set<String> DONE =
            Set.of("ArchivePage.doDownload", "ArchivePage.doDelete", "AdministratorPage.doSweep");

    /** For each question of a form a value that it must refuse; those that fill a choice have none. */
    private static final Map<String, String> WRONG = Map.ofEntries(
            Map.entry("checkAllowedEngines", "nonsense"),
            Map.entry("checkBuild", "yesterday"),
            Map.entry("checkChanges", "RUN make"),
            Map.entry("checkContainer", "a b"),
            Map.entry("checkFile", ""),
            Map.entry("checkImage", "SHOP:1"),
            Map.entry("checkImages", "SHOP:1"),
            Map.entry("checkJobSize", "large"),
            Map.entry("checkKeepBuilds", "-7"),
            Map.entry("checkKeepDays", "-7"),
            Map.entry("checkPlatform", "x"),
            Map.entry("checkPlatforms", "x"),
            Map.entry("checkRename", "shop"),
            Map.entry("checkSha256", "12"),
            Map.entry("checkStash", "a/b"),
            Map.entry("checkTotalSize", "large"),
            Map.entry("checkUrl", "ftp://x/y"));

    private JenkinsRule jenkins;
    private MockFolder a;
    private MockFolder b;
    private FreeStyleProject mine;
    private FreeStyleProject theirs;
    private FreeStyleBuild build;
    private final Map<String, String> tokens = new HashMap<>();

    /** Two folders; the author may do anything to jobs in the first and does not know the second. */
    @BeforeEach
    void setUp(JenkinsRule rule) throws Exception {
        jenkins = rule;
        a = jenkins.createFolder("a");
        b = jenkins.createFolder("b");
        mine = a.createProject(FreeStyleProject.class, "mine");
        theirs = b.createProject(FreeStyleProject.class, "theirs");
        build = built(theirs);
        built(mine);
        SystemCredentialsProvider.getInstance()
                .getCredentials()
                .add(new DockerServerCredentials(
                        CredentialsScope.GLOBAL, "engine", "of all", Secret.fromString("key"), "certificate", "ca"));
        jenkins.jenkins.setSecurityRealm(jenkins.createDummySecurityRealm());
        jenkins.jenkins.setAuthorizationStrategy(new MockAuthorizationStrategy()
                .grant(Jenkins.ADMINISTER)
                .everywhere()
                .to("admin")
                .grant(Jenkins.READ)
                .everywhere()
                .to("author", "reader", "stranger")
                .grant(Item.READ)
                .everywhere()
                .to("reader")
                .grant(Item.READ, Item.EXTENDED_READ, Item.CONFIGURE, Item.BUILD, Run.DELETE, Run.UPDATE)
                .onFolders(a)
                .to("author"));
    }

    @Test
    void nobodyLearnsOrDoesMoreThanHeMay() throws Exception {
        everythingWithAnAddressIsKnownHere();
        pages();
        questionsOfForms();
        credentialsAndConnection();
        deletions();
        downloads();
    }

    private void everythingWithAnAddressIsKnownHere() throws Exception {
        Set<String> unknown = new TreeSet<>();
        int found = 0;
        for (Class<?> type : classes()) {
            for (Method method : type.getDeclaredMethods()) {
                if (method.isSynthetic() || !Modifier.isPublic(method.getModifiers())) {
                    continue;
                }
                String name = method.getName();
                if (name.matches("(do|js|rsp)[A-Z].*|doIndex")) {
                    found++;
                    boolean question = Descriptor.class.isAssignableFrom(type)
                            && (name.startsWith("doFill")
                                    || name.equals("doTestConnection")
                                    || WRONG.containsKey(path(method)));
                    if (!question && !DONE.contains(type.getSimpleName() + "." + name)) {
                        unknown.add(type.getSimpleName() + "." + name);
                    }
                }
            }
        }
        assertThat("ask for it in this test", unknown, empty());
        assertTrue(found > 20, "web methods were found: " + found);
    }

    private void pages() throws Exception {
        String ofBuild = build.getUrl() + "docker-archives/";
        String ofJob = theirs.getUrl() + "docker-archives/";
        for (String page : List.of(ofBuild, ofJob)) {
            assertThat(page, code("GET", page, "reader"), is(200));
            assertThat(text("GET", page, "reader"), containsString("shop_1.tar"));
            for (String user : List.of("author", "stranger")) {
                assertThat(page, code("GET", page, user), is(404));
                assertThat(text("GET", page, user), not(containsString("shop_1.tar")));
            }
        }
        for (String page : List.of("manage/docker-archives/", "manage/docker-archives/dryRun")) {
            assertThat(page, code("GET", page, "admin"), is(200));
            for (String user : List.of("reader", "author", "stranger")) {
                assertThat(page, code("GET", page, user), is(403));
            }
        }
        assertThat(text("GET", "manage/", "reader"), not(containsString("docker-archives")));
        // whatever Stapler would walk through: nothing opens what its page does not
        for (String getter : getters(AdministratorPage.class)) {
            refused("manage/docker-archives/" + getter + "/", "reader");
        }
        for (Class<?> type : List.of(ArchivesAction.class, ArchivePage.class, JobPage.class)) {
            String root = type == JobPage.class ? ofJob : ofBuild + (type == ArchivePage.class ? "archive/0/" : "");
            for (String getter : getters(type)) {
                refused(root + getter + "/", "author");
            }
        }
        assertThat(code("GET", ofBuild + "archive/7/", "reader"), is(404));
        assertThat(code("GET", ofBuild + "archive/x/", "reader"), is(404));
        assertThat(code("GET", ofBuild + "archive/-1/", "reader"), is(404));
    }

    private void refused(String path, String user) throws IOException {
        int code = code("GET", path, user);
        assertTrue(code == 403 || code == 404, path + " answers " + code);
    }

    /** Names of what Stapler may take for a step of an address. */
    private static List<String> getters(Class<?> type) {
        return Stream.of(type.getMethods())
                .filter(method -> method.getName().matches("get[A-Z].*"))
                .filter(method -> method.getDeclaringClass() != Object.class)
                .map(method -> Introspector.decapitalize(method.getName().substring(3))
                        + (method.getParameterCount() == 1 ? "/0" : ""))
                .distinct()
                .toList();
    }

    private void questionsOfForms() throws Exception {
        int asked = 0;
        for (Class<?> type : classes()) {
            if (!Descriptor.class.isAssignableFrom(type) || Modifier.isAbstract(type.getModifiers())) {
                continue;
            }
            Descriptor<?> descriptor = jenkins.jenkins.getDescriptorByType(type.asSubclass(Descriptor.class));
            boolean ofJobs = ArchiveStep.class.isAssignableFrom(descriptor.clazz)
                    || descriptor.clazz == ArchiveRetentionProperty.class;
            for (Method method : type.getMethods()) {
                if (method.isSynthetic()
                        || !method.getDeclaringClass().getName().startsWith(PLUGIN)
                        || !method.getName().matches("do(Check|Fill)[A-Z].*")) {
                    continue;
                }
                asked++;
                askAll("descriptorByName/" + descriptor.getId() + "/" + path(method), path(method), ofJobs);
            }
        }
        assertTrue(asked > 30, "questions: " + asked);
    }

    private void askAll(String question, String name, boolean ofJobs) throws IOException {
        String value = "?value=" + URLEncoder.encode(WRONG.getOrDefault(name, ""), StandardCharsets.UTF_8);
        int byGet = code("GET", question + value, "admin");
        assertTrue(byGet == 404 || byGet == 405, question + " answers " + byGet + " to GET");
        answers(question + value, name, "admin", true);
        for (String user : List.of("reader", "author", "stranger")) {
            answers(question + value, name, user, false);
        }
        if (ofJobs) {
            answers(mine.getUrl() + question + value, name, "author", true);
            answers(mine.getUrl() + question + value, name, "reader", false);
            assertThat(code("POST", theirs.getUrl() + question + value, "author"), is(404));
            answers(theirs.getUrl() + question + value, name, "reader", false);
        }
    }

    /** Whether there is an answer that tells something; checkFile knows no wrong value that is not wrong in a build only. */
    private void answers(String question, String name, String user, boolean tells) throws IOException {
        Answer answer = ask("POST", question, user);
        boolean told =
                answer.code() == 200 && answer.text().contains(name.startsWith("fill") ? "\"value\"" : "\"error\"");
        if (!name.equals("checkFile") || !tells) {
            assertEquals(tells, told, question + " by " + user + ": " + answer);
        }
        assertTrue(answer.code() == 200 || answer.code() == 403, question + " by " + user + ": " + answer.code());
    }

    private static String path(Method method) {
        return Introspector.decapitalize(method.getName().substring("do".length()));
    }

    private void credentialsAndConnection() throws Exception {
        // docker-commons' question, which our forms ask
        String fill = "descriptorByName/" + DockerServerEndpoint.class.getName()
                + "/fillCredentialsIdItems?uri=tcp://127.0.0.1:1";
        assertThat(text("POST", mine.getUrl() + fill, "author"), containsString("engine"));
        assertThat(text("POST", theirs.getUrl() + fill, "reader"), not(containsString("engine")));
        assertThat(code("POST", theirs.getUrl() + fill, "author"), is(404));
        assertThat(text("POST", fill, "author"), not(containsString("engine")));

        String test = "descriptorByName/" + DockerArchiveConfiguration.class.getName()
                + "/testConnection?uri=tcp://127.0.0.1:1&credentialsId=engine&testFrom=";
        int byGet = code("GET", test, "admin");
        assertTrue(byGet == 404 || byGet == 405, "GET: " + byGet);
        assertThat(text("POST", test, "admin"), containsString("127.0.0.1:1"));
        for (String user : List.of("reader", "author", "stranger")) {
            assertThat(code("POST", test, user), is(403));
            assertThat(code("POST", mine.getUrl() + test, user), not(is(200)));
        }
    }

    private void deletions() throws Exception {
        String delete = build.getUrl() + "docker-archives/archive/0/delete";
        assertThat(code("POST", delete, "reader"), is(403));
        assertThat(code("POST", delete, "author"), is(404));
        assertThat(code("POST", delete, "stranger"), is(404));
        assertThat(code("GET", delete, "admin"), is(405));
        // nor by a way that is not meant
        for (String path : List.of("pages/0/delete", "getArchive/0/delete", "archives/0/delete")) {
            assertThat(path, code("POST", build.getUrl() + "docker-archives/" + path, "reader"), not(is(302)));
        }
        assertThat(build.getAction(ArchivesAction.class).getArchives().get(0).isExpired(), is(false));
        FreeStyleBuild own = mine.getLastBuild();
        assertThat(code("GET", own.getUrl() + "docker-archives/archive/0/delete", "author"), is(405));
        assertThat(code("POST", own.getUrl() + "docker-archives/archive/0/delete", "author"), is(302));
        assertThat(own.getAction(ArchivesAction.class).getArchives().get(0).isExpired(), is(true));

        assertThat(code("GET", "manage/docker-archives/sweep", "admin"), is(405));
        for (String user : List.of("reader", "author", "stranger")) {
            assertThat(code("POST", "manage/docker-archives/sweep", user), is(403));
        }
        assertThat(code("POST", "manage/docker-archives/sweep", "admin"), is(302));
    }

    private void downloads() throws Exception {
        String download = build.getUrl() + "docker-archives/archive/0/download";
        assertThat(code("GET", download, "reader"), is(302));
        assertThat(code("GET", download, "author"), is(404));
        assertThat(code("GET", download, "stranger"), is(404));
        String before = System.setProperty("hudson.security.ArtifactsPermission", "true");
        try {
            // where whoever reads a job does not get its artifacts
            assertThat(code("GET", download, "reader"), is(403));
            assertThat(text("GET", build.getUrl() + "docker-archives/", "reader"), not(containsString("curl ")));
        } finally {
            if (before == null) {
                System.clearProperty("hudson.security.ArtifactsPermission");
            }
        }
    }

    /** Builds run as the system, where nobody has said whom else: that opens no job to every other one. */
    @Test
    void whatMayNotBeReadIsNotToldFromWhatIsNotThere() throws Exception {
        DockerArchiveConfiguration.get().setAllowedEngines("*"); // the job runs on the built-in node here
        String refused = load("/b/theirs", "lastSuccessful");
        assertThat(
                refused,
                containsString("'/b/theirs' has no build 'lastSuccessful' whose archives this build may read"));
        assertThat(load("/b/nothing", "lastSuccessful").replace("nothing", "theirs"), is(refused));
        assertThat(load("/nothing/theirs", "lastSuccessful").replace("/nothing/", "/b/"), is(refused));
        String number = load("/b/theirs", "1");
        assertThat(load("/b/theirs", "99").replace("99", "1"), is(number));
        assertThat(load("../b/theirs", "1").replace("../b/", "/b/"), is(number));

        // where an administrator has said whom builds run as, that is who must be allowed to read
        jenkins.jenkins.setAuthorizationStrategy(new MockAuthorizationStrategy()
                .grant(Jenkins.READ, Computer.BUILD)
                .everywhere()
                .to("deployer", "stranger")
                .grant(Item.READ)
                .onFolders(b)
                .to("deployer"));
        runAs("stranger");
        assertThat(load("/b/theirs", "1"), is(number));
        runAs("deployer");
        assertThat("went on to the engine", load("/b/theirs", "1"), containsString("127.0.0.1:1"));
        System.setProperty("hudson.security.ArtifactsPermission", "true");
        try {
            assertThat(load("/b/theirs", "1"), is(number));
        } finally {
            System.clearProperty("hudson.security.ArtifactsPermission");
        }
    }

    private void runAs(String user) throws Exception {
        QueueItemAuthenticatorConfiguration.get()
                .getAuthenticators()
                .replace(new MockQueueItemAuthenticator()
                        .authenticate(
                                mine.getFullName(), User.getById(user, true).impersonate2()));
    }

    private String load(String project, String number) throws Exception {
        DockerLoadBuilder load = new DockerLoadBuilder(null);
        load.setProject(project);
        load.setBuild(number);
        load.setArchive("shop_1.tar");
        load.setDockerServer(new DockerServerEndpoint("tcp://127.0.0.1:1", null));
        mine.getBuildersList().replace(load);
        String log = JenkinsRule.getLog(jenkins.buildAndAssertStatus(Result.FAILURE, mine));
        return log.lines()
                .filter(line -> line.startsWith("ERROR: "))
                .findFirst()
                .orElse(log);
    }

    // what is there

    private FreeStyleBuild built(FreeStyleProject job) throws Exception {
        FreeStyleBuild built = jenkins.buildAndAssertSuccess(job);
        @SuppressWarnings("deprecation") // the place of the one store that this is about
        Path artifacts = built.getArtifactsDir().toPath();
        Files.createDirectories(artifacts);
        Files.writeString(artifacts.resolve("shop_1.tar"), "archive");
        SaveResult.SavedImage image = new SaveResult.SavedImage(
                "sha256:" + "a".repeat(64), List.of("shop:1"), "linux/amd64", List.of(), "/bin/shop", "");
        ArchivesAction.of(built)
                .add(ArchiveRecord.of(
                        new SaveResult("/ws", "shop_1.tar", 7, "b".repeat(64), List.of(image), 7, false),
                        ArchiveFormat.TAR,
                        new Destination(null, true, null, Destination.Existing.REFUSE),
                        new Retention(null, null),
                        new Origin(null, "")));
        return built;
    }

    /** All classes of the plugin, wherever they were compiled to. */
    private static List<Class<?>> classes() throws Exception {
        Path root = Path.of(ArchivesAction.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<Class<?>> classes = new ArrayList<>();
        try (Stream<Path> files = Files.walk(root.resolve(PLUGIN.replace('.', '/')))) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".class")).toList()) {
                String name = root.relativize(file).toString().replaceAll("[/\\\\]", ".");
                classes.add(Class.forName(
                        name.substring(0, name.length() - ".class".length()),
                        false,
                        ArchivesAction.class.getClassLoader()));
            }
        }
        assertThat(classes, hasItems(AdministratorPage.class, RetentionDefaults.class));
        return classes;
    }

    // who asks

    private record Answer(int code, String text) {}

    private Answer ask(String method, String path, String user) throws IOException {
        HttpURLConnection connection = open(method, path, user);
        int code = connection.getResponseCode();
        try (InputStream in = code < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new Answer(code, in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private int code(String method, String path, String user) throws IOException {
        return ask(method, path, user).code();
    }

    private String text(String method, String path, String user) throws IOException {
        return ask(method, path, user).text();
    }

    /** As curl does it: with an API token, which needs no crumb. */
    private HttpURLConnection open(String method, String path, String user) throws IOException {
        String token = tokens.get(user);
        if (token == null) {
            token = User.getById(user, true).getProperty(ApiTokenProperty.class).generateNewToken("test").plainValue;
            tokens.put(user, token);
        }
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(jenkins.getURL() + path).toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setInstanceFollowRedirects(false);
        connection.setRequestProperty(
                "Authorization",
                "Basic " + Base64.getEncoder().encodeToString((user + ":" + token).getBytes(StandardCharsets.UTF_8)));
        return connection;
    }
}
