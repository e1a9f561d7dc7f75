package io.jenkins.plugins.dockerarchive.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.retention.StoredArchive.Protection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Which archives go, and that no other does. */
class RetentionPlanTest {

    private static final long NOW = 1_800_000_000_000L;

    private final List<StoredArchive> archives = new ArrayList<>();

    @Test
    void nothingGoesWithoutALimit() {
        archive(1, 10_000, Map.of("a", 1L << 60));
        assertEquals(List.of(), RetentionPlan.ofJob(archives, RetentionPolicy.unlimited(), NOW));
    }

    @Test
    void nothingGoesWhereNothingIs() {
        assertEquals(List.of(), RetentionPlan.ofJob(List.of(), new RetentionPolicy(0, 0, 0L), NOW));
        assertEquals(List.of(), RetentionPlan.ofAll(List.of(), 0));
    }

    @Test
    void archivesGoOnTheirDayAndNotBefore() {
        archive(1, 7, Map.of());
        archives.add(new StoredArchive("job", 2, 0, NOW - TimeUnit.DAYS.toMillis(7) + 1, null, null, null, Map.of()));
        assertEquals(List.of("1 keepDays 7"), plan(new RetentionPolicy(7, null, null)));
    }

    @Test
    void zeroDaysAreAtOnce() {
        archive(1, 0, Map.of());
        assertEquals(List.of("1 keepDays 0"), plan(new RetentionPolicy(0, null, null)));
    }

    @Test
    void archivesFromTheFutureStay() {
        archive(1, -400, Map.of());
        assertEquals(List.of(), plan(new RetentionPolicy(0, null, null)));
    }

    @Test
    void newestBuildsWithArchivesKeepTheirs() {
        for (int build : new int[] {2, 30, 31, 7}) {
            archive(build, 1, Map.of());
        }
        assertEquals(List.of("2 keepBuilds 2", "7 keepBuilds 2"), plan(new RetentionPolicy(null, 2, null)));
    }

    @Test
    void allArchivesOfABuildCountAsOne() {
        archive(1, 0, 1, Map.of());
        archive(2, 0, 1, Map.of());
        archive(2, 1, 1, Map.of());
        assertEquals(List.of("1 keepBuilds 1"), plan(new RetentionPolicy(null, 1, null)));
    }

    @Test
    void stepSaysMoreThanTheJob() {
        archives.add(new StoredArchive("job", 1, 0, NOW - TimeUnit.DAYS.toMillis(5), 30, null, null, Map.of()));
        archives.add(new StoredArchive("job", 2, 0, NOW - TimeUnit.DAYS.toMillis(5), 3, null, null, Map.of()));
        archives.add(new StoredArchive("job", 3, 0, NOW, null, 0, null, Map.of()));
        archives.add(new StoredArchive("job", 4, 0, NOW, null, 99, null, Map.of()));
        assertEquals(List.of("2 keepDays 3", "3 keepBuilds 0"), plan(new RetentionPolicy(4, 99, null)));
    }

    @Test
    void whateverIsProtectedStays() {
        for (Protection protection : Protection.values()) {
            archives.add(
                    new StoredArchive("job", 1, protection.ordinal(), 0, 0, 0, protection, Map.of(protection, 9L)));
        }
        assertEquals(List.of(), plan(new RetentionPolicy(0, 0, 0L)));
        assertEquals(List.of(), RetentionPlan.ofAll(archives, 0));
    }

    @Test
    void oldestGoWhileTheJobIsTooLarge() {
        archive(1, 3, Map.of("a", 10L));
        archive(2, 2, Map.of("b", 10L));
        archive(3, 1, Map.of("c", 10L));
        assertEquals(List.of("1 jobSize 20"), plan(new RetentionPolicy(null, null, 20L)));
        assertEquals(List.of("1 jobSize 19", "2 jobSize 19"), plan(new RetentionPolicy(null, null, 19L)));
        assertEquals(List.of(), plan(new RetentionPolicy(null, null, 30L)));
    }

