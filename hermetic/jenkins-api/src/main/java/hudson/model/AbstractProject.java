package hudson.model;

public abstract class AbstractProject<P extends AbstractProject<P, R>, R extends AbstractBuild<P, R>> extends Job<P, R>
        implements BuildableItem {
    protected AbstractProject(ItemGroup<? extends Item> parent, String name) {
        super(parent, name);
    }

    public AbstractProject<?, ?> getRootProject() {
        throw new UnsupportedOperationException();
    }
}
