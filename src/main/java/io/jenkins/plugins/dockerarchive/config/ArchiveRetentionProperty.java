package io.jenkins.plugins.dockerarchive.config;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.Item;
import hudson.model.Job;
import hudson.util.FormValidation;
import io.jenkins.plugins.dockerarchive.Texts;
import jenkins.model.Jenkins;
import jenkins.model.OptionalJobProperty;
import org.jenkinsci.Symbol;
import org.kohsuke.stapler.AncestorInPath;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.verb.POST;

/**
 * How long the archives of one job are kept: null is the default of this Jenkins, -1 no limit. For jobs of every kind; the
 * branches of a multibranch project get it from their Jenkinsfile.
 */
public final class ArchiveRetentionProperty extends OptionalJobProperty<Job<?, ?>> {

    private Integer keepDays;
    private Integer keepBuilds;
    private String jobSize;

    @DataBoundConstructor
    public ArchiveRetentionProperty() {}

    @CheckForNull
    public Integer getKeepDays() {
        return keepDays;
    }

    @DataBoundSetter
    public void setKeepDays(@CheckForNull Integer keepDays) {
        this.keepDays = Values.countOrNoLimit("keepDays", keepDays);
    }

    @CheckForNull
    public Integer getKeepBuilds() {
        return keepBuilds;
    }

    @DataBoundSetter
    public void setKeepBuilds(@CheckForNull Integer keepBuilds) {
        this.keepBuilds = Values.countOrNoLimit("keepBuilds", keepBuilds);
    }

    /** What the archives of the job may take: as {@link ByteSize}, or -1. */
    @CheckForNull
    public String getJobSize() {
        return jobSize;
    }

    @DataBoundSetter
    public void setJobSize(@CheckForNull String jobSize) {
        this.jobSize = isNoLimit(jobSize) ? String.valueOf(Values.NO_LIMIT) : Values.size("jobSize", jobSize);
    }

    /** What came in a file, by hand or by REST, is checked as well: left out, it is told as data that cannot be read. */
    private Object readResolve() {
        setKeepDays(keepDays);
        setKeepBuilds(keepBuilds);
        setJobSize(jobSize);
        return this;
    }

    /** Days in force. */
    @CheckForNull
    public static Integer days(@CheckForNull ArchiveRetentionProperty ofJob, @CheckForNull RetentionDefaults ofAll) {
        return inForce(ofJob == null ? null : ofJob.keepDays, ofAll == null ? null : ofAll.getKeepDays());
    }

    /** Builds in force. */
    @CheckForNull
    public static Integer builds(@CheckForNull ArchiveRetentionProperty ofJob, @CheckForNull RetentionDefaults ofAll) {
        return inForce(ofJob == null ? null : ofJob.keepBuilds, ofAll == null ? null : ofAll.getKeepBuilds());
    }

    /** Bytes in force. */
    @CheckForNull
    public static Long bytes(@CheckForNull ArchiveRetentionProperty ofJob, @CheckForNull RetentionDefaults ofAll) {
        if (ofJob != null && ofJob.jobSize != null) {
            return isNoLimit(ofJob.jobSize) ? null : ByteSize.parse("jobSize", ofJob.jobSize);
        }
        return ofAll == null ? null : ByteSize.parse("jobSize", ofAll.getJobSize());
    }

    @CheckForNull
    private static Integer inForce(Integer ofJob, Integer ofAll) {
        Integer value = ofJob == null ? ofAll : ofJob;
        return value == null || value == Values.NO_LIMIT ? null : value;
    }

    private static boolean isNoLimit(@CheckForNull String size) {
        return size != null && size.trim().equals(String.valueOf(Values.NO_LIMIT));
    }

    /** Checks the fields while they are typed. */
    @Extension
    @Symbol("dockerArchiveRetention")
    public static final class DescriptorImpl extends OptionalJobPropertyDescriptor {

        @Override
        @NonNull
        public String getDisplayName() {
            return Texts.RETENTION_JOB.text();
        }

        @POST
        public FormValidation doCheckKeepDays(@AncestorInPath Item item, @QueryParameter String value) {
            return mayRead(item)
                    ? Values.number("keepDays", value, new ArchiveRetentionProperty()::setKeepDays)
                    : FormValidation.ok();
        }

        @POST
        public FormValidation doCheckKeepBuilds(@AncestorInPath Item item, @QueryParameter String value) {
            return mayRead(item)
                    ? Values.number("keepBuilds", value, new ArchiveRetentionProperty()::setKeepBuilds)
                    : FormValidation.ok();
        }

        @POST
        public FormValidation doCheckJobSize(@AncestorInPath Item item, @QueryParameter String value) {
            return mayRead(item) ? Values.text(value, new ArchiveRetentionProperty()::setJobSize) : FormValidation.ok();
        }

        private static boolean mayRead(@CheckForNull Item item) {
            return item == null
                    ? Jenkins.get().hasPermission(Jenkins.ADMINISTER)
                    : item.hasPermission(Item.EXTENDED_READ);
        }
    }
}
