package io.jenkins.plugins.dockerarchive.harness;

import static org.hamcrest.MatcherAssert.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.is;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.cloudbees.plugins.credentials.Credentials;
import com.cloudbees.plugins.credentials.CredentialsParameterDefinition;
import com.cloudbees.plugins.credentials.CredentialsParameterValue;
import com.cloudbees.plugins.credentials.CredentialsProvider;
import com.cloudbees.plugins.credentials.CredentialsScope;
import com.cloudbees.plugins.credentials.CredentialsStore;
import com.cloudbees.plugins.credentials.domains.Domain;
import com.cloudbees.plugins.credentials.domains.HostnameSpecification;
import com.cloudbees.plugins.credentials.impl.UsernamePasswordCredentialsImpl;
import hudson.model.Cause;
import hudson.model.CauseAction;
import hudson.model.Computer;
import hudson.model.Item;
import hudson.model.ModelObject;
import hudson.model.ParametersAction;
import hudson.model.ParametersDefinitionProperty;
import hudson.model.Result;
import hudson.model.Slave;
import hudson.model.TopLevelItem;
import hudson.model.TopLevelItemDescriptor;
import hudson.model.User;
import hudson.security.ACL;
import hudson.security.ACLContext;
import hudson.util.Secret;
import io.jenkins.plugins.dockerarchive.config.DockerArchiveConfiguration;
import io.jenkins.plugins.dockerarchive.testengines.PrivateEngine;
import io.jenkins.plugins.dockerarchive.testengines.TcpRelay;
import io.jenkins.plugins.dockerarchive.testengines.TestCertificates;
import io.jenkins.plugins.dockerarchive.testengines.TestEngine;
import io.jenkins.plugins.dockerarchive.testengines.TestEngines;
import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jenkins.model.Jenkins;
import jenkins.model.ModifiableTopLevelItemGroup;
import jenkins.security.QueueItemAuthenticatorConfiguration;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerCredentials;
import org.jenkinsci.plugins.docker.commons.credentials.DockerServerEndpoint;
import org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition;
import org.jenkinsci.plugins.workflow.job.WorkflowJob;
import org.jenkinsci.plugins.workflow.job.WorkflowRun;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.MockAuthorizationStrategy;
import org.jvnet.hudson.test.MockQueueItemAuthenticator;
import org.jvnet.hudson.test.junit.jupiter.InboundAgentExtension;
import org.jvnet.hudson.test.junit.jupiter.WithJenkins;

/** A real {@code dockerd --tlsverify} is reached with what the credentials store has, and with nothing else. */
@WithJenkins
class EngineCredentialsTest {

    private static final String FOLDER = "com.cloudbees.hudson.plugins.folder.Folder";

    @RegisterExtension
    final InboundAgentExtension agents = new InboundAgentExtension();

    @TempDir
    private Path temporary;

    private static TestCertificates certificates;
    private static PrivateEngine daemon;

    private JenkinsRule jenkins;
    private Slave agent;
    private TestEngine engine;
    private TcpRelay relay;
    private String image;

    @BeforeAll
    static void startDaemon() throws Exception {
        TestEngine running = TestEngines.running().get(0);
        certificates = new TestCertificates();
        daemon = PrivateEngine.startWithTls(running.name(), certificates);
    }

    @AfterAll
    static void stopDaemon() throws Exception {
        if (daemon != null) {
            daemon.close();
        }
    }

    @BeforeEach
    void setUp(JenkinsRule rule) throws Exception {
        jenkins = rule;
        engine = daemon.engine();
        image = engine.uniqueName() + ":1";
        engine.createImage(image, new TestLayer().random("noise", 2 << 20, 1));
        relay = new TcpRelay(daemon.tls());
        agent = agents.createAgent(
                jenkins,
                InboundAgentExtension.Options.newBuilder()
                        .name("agent")
                        .javaOptions("-Djava.io.tmpdir=" + temporary)
                        .build());
    }

    @AfterEach
    void tearDown() throws Exception {
        relay.close();
        engine.close();
    }

