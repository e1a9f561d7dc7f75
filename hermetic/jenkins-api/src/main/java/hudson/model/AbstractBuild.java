package hudson.model;

import java.io.IOException;
import java.util.Map;

public abstract class AbstractBuild<P extends AbstractProject<P, R>, R extends AbstractBuild<P, R>> extends Run<P, R> {
    protected AbstractBuild(P project) throws IOException {
        super(project);
    }

    public AbstractBuild<?, ?> getRootBuild() {
        throw new UnsupportedOperationException();
    }

    public Map<String, String> getBuildVariables() {
        throw new UnsupportedOperationException();
    }
}
