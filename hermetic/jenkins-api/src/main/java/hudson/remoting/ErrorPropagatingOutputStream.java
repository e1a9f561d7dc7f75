package hudson.remoting;

import java.io.IOException;

public interface ErrorPropagatingOutputStream {
    void error(Throwable e) throws IOException;
}