    /** One Jenkins and its agent for all: most of the time of each would go into starting them. */
    @TestFactory
    Stream<DynamicTest> onOneAgent() {
        return Stream.of(
                DynamicTest.dynamicTest(
                        "jobUsesThoseOfTheSystemAndOfItsFolders", this::jobUsesThoseOfTheSystemAndOfItsFolders),
                DynamicTest.dynamicTest("keyIsNeverWrittenDown", this::keyIsNeverWrittenDown),
                // the last one, because it lets nobody do much
                DynamicTest.dynamicTest("userLendsThemToABuild", this::userLendsThemToABuild));
    }

    private void jobUsesThoseOfTheSystemAndOfItsFolders() throws Exception {
        CredentialsStore system = store(jenkins.jenkins);
        Credentials ofSystem = certificate(CredentialsScope.GLOBAL, "of-system");
        system.addCredentials(Domain.global(), ofSystem);
        system.addCredentials(Domain.global(), certificate(CredentialsScope.SYSTEM, "of-administrators"));
        system.addCredentials(
                Domain.global(),
                new UsernamePasswordCredentialsImpl(
                        CredentialsScope.GLOBAL, "password", "", "alice", "a long enough password"));
        Domain elsewhere = new Domain("elsewhere", "", List.of(new HostnameSpecification("*.example.org", "")));
        system.addDomain(elsewhere, certificate(CredentialsScope.GLOBAL, "of-domain"));
        TestCertificates strangers = new TestCertificates();
        system.addCredentials(
                Domain.global(),
                credentials(
                        CredentialsScope.GLOBAL,
                        "of-a-stranger",
                        strangers.key(),
                        strangers.certificate(),
                        certificates.authority()));
        system.addCredentials(
                Domain.global(),
                credentials(
                        CredentialsScope.GLOBAL,
                        "trusts-others",
                        certificates.key(),
                        certificates.certificate(),
                        strangers.authority()));
        system.addCredentials(
                Domain.global(),
                credentials(
                        CredentialsScope.GLOBAL,
                        "other-key",
                        strangers.key(),
                        certificates.certificate(),
                        certificates.authority()));
        String needle = "bm8gcGFydCBvZiBhIGtleSBpbiBhbnkgbG9n";
        system.addCredentials(
                Domain.global(),
                credentials(
                        CredentialsScope.GLOBAL,
                        "broken-key",
                        "-----BEGIN PRIVATE KEY-----\n" + needle + "\n-----END PRIVATE KEY-----\n",
                        certificates.certificate(),
                        certificates.authority()));

        succeeds(job(jenkins.jenkins, "of-system"));
        assertThat(CredentialsProvider.getFingerprintOf(ofSystem), notNullValue());
        List<String> refused = new ArrayList<>();
        for (Map.Entry<String, String> wrong : Map.of(
                        "no-such", "there are no credentials 'no-such' of the kind X.509 Client Certificate",
                        "password", "there are no credentials 'password' of the kind X.509 Client Certificate",
                        "of-domain", "there are no credentials 'of-domain' of the kind",
                        "of-administrators", "there are no credentials 'of-administrators' of the kind",
                        "of-a-stranger", "it refused the client certificate",
                        "trusts-others", "its certificate is not trusted",
                        "other-key", "the client key does not belong to the client certificate",
                        "broken-key", "the client key cannot be read")
                .entrySet()) {
            refused.add(fails(job(jenkins.jenkins, wrong.getKey()), wrong.getValue()));
        }
        assertThat(String.join("\n", refused), not(containsString(needle)));
        assertThat(String.join("\n", refused), not(containsString("a long enough password")));
        fails(jobWith(jenkins.jenkins, "dockerServer: [uri: '" + uri() + "']"), uri());

        // what administrators have chosen for everybody may be kept from jobs that name it themselves
        DockerArchiveConfiguration.get().setDockerServer(new DockerServerEndpoint(uri(), "of-administrators"));
        succeeds(jobWith(jenkins.jenkins, "overwrite: true"));
        DockerArchiveConfiguration.get().setDockerServer(null);

        TopLevelItemDescriptor type = (TopLevelItemDescriptor) jenkins.jenkins.getDescriptor(FOLDER);
        assumeTrue(type != null, "this Jenkins has no folders with credentials");
        TopLevelItem folder = jenkins.jenkins.createProject(type, "team", true);
        store(folder).addCredentials(Domain.global(), certificate(CredentialsScope.GLOBAL, "of-folder"));
        succeeds(job((ModifiableTopLevelItemGroup) folder, "of-folder"));
        succeeds(job((ModifiableTopLevelItemGroup) folder, "of-system"));
        fails(
                job(jenkins.jenkins, "of-folder"),
                "there are no credentials 'of-folder' of the kind X.509 Client Certificate that can be used here");
        assertThat(writtenDown(certificates.key()), empty());
    }

