package hudson.model;

import hudson.security.ACL;
import jenkins.model.Loadable;

public abstract class AbstractItem extends Actionable implements Loadable, Item, DescriptorByNameOwner {
    protected AbstractItem(ItemGroup<? extends Item> parent, String name) {}

    @Override
    public String getName() {
        throw new UnsupportedOperationException();
    }

    @Override
    public final String getFullName() {
        throw new UnsupportedOperationException();
    }

    @Override
    public String getDisplayName() {
        throw new UnsupportedOperationException();
    }

    @Override
    public final String getFullDisplayName() {
        throw new UnsupportedOperationException();
    }

    @Override
    public ItemGroup<? extends Item> getParent() {
        throw new UnsupportedOperationException();
    }

    @Override
    public java.io.File getRootDir() {
        throw new UnsupportedOperationException();
    }

    @Override
    public final String getUrl() {
        throw new UnsupportedOperationException();
    }

    @Override
    public ACL getACL() {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized void save() throws java.io.IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public void load() throws java.io.IOException {
        throw new UnsupportedOperationException();
    }
}
