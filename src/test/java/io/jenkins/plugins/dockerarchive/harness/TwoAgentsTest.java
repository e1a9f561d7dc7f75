package io.jenkins.plugins.dockerarchive.harness;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.jvnet.hudson.test.JenkinsRule;
import org.jvnet.hudson.test.junit.jupiter.InboundAgentExtension;

/** What tests share that pass archives between {@link TwoAgents}; each is {@code @WithJenkins} itself. */
abstract class TwoAgentsTest {

    @RegisterExtension
    final InboundAgentExtension inbound = new InboundAgentExtension();

    JenkinsRule jenkins;
    TwoAgents agents;

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
}