    private void userLendsThemToABuild() throws Exception {
        jenkins.jenkins.setSecurityRealm(jenkins.createDummySecurityRealm());
        jenkins.jenkins.setAuthorizationStrategy(new MockAuthorizationStrategy()
                .grant(Jenkins.READ, Item.READ, Item.BUILD, Computer.BUILD)
                .everywhere()
                .to("alice", "bob"));
        User alice = User.getById("alice", true);
        User.getById("bob", true);
        try (ACLContext as = ACL.as2(alice.impersonate2())) {
            store(alice).addCredentials(Domain.global(), certificate(CredentialsScope.USER, "of-alice"));
        }
        String none = "there are no credentials '";

        // as the value of a parameter, for the builds that she starts
        WorkflowJob lent = jobWith(jenkins.jenkins, "dockerServer: [uri: '" + uri() + "', credentialsId: '${ENGINE}']");
        lent.addProperty(new ParametersDefinitionProperty(
                new CredentialsParameterDefinition("ENGINE", "", null, DockerServerCredentials.class.getName(), true)));
        jenkins.assertBuildStatusSuccess(start(lent, "alice"));
        assertThat(sentence(start(lent, "bob"), Result.FAILURE), containsString(none + "${ENGINE}'"));

        // of her own job, that runs as she
        WorkflowJob hers = job(jenkins.jenkins, "of-alice");
        fails(hers, none + "of-alice'");
        QueueItemAuthenticatorConfiguration.get()
                .getAuthenticators()
                .add(new MockQueueItemAuthenticator().authenticate(hers.getFullName(), alice.impersonate2()));
        succeeds(hers);
        fails(job(jenkins.jenkins, "of-alice"), none + "of-alice'");
        assertThat(writtenDown(certificates.key()), empty());
    }

    private WorkflowRun start(WorkflowJob job, String user) throws Exception {
        return jenkins.waitForCompletion(job.scheduleBuild2(
                        0,
                        new CauseAction(new Cause.UserIdCause(user)),
                        new ParametersAction(new CredentialsParameterValue("ENGINE", "of-alice", "")))
                .waitForStart());
    }

    private void keyIsNeverWrittenDown() throws Exception {
        store(jenkins.jenkins).addCredentials(Domain.global(), certificate(CredentialsScope.GLOBAL, "of-system"));
        relay.stallDownloadAfter(1 << 20);
        WorkflowRun run = jobWith(
                        jenkins.jenkins,
                        "archive: true, stash: 'shop', dockerServer: [uri: '" + uri()
                                + "', credentialsId: 'of-system']")
                .scheduleBuild2(0)
                .waitForStart();
        while (run.isBuilding() && relay.downloaded() < 1 << 20) {
            Thread.sleep(20); // the relay has no way to wait for it
        }
        assertThat("the step is in the middle of its work", run.isBuilding(), is(true));
        assertThat(writtenDown(certificates.key()), empty());
        relay.resume();
        jenkins.assertBuildStatusSuccess(jenkins.waitForCompletion(run));
        assertThat(writtenDown(certificates.key()), empty());
        // that something like it would be found
        Files.writeString(temporary.resolve("leak"), "key=" + certificates.key());
        assertThat(writtenDown(certificates.key()), is(List.of(temporary.resolve("leak"))));
        Files.delete(temporary.resolve("leak"));

        assumeTrue(jenkins.jenkins.getPlugin("docker-workflow") != null, "this Jenkins has no withDockerServer");
        run = jenkins.buildAndAssertSuccess(create(
                jenkins.jenkins,
                "node('agent') { withDockerServer([uri: '" + uri() + "', credentialsId: 'of-system']) {\n"
                        + "dockerSave images: '" + image + "', file: 'a.tar'\ndockerLoad 'a.tar'\n} }"));
        assertThat(JenkinsRule.getLog(run), containsString(uri()));
        assertThat("files of the block are gone with it", writtenDown(certificates.key()), empty());
    }

