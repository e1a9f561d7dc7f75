package hudson.model;

import jenkins.model.FullyNamed;
import jenkins.model.FullyNamedModelObject;

public interface ItemGroup<T extends Item> extends FullyNamed, FullyNamedModelObject, PersistenceRoot {
    T getItem(String name);

    String getUrl();

    default <I extends Item> Iterable<I> allItems(Class<I> type) {
        throw new UnsupportedOperationException();
    }
}
