package io.jenkins.plugins.dockerarchive.config;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.AbstractDescribableImpl;
import hudson.model.Descriptor;
import hudson.util.FormValidation;
import io.jenkins.plugins.dockerarchive.Texts;
import jenkins.model.Jenkins;
import org.jenkinsci.Symbol;
import org.kohsuke.stapler.DataBoundConstructor;
import org.kohsuke.stapler.DataBoundSetter;
import org.kohsuke.stapler.QueryParameter;
import org.kohsuke.stapler.verb.POST;

/** How long archives are kept where neither the job nor the step says so; null is no limit. */
public final class RetentionDefaults extends AbstractDescribableImpl<RetentionDefaults> {

    private Integer keepDays;
    private Integer keepBuilds;
    private String jobSize;
    private String totalSize;

    @DataBoundConstructor
    public RetentionDefaults() {}

    @CheckForNull
    public Integer getKeepDays() {
        return keepDays;
    }

    @DataBoundSetter
    public void setKeepDays(@CheckForNull Integer keepDays) {
        this.keepDays = Values.count("keepDays", keepDays);
    }

    @CheckForNull
    public Integer getKeepBuilds() {
        return keepBuilds;
    }

    @DataBoundSetter
    public void setKeepBuilds(@CheckForNull Integer keepBuilds) {
        this.keepBuilds = Values.count("keepBuilds", keepBuilds);
    }

    /** What the archives of one job may take, see {@link ByteSize}. */
    @CheckForNull
    public String getJobSize() {
        return jobSize;
    }

    @DataBoundSetter
    public void setJobSize(@CheckForNull String jobSize) {
        this.jobSize = Values.size("jobSize", jobSize);
    }

    /** What the archives of all jobs may take, see {@link ByteSize}. */
    @CheckForNull
    public String getTotalSize() {
        return totalSize;
    }

    @DataBoundSetter
    public void setTotalSize(@CheckForNull String totalSize) {
        this.totalSize = Values.size("totalSize", totalSize);
    }

    /** What came in a file, by hand or by REST, is checked as well: left out, it is told as data that cannot be read. */
    private Object readResolve() {
        setKeepDays(keepDays);
        setKeepBuilds(keepBuilds);
        setJobSize(jobSize);
        setTotalSize(totalSize);
        return this;
    }

    /** Whether nothing is said. */
    boolean isEmpty() {
        return keepDays == null && keepBuilds == null && jobSize == null && totalSize == null;
    }

    /** Checks the fields while they are typed. */
    @Extension
    @Symbol("dockerArchiveRetentionDefaults")
    public static final class DescriptorImpl extends Descriptor<RetentionDefaults> {

        @Override
        @NonNull
        public String getDisplayName() {
            return Texts.RETENTION_NAME.text();
        }

        @POST
        public FormValidation doCheckKeepDays(@QueryParameter String value) {
            return mayConfigure()
                    ? Values.number("keepDays", value, new RetentionDefaults()::setKeepDays)
                    : FormValidation.ok();
        }

        @POST
        public FormValidation doCheckKeepBuilds(@QueryParameter String value) {
            return mayConfigure()
                    ? Values.number("keepBuilds", value, new RetentionDefaults()::setKeepBuilds)
                    : FormValidation.ok();
        }

        @POST
        public FormValidation doCheckJobSize(@QueryParameter String value) {
            return mayConfigure() ? Values.text(value, new RetentionDefaults()::setJobSize) : FormValidation.ok();
        }

        @POST
        public FormValidation doCheckTotalSize(@QueryParameter String value) {
            return mayConfigure() ? Values.text(value, new RetentionDefaults()::setTotalSize) : FormValidation.ok();
        }

        private static boolean mayConfigure() {
            return Jenkins.get().hasPermission(Jenkins.ADMINISTER);
        }
    }
}
