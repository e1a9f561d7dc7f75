package hudson.model;

import hudson.FilePath;
import hudson.remoting.VirtualChannel;
import hudson.security.AccessControlled;

public abstract class Node extends AbstractModelObject implements AccessControlled, PersistenceRoot {
    public abstract String getNodeName();

    public abstract FilePath getRootPath();

    public final VirtualChannel getChannel() {
        throw new UnsupportedOperationException();
    }

    public final Computer toComputer() {
        throw new UnsupportedOperationException();
    }
}
