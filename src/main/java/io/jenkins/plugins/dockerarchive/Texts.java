package io.jenkins.plugins.dockerarchive;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.text.MessageFormat;
import java.util.Locale;
import org.jvnet.localizer.LocaleProvider;
import org.jvnet.localizer.ResourceBundleHolder;

/**
 * The texts of forms and pages, from {@code Texts.properties}, in the language of whoever looks at them. Written by hand rather
 * than generated: builds without Jenkins' own Maven plugins have nothing that would generate it.
 */
public enum Texts {
    ADMINISTRATOR_DESCRIPTION("Administrator.description"),
    ARCHIVES_NAME("Archives.name"),
    CHART_BAR("Chart.bar"),
    CHART_TEXT("Chart.text"),
    CHOICE_DEFAULT("Choice.default"),
    COMPRESSION_DEFAULT("Compression.default"),
    CONFIGURATION_NAME("Configuration.name"),
    CONTENTS_CONTAINER("Contents.container"),
    CONNECTION_BUILT_IN("Connection.builtIn"),
    CONNECTION_CONNECTED("Connection.connected"),
    CONNECTION_CREDENTIALS("Connection.credentials"),
    CONNECTION_INTERRUPTED("Connection.interrupted"),
    CONNECTION_OFFLINE("Connection.offline"),
    CONNECTION_TIMEOUT("Connection.timeout"),
    DELETE_KEPT("Delete.kept"),
    DELETE_RUNNING("Delete.running"),
    EXPIRED_BUILDS("Expired.builds"),
    EXPIRED_BY_HAND("Expired.byHand"),
    EXPIRED_DAYS("Expired.days"),
    EXPIRED_JOB_SIZE("Expired.jobSize"),
    EXPIRED_TOTAL_SIZE("Expired.totalSize"),
    EXPORT_NAME("Export.name"),
    HINDRANCE_NAME("Hindrance.name"),
    HINDRANCE_REMOTE("Hindrance.remote"),
    IMPORT_NAME("Import.name"),
    KEPT_FOREVER("Kept.forever"),
    KEPT_FOR_BUILDS("Kept.forBuilds"),
    KEPT_LAST_SUCCESSFUL("Kept.lastSuccessful"),
    KEPT_RUNNING("Kept.running"),
    KEPT_UNTIL("Kept.until"),
    KEPT_UNTIL_FULL("Kept.untilFull"),
    KEPT_UNTIL_OR_BUILDS("Kept.untilOrBuilds"),
    KEPT_WITH_BUILD("Kept.withBuild"),
    LAYERS("Layers"),
    LAYER_NEW("Layer.new"),
    LAYER_SHARED("Layer.shared"),
    LIMITS_NAME("Limits.name"),
    LOAD_NAME("Load.name"),
    RETENTION_JOB("Retention.job"),
    RETENTION_NAME("Retention.name"),
    SAVE_NAME("Save.name"),
    STATE_DAMAGED("State.damaged"),
    STATE_EXPIRED("State.expired"),
    STATE_MISSING("State.missing"),
    STATE_REMOTE_LAYOUT("State.remoteLayout"),
    STATE_REPLACED("State.replaced"),
    STATE_STASH("State.stash"),
    STATE_WORKSPACE("State.workspace"),
    VALUE_COMPRESSION("Value.compression"),
    VALUE_COUNT("Value.count"),
    VALUE_COUNT_OR_NO_LIMIT("Value.countOrNoLimit"),
    VALUE_ENGINE("Value.engine"),
    VALUE_NUMBER("Value.number"),
    VALUE_POSITIVE("Value.positive"),
    VALUE_POSITIVE_SIZE("Value.positiveSize"),
    VALUE_SIZE("Value.size"),
    WRITER_NODE("Writer.node"),
    WRITER_STAGE("Writer.stage");

    private final String key;

    Texts(String key) {
        this.key = key;
    }

    /** @param values for {0}, {1} and so on in the text */
    @NonNull
    public String text(@NonNull Object... values) {
        return in(LocaleProvider.getLocale(), values);
    }

    /** The text in English, as all that is written into logs. */
    @NonNull
    public String english(@NonNull Object... values) {
        return in(Locale.ROOT, values);
    }

    private String in(Locale locale, Object... values) {
        return new MessageFormat(
                        ResourceBundleHolder.get(Texts.class).get(locale).getString(key), locale)
                .format(values);
    }

    /** What {@code Texts.properties} calls it. */
    @NonNull
    String key() {
        return key;
    }
}
