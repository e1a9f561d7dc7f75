package io.jenkins.plugins.dockerarchive.retention;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Decides which archives have to go. Pure: the same archives at the same time give the same plan. */
public final class RetentionPlan {

    private static final Comparator<StoredArchive> OLDEST_FIRST = Comparator.comparingLong(StoredArchive::written)
            .thenComparing(StoredArchive::job)
            .thenComparingInt(StoredArchive::build)
            .thenComparingInt(StoredArchive::index);

    private RetentionPlan() {}

    /**
     * What goes of one job: first by days and builds, then, if the rest is still too large, the oldest of it.
     *
     * @param archives all of the job that lie on the disk
     * @param now milliseconds since 1970
     */
    @NonNull
    public static List<Verdict> ofJob(
            @NonNull Collection<StoredArchive> archives, @NonNull RetentionPolicy policy, long now) {
        Map<Integer, Integer> ranks = ranks(archives);
        List<Verdict> plan = new ArrayList<>();
        List<StoredArchive> rest = new ArrayList<>();
        for (StoredArchive archive : archives) {
            Verdict verdict = archive.protection() == null ? byAge(archive, policy, ranks, now) : null;
            if (verdict == null) {
                rest.add(archive);
            } else {
                plan.add(verdict);
            }
        }
        if (policy.bytes() != null) {
            plan.addAll(bySize(rest, policy.bytes(), RetentionRule.JOB_SIZE));
        }
        plan.sort(Comparator.comparing(Verdict::archive, OLDEST_FIRST));
        return plan;
    }

    /**
     * What goes when all jobs together take too much: the oldest, of whatever job.
     *
     * @param archives of all jobs, without those that go anyway
     */
    @NonNull
    public static List<Verdict> ofAll(@NonNull Collection<StoredArchive> archives, long bytes) {
        return bySize(archives, bytes, RetentionRule.TOTAL_SIZE);
    }

    /** Place of each build among those with archives; the newest has 0. */
    private static Map<Integer, Integer> ranks(Collection<StoredArchive> archives) {
        Set<Integer> builds = new TreeSet<>(Collections.reverseOrder());
        archives.forEach(archive -> builds.add(archive.build()));
        Map<Integer, Integer> ranks = new HashMap<>();
        builds.forEach(build -> ranks.put(build, ranks.size()));
        return ranks;
    }

    @CheckForNull
    private static Verdict byAge(StoredArchive archive, RetentionPolicy policy, Map<Integer, Integer> ranks, long now) {
        Integer days = archive.keepDays() == null ? policy.days() : archive.keepDays();
        if (days != null && now - archive.written() >= TimeUnit.DAYS.toMillis(days)) {
            return new Verdict(archive, RetentionRule.DAYS, days);
        }
        Integer builds = archive.keepBuilds() == null ? policy.builds() : archive.keepBuilds();
        if (builds != null && ranks.get(archive.build()) >= builds) {
            return new Verdict(archive, RetentionRule.BUILDS, builds);
        }
        return null;
    }

    /** An archive whose files others share frees nothing by itself; so what is left is counted anew after each. */
    private static List<Verdict> bySize(Collection<StoredArchive> archives, long limit, RetentionRule rule) {
        Map<Object, Integer> holders = new HashMap<>();
        long bytes = 0;
        for (StoredArchive archive : archives) {
            for (Map.Entry<Object, Long> file : archive.files().entrySet()) {
                bytes += holders.merge(file.getKey(), 1, Integer::sum) == 1 ? file.getValue() : 0;
            }
        }
        Set<Object> held = new HashSet<>(); // by archives that stay: deleting other holders would free nothing of these
        List<StoredArchive> candidates = new ArrayList<>();
        for (StoredArchive archive : archives) {
            if (archive.protection() == null) {
                candidates.add(archive);
            } else {
                held.addAll(archive.files().keySet());
            }
        }
        candidates.sort(OLDEST_FIRST);
        List<Verdict> plan = new ArrayList<>();
        for (StoredArchive archive : candidates) {
            if (bytes <= limit) {
                break;
            }
            if (held.containsAll(archive.files().keySet())) {
                continue; // all its bytes stay anyway
            }
            for (Map.Entry<Object, Long> file : archive.files().entrySet()) {
                bytes -= holders.merge(file.getKey(), -1, Integer::sum) == 0 ? file.getValue() : 0;
            }
            plan.add(new Verdict(archive, rule, limit));
        }
        return plan;
    }
}
