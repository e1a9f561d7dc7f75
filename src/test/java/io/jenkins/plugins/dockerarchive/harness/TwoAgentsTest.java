package io.jenkins.plugins.dockerarchive.harness;

import io.jenkins.plugins.dockerarchive.testengines.TestLayer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.function.Executable;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.InboundAgentExtension;

/** What tests share that pass archives between {@link TwoAgents}; each is {@code @WithJenkins} itself. */
abstract class TwoAgentsTest {

    @RegisterExtension
    final InboundAgentExtension inbound = new InboundAgentExtension();

    JenkinsRule jenkins;
    TwoAgents agents;

    /** On the first engine only; of the test that runs now. */
    String image;

    @BeforeEach
    final void connect(JenkinsRule rule) throws Exception {
        jenkins = rule;
        agents = new TwoAgents(rule, inbound);
    }

    @AfterEach
    final void forget() throws Exception {
        if (agents != null) {
            agents.close();
        }
    }

    /** One of several tests on the same agents, with an image of its own: most of its time would go into starting them. */
    final DynamicTest withImage(String name, Executable test) {
        return DynamicTest.dynamicTest(name, () -> {
            image = agents.repository() + ":1";
            agents.first().createShellImage(image, new TestLayer().text("hello.txt", "hello"));
            test.execute();
        });
    }
}