    @Test
    void whatGoesByAgeFreesRoomFirst() {
        archive(1, 9, Map.of("a", 10L));
        archive(2, 2, Map.of("b", 10L));
        assertEquals(List.of("1 keepDays 9"), plan(new RetentionPolicy(9, null, 10L)));
    }

    @Test
    void sharedFilesCountOnce() {
        archive(1, 3, Map.of("base", 100L, "a", 1L));
        archive(2, 2, Map.of("base", 100L, "b", 1L));
        archive(3, 1, Map.of("base", 100L, "c", 1L));
        assertEquals(103, DiskUse.bytes(archives));
        assertEquals(List.of(), plan(new RetentionPolicy(null, null, 103L)));
        assertEquals(List.of("1 jobSize 102"), plan(new RetentionPolicy(null, null, 102L)));
    }

    @Test
    void archiveWhoseBytesAProtectedOneHasIsNotSacrificedForNothing() {
        archive(1, 3, Map.of("base", 100L));
        archives.add(new StoredArchive(
                "job", 2, 0, NOW - 1, null, null, Protection.LAST_SUCCESSFUL, Map.of("base", 100L, "b", 1L)));
        archive(3, 0, Map.of("c", 50L));
        assertEquals(List.of("3 jobSize 101"), plan(new RetentionPolicy(null, null, 101L)));
    }

    @Test
    void allJobsTogetherLoseTheOldest() {
        archives.add(new StoredArchive("b", 1, 0, 100, null, null, null, Map.of("b1", 10L)));
        archives.add(new StoredArchive("a", 1, 0, 200, null, null, null, Map.of("a1", 10L)));
        archives.add(new StoredArchive("a", 2, 0, 300, null, null, null, Map.of("a2", 10L)));
        List<Verdict> plan = RetentionPlan.ofAll(archives, 15);
        assertEquals(
                List.of("b", "a"),
                plan.stream().map(verdict -> verdict.archive().job()).toList());
        assertTrue(plan.stream().allMatch(verdict -> verdict.rule() == RetentionRule.TOTAL_SIZE));
    }

    @Test
    void orderOfInputMakesNoDifference() {
        Random random = new Random(7);
        for (int i = 0; i < 200; i++) {
            archive(1 + random.nextInt(60), i, random.nextInt(40), Map.of("f" + random.nextInt(80), 5L));
        }
        List<String> plan = plan(new RetentionPolicy(30, 40, 150L));
        Collections.shuffle(archives, random);
        assertEquals(plan, plan(new RetentionPolicy(30, 40, 150L)));
    }

