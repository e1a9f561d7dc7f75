package hudson.model;

import java.io.IOException;

public class Fingerprint implements ModelObject, Saveable {
    Fingerprint() {}

    @Override
    public String getDisplayName() {
        throw new UnsupportedOperationException();
    }

    public void addFor(Run b) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized void save() throws IOException {
        throw new UnsupportedOperationException();
    }
}
