package io.jenkins.plugins.dockerarchive.builds;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.jenkins.plugins.dockerarchive.operations.BadInputException;
import io.jenkins.plugins.dockerarchive.operations.Destination;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;
import java.util.List;
import org.junit.jupiter.api.Test;

class ArchivesActionTest {

    private static final String DIGEST = "sha256:" + "a".repeat(64);

    private final ArchivesAction action = new ArchivesAction();

    @Test
    void stashNamesAreClaimedOnce() throws Exception {
        action.claimStash("dockerSave", "shop");
        BadInputException again = assertThrows(BadInputException.class, () -> action.claimStash("dockerSave", "shop"));
        assertTrue(again.getMessage().contains("'shop'"), again.getMessage());
        action.claimStash("dockerSave", "other");
        action.releaseStash("shop");
        assertDoesNotThrow(() -> action.claimStash("dockerSave", "shop"));
        action.releaseStash(null);
    }

    @Test
    void recordSaysWhatWasWritten() {
        SaveResult result = new SaveResult(
                "/ws",
                "shop_1.tar",
                7,
                "b".repeat(64),
                List.of(
                        new SaveResult.SavedImage(
                                DIGEST, List.of("shop:1", "shop:2"), "linux/amd64", List.of(), "", ""),
                        new SaveResult.SavedImage(DIGEST, List.of(), "linux/amd64", List.of(), "", "")),
                7,
                false);
        ArchiveRecord archive = ArchiveRecord.of(
                result, new Destination(null, true, "shop", Destination.Existing.REFUSE), new Retention(3, null));
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
    }
}