    /** For random jobs: nothing protected goes, nothing goes twice, and what is left keeps the rules. */
    @Test
    void whatIsLeftKeepsEveryRule() {
        for (int seed = 0; seed < 300; seed++) {
            archives.clear();
            Random random = new Random(seed);
            for (int i = 0; i < 50; i++) {
                Map<Object, Long> files = new HashMap<>();
                for (int f = 0; f < 1 + random.nextInt(4); f++) {
                    int name = random.nextInt(60);
                    files.put("f" + name, 1L + name);
                }
                Protection protection = random.nextInt(5) == 0 ? Protection.values()[random.nextInt(3)] : null;
                archives.add(new StoredArchive(
                        "job",
                        1 + random.nextInt(20),
                        i,
                        NOW - TimeUnit.HOURS.toMillis(random.nextInt(2000)),
                        random.nextInt(4) == 0 ? random.nextInt(90) : null,
                        random.nextInt(4) == 0 ? random.nextInt(20) : null,
                        protection,
                        files));
            }
            RetentionPolicy policy =
                    new RetentionPolicy(random.nextInt(90), random.nextInt(20), (long) random.nextInt(900));
            List<Verdict> plan = RetentionPlan.ofJob(archives, policy, NOW);
            Set<StoredArchive> gone = new HashSet<>();
            for (Verdict verdict : plan) {
                assertTrue(gone.add(verdict.archive()), "twice, seed " + seed);
                assertTrue(verdict.archive().protection() == null, "protected, seed " + seed);
            }
            List<StoredArchive> left = new ArrayList<>(archives);
            left.removeAll(gone);
            List<StoredArchive> free = left.stream()
                    .filter(archive -> archive.protection() == null)
                    .toList();
            for (StoredArchive archive : free) {
                int days = archive.keepDays() == null ? policy.days() : archive.keepDays();
                assertTrue(NOW - archive.written() < TimeUnit.DAYS.toMillis(days), "too old, seed " + seed);
            }
            List<StoredArchive> fixed = left.stream()
                    .filter(archive -> archive.protection() != null)
                    .toList();
            Set<Object> held = new HashSet<>();
            fixed.forEach(archive -> held.addAll(archive.files().keySet()));
            boolean onlyWhatIsHeldIsLeft = free.stream()
                    .allMatch(archive -> held.containsAll(archive.files().keySet()));
            assertTrue(DiskUse.bytes(left) <= policy.bytes() || onlyWhatIsHeldIsLeft, "too large, seed " + seed);
            assertEquals(
                    List.of(),
                    RetentionPlan.ofJob(left, new RetentionPolicy(policy.days(), null, policy.bytes()), NOW).stream()
                            .filter(verdict -> verdict.rule() != RetentionRule.BUILDS)
                            .toList(),
                    "a second sweep finds nothing, seed " + seed);
        }
    }

    /** Bench case P11: the sweep's own work for 10,000 archives that share most of their 20 files each. */
    @Test
    void tenThousandArchivesAreSweptInFiveSeconds() {
        for (int job = 0; job < 100; job++) {
            for (int build = 1; build <= 100; build++) {
                Map<Object, Long> files = new HashMap<>();
                for (int layer = 0; layer < 18; layer++) {
                    files.put("j" + job + "l" + layer, 10_000_000L);
                }
                files.put("j" + job + "b" + build, 5_000_000L);
                files.put("j" + job + "m" + build, 5_000L);
                archives.add(new StoredArchive(
                        "job" + job, build, 0, NOW - TimeUnit.HOURS.toMillis(1000 - build), null, null, null, files));
            }
        }
        assertEquals(10_000, archives.size());
        long begin = System.nanoTime();
        int going = 0;
        List<StoredArchive> left = new ArrayList<>();
        for (int job = 0; job < 100; job++) {
            List<StoredArchive> ofJob = archives.subList(job * 100, (job + 1) * 100);
            List<Verdict> plan = RetentionPlan.ofJob(ofJob, new RetentionPolicy(40, 80, 500_000_000L), NOW);
            Set<Integer> gone = new HashSet<>();
            plan.forEach(verdict -> gone.add(verdict.archive().build()));
            ofJob.stream().filter(archive -> !gone.contains(archive.build())).forEach(left::add);
            going += plan.size();
        }
        going += RetentionPlan.ofAll(left, 20_000_000_000L).size();
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        System.out.println(
                "P11: " + archives.size() + " archives planned in " + took.toMillis() + " ms, " + going + " go");
        assertTrue(going > 2_000, "it is a sweep that finds something: " + going);
        assertTrue(took.toMillis() < 5_000, took.toString());
    }

    private void archive(int build, int daysAgo, Map<Object, Long> files) {
        archive(build, 0, daysAgo, files);
    }

    private void archive(int build, int index, int daysAgo, Map<Object, Long> files) {
        archives.add(
                new StoredArchive("job", build, index, NOW - TimeUnit.DAYS.toMillis(daysAgo), null, null, null, files));
    }

    private List<String> plan(RetentionPolicy policy) {
        return RetentionPlan.ofJob(archives, policy, NOW).stream()
                .map(verdict -> verdict.archive().build() + " " + verdict.rule().text() + " " + verdict.limit())
                .sorted()
                .toList();
    }
}
