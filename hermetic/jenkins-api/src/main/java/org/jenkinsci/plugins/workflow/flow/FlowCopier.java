package org.jenkinsci.plugins.workflow.flow;

import hudson.ExtensionPoint;
import hudson.model.Run;
import hudson.model.TaskListener;
import java.io.IOException;

public abstract class FlowCopier implements ExtensionPoint {
    public abstract static class ByRun extends FlowCopier {
        public abstract void copy(Run<?, ?> original, Run<?, ?> copy, TaskListener listener)
                throws IOException, InterruptedException;
    }
}
