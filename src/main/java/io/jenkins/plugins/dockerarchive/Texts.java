package io.jenkins.plugins.dockerarchive;

import edu.umd.cs.findbugs.annotations.NonNull;
import org.jvnet.localizer.ResourceBundleHolder;

/**
 * The texts of forms, from {@code Texts.properties}, in the language of whoever looks at them. Written by hand rather
 * than generated: builds without Jenkins' own Maven plugins have nothing that would generate it.
 */
public enum Texts {
    CHOICE_DEFAULT("Choice.default"),
    COMPRESSION_DEFAULT("Compression.default"),
    CONNECTION_BUILT_IN("Connection.builtIn"),
    CONNECTION_CONNECTED("Connection.connected"),
    CONNECTION_INTERRUPTED("Connection.interrupted"),
    CONNECTION_OFFLINE("Connection.offline"),
    CONNECTION_TIMEOUT("Connection.timeout"),
    CONFIGURATION_NAME("Configuration.name"),
    EXPORT_NAME("Export.name"),
    IMPORT_NAME("Import.name"),
    LOAD_NAME("Load.name"),
    SAVE_NAME("Save.name");

    private final String key;

    Texts(String key) {
        this.key = key;
    }

    /** @param values for {0}, {1} and so on in the text */
    @NonNull
    public String text(@NonNull Object... values) {
        return ResourceBundleHolder.get(Texts.class).format(key, values);
    }

    /** What {@code Texts.properties} calls it. */
    @NonNull
    String key() {
        return key;
    }
}
