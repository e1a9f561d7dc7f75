package io.jenkins.plugins.dockerarchive.builds;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import hudson.Extension;
import hudson.model.Item;
import hudson.model.ManagementLink;
import hudson.model.Run;
import io.jenkins.plugins.dockerarchive.Texts;
import io.jenkins.plugins.dockerarchive.operations.Amount;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import jenkins.model.Jenkins;
import org.kohsuke.stapler.HttpResponse;
import org.kohsuke.stapler.HttpResponses;
import org.kohsuke.stapler.StaplerProxy;
import org.kohsuke.stapler.interceptor.RequirePOST;

/** What archives take on the disk, job by job, and what would be removed: for administrators. */
@Extension
public final class AdministratorPage extends ManagementLink implements StaplerProxy {

    @Override
    @NonNull
    public String getIconFileName() {
        return "symbol-cube";
    }

    @Override
    @NonNull
    public String getDisplayName() {
        return Texts.ARCHIVES_NAME.text();
    }

    @Override
    @NonNull
    public String getDescription() {
        return Texts.ADMINISTRATOR_DESCRIPTION.text();
    }

    @Override
    @NonNull
    public String getUrlName() {
        return "docker-archives";
    }

    @Override
    @NonNull
    public Category getCategory() {
        return Category.STATUS;
    }

    /** Everything below this URL is for administrators. */
    @Override
    public Object getTarget() {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        return this;
    }

    /** When the disk was measured, or null when that has not been since this Jenkins started. */
    @CheckForNull
    public Date getMeasured() {
        ArchiveSweep.Measurement measurement = ArchiveSweep.get().measurement();
        return measurement == null ? null : new Date(measurement.time());
    }

    /** Biggest first. */
    @NonNull
    public List<JobRow> getJobs() {
        ArchiveSweep.Measurement measurement = ArchiveSweep.get().measurement();
        List<JobRow> rows = new ArrayList<>();
        if (measurement != null) {
            measurement.jobs().forEach(use -> rows.add(new JobRow(use)));
        }
        return rows;
    }

    /** Bytes of all jobs, for people. */
    @NonNull
    public String getTotal() {
        ArchiveSweep.Measurement measurement = ArchiveSweep.get().measurement();
        return Amount.size(
                measurement == null
                        ? 0
                        : measurement.jobs().stream()
                                .mapToLong(ArchiveSweep.JobUse::bytes)
                                .sum());
    }

    /** What the next sweep would do, found out now; nothing is touched. */
    @NonNull
    public List<DueRow> getDue() throws IOException {
        List<DueRow> rows = new ArrayList<>();
        ArchiveSweep.get().dryRun().forEach(due -> rows.add(new DueRow(due)));
        return rows;
    }

    /** Sweeps and measures now, in the background. */
    @RequirePOST
    public HttpResponse doSweep() {
        Jenkins.get().checkPermission(Jenkins.ADMINISTER);
        ArchiveSweep.get().doRun();
        return HttpResponses.redirectTo(".");
    }

    /** The disk use of a job. */
    public static final class JobRow {

        private final ArchiveSweep.JobUse use;

        JobRow(ArchiveSweep.JobUse use) {
            this.use = use;
        }

        @NonNull
        public String getName() {
            return use.job();
        }

        /** Path below the root of this Jenkins; null when the job is gone or was renamed since. */
        @CheckForNull
        public String getUrl() {
            Item item = Jenkins.get().getItemByFullName(use.job());
            return item == null ? null : item.getUrl() + "docker-archives/";
        }

        public int getArchives() {
            return use.archives();
        }

        @NonNull
        public String getSizeText() {
            return Amount.size(use.bytes());
        }

        /** For sorting. */
        public long getBytes() {
            return use.bytes();
        }
    }

    /** An archive that has to go. */
    public static final class DueRow {

        private final ArchiveSweep.Due due;

        DueRow(ArchiveSweep.Due due) {
            this.due = due;
        }

        @NonNull
        public Run<?, ?> getBuild() {
            return due.action().getRun();
        }

        @NonNull
        public String getFile() {
            return due.action()
                    .getArchives()
                    .get(due.verdict().archive().index())
                    .getFile();
        }

        @NonNull
        public String getSizeText() {
            return Amount.size(due.verdict().archive().bytes());
        }

        /** For sorting. */
        public long getBytes() {
            return due.verdict().archive().bytes();
        }

        @NonNull
        public String getReason() {
            return Expiry.reason(due.verdict());
        }

        /** Why it stays all the same, or null. */
        @CheckForNull
        public String getHindrance() {
            return new ArchiveRemoval(due.action(), due.verdict().archive().index()).hindrance();
        }
    }
}
