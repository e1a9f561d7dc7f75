package io.jenkins.plugins.dockerarchive.builds;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.operations.ArchiveFormat;
import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import io.jenkins.plugins.dockerarchive.retention.RetentionRule;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArchivesActionTest {

    private static final String DIGEST = "sha256:" + "a".repeat(64);

    private static final SaveResult RESULT = new SaveResult(
            "/ws",
            "shop_1.tar",
            7,
            "b".repeat(64),
            List.of(
                    new SaveResult.SavedImage(
                            DIGEST,
                            List.of("shop:1", "shop:2"),
                            "linux/amd64",
                            List.of(
                                    new SaveResult.SavedLayer(DIGEST, 100, false),
                                    new SaveResult.SavedLayer(DIGEST, 11, true)),
                            "/bin/shop --serve",
                            "2026-11-25T12:00:00Z"),
                    new SaveResult.SavedImage(DIGEST, List.of(), "linux/amd64", List.of(), "", "")),
            7,
            false);

    private final ArchivesAction action = new ArchivesAction();

    @Test
    void stashNamesAreClaimedOnce() throws Exception {
        action.claimStash("dockerSave of shop:1", "shop");
        BadInputException again =
                assertThrows(BadInputException.class, () -> action.claimStash("dockerExport of shop-run", "shop"));
        assertEquals(
                "dockerExport of shop-run: stash 'shop' is used by another step of this build"
                        + " (dockerSave of shop:1, which is still running); give each stash a name of its own.",
                again.getMessage());
        action.claimStash("dockerSave of shop:1", "other");
        action.releaseStash("shop");
        assertDoesNotThrow(() -> action.claimStash("dockerSave of shop:1", "shop"));
        action.releaseStash(null);
    }

    @Test
    void recordSaysWhatWasWritten() {
        ArchiveRecord archive = record(RESULT);
        assertEquals("dockerSave", archive.getVerb());
        assertEquals("shop_1.tar", archive.getFile());
        assertEquals(7, archive.getSize());
        assertEquals("b".repeat(64), archive.getSha256());
        assertEquals(List.of("shop:1", "shop:2", DIGEST), archive.getImages());
        assertNull(archive.getContainer());
        assertTrue(archive.isArtifact());
        assertFalse(archive.isInWorkspace());
        assertEquals("shop", archive.getStash());
        assertEquals(3, archive.getKeepDays());
        assertNull(archive.getKeepBuilds());
        assertTrue(archive.getTime() > 0);
        assertEquals("tar", archive.getFormat());
        assertEquals("none", archive.getCompression());
        assertEquals("Build", archive.getStage());
        assertEquals("alpha", archive.getNode());
        RecordedImage image = archive.getDetails().get(0);
        assertEquals(DIGEST, image.getId());
        assertEquals("/bin/shop --serve", image.getCommand());
        assertEquals("2026-11-25T12:00:00Z", image.getCreated());
        assertEquals(111, image.getSize());
        assertEquals(11, image.getAddedSize());
        assertTrue(image.getLayers().get(1).isAdded());
        assertFalse(archive.isExpired());
        assertNull(archive.getExpiredRule());
    }

    @Test
    void expiredRecordKeepsAllButSaysWhy() {
        ArchiveRecord before = record(RESULT);
        ArchiveRecord after = before.expired(RetentionRule.DAYS, "7");
        assertTrue(after.isExpired());
        assertEquals(RetentionRule.DAYS, after.getExpiredRule());
        assertTrue(
                new Expiry(after).sentence().matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC by the rule keepDays: 7"));
        assertEquals(before.getImages(), after.getImages());
        assertEquals(before.getSha256(), after.getSha256());
        assertEquals(before.getTime(), after.getTime());
        assertTrue(new Expiry(before.expired(RetentionRule.BY_HAND, "alice"))
                .sentence()
                .endsWith(" by alice"));
    }

    @Test
    void ruleThatALaterVersionHasWrittenIsStillRead() {
        assertEquals(RetentionRule.BY_HAND, RetentionRule.of("byMoon"));
    }

    @Test
    void layerBarIsAsWideAsTheLayersAreLarge() {
        LayerBar bar = new LayerBar(record(RESULT).getDetails().get(0));
        assertEquals(2, bar.getSegments().size());
        assertEquals(0, bar.getSegments().get(0).getX());
        assertEquals("shared", bar.getSegments().get(0).getState());
        assertEquals("new", bar.getSegments().get(1).getState());
        assertEquals(
                LayerBar.WIDTH,
                bar.getSegments().stream().mapToInt(LayerBar.Segment::getWidth).sum());
        assertTrue(bar.getText().contains("11 B"), bar.getText());
        assertTrue(bar.getSegments().get(0).getTitle().contains(DIGEST));
    }

    private static ArchiveRecord record(SaveResult result) {
        return ArchiveRecord.of(
                result,
                ArchiveFormat.TAR,
                new Destination(null, true, "shop", Destination.Existing.REFUSE),
                new Retention(3, null),
                new Origin("Build", "alpha"));
    }
}