    /** Files of the controller, and of the agent below its root and in its directory for temporary files, with the key. */
    private List<Path> writtenDown(String key) throws IOException {
        String line = key.lines().toList().get(5);
        List<Path> found = new ArrayList<>();
        for (Path root : List.of(jenkins.jenkins.getRootDir().toPath(), Path.of(agent.getRemoteFS()), temporary)) {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    if (attributes.isRegularFile()
                            && !file.toString().matches(".*(\\.[jh]p[il]|\\.jar|/plugins/.*)")
                            && contains(file, line)) {
                        found.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                    if (failure instanceof NoSuchFileException) {
                        return FileVisitResult.CONTINUE; // Jenkins goes on meanwhile
                    }
                    throw failure;
                }
            });
        }
        return found;
    }

    private static boolean contains(Path file, String text) throws IOException {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text);
        } catch (NoSuchFileException e) {
            return false; // a build goes on meanwhile
        }
    }

    private String uri() {
        return "tcp://127.0.0.1:" + relay.port();
    }

    private Credentials certificate(CredentialsScope scope, String id) {
        return credentials(scope, id, certificates.key(), certificates.certificate(), certificates.authority());
    }

    private static Credentials credentials(
            CredentialsScope scope, String id, String key, String certificate, String authority) {
        return new DockerServerCredentials(scope, id, "", Secret.fromString(key), certificate, authority);
    }

    /** The store of exactly that folder, user or Jenkins. */
    private static CredentialsStore store(ModelObject context) {
        for (CredentialsStore store : CredentialsProvider.lookupStores(context)) {
            if (store.getContext() == context) {
                return store;
            }
        }
        throw new AssertionError("no store of " + context);
    }

    private WorkflowJob job(ModifiableTopLevelItemGroup parent, String credentials) throws Exception {
        return jobWith(parent, "dockerServer: [uri: '" + uri() + "', credentialsId: '" + credentials + "']");
    }

    private WorkflowJob jobWith(ModifiableTopLevelItemGroup parent, String parameters) throws Exception {
        return create(parent, "node('agent') { dockerSave images: '" + image + "', " + parameters + " }");
    }

    private WorkflowJob create(ModifiableTopLevelItemGroup parent, String script) throws Exception {
        WorkflowJob job = (WorkflowJob) parent.createProject(
                (TopLevelItemDescriptor) jenkins.jenkins.getDescriptorOrDie(WorkflowJob.class),
                "job" + System.nanoTime(),
                true);
        job.setDefinition(new CpsFlowDefinition(script, true));
        return job;
    }

    private void succeeds(WorkflowJob job) throws Exception {
        jenkins.buildAndAssertSuccess(job);
    }

    private String fails(WorkflowJob job, String... parts) throws Exception {
        String sentence = sentence(job.scheduleBuild2(0).get(), Result.FAILURE);
        for (String part : parts) {
            assertThat(sentence, containsString(part));
        }
        return sentence;
    }

    /** The one line of a build that says what was wrong. */
    private String sentence(WorkflowRun run, Result expected) throws Exception {
        jenkins.assertBuildStatus(expected, run);
        String log = JenkinsRule.getLog(run);
        assertThat(log, not(containsString("\tat ")));
        List<String> errors =
                log.lines().filter(line -> line.startsWith("ERROR: ")).toList();
        assertThat(log, errors.size(), is(1));
        return errors.get(0);
    }
}
