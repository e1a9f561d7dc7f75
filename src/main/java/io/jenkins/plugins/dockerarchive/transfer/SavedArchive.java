package io.jenkins.plugins.dockerarchive.transfer;

import edu.umd.cs.findbugs.annotations.NonNull;
import io.jenkins.plugins.dockerarchive.operations.ArchiveFormat;
import io.jenkins.plugins.dockerarchive.operations.SaveResult;

/**
 * What a save has written.
 *
 * @param format that of the archive where it is kept: a layout that was asked for is one file in stores that keep files
 */
public record SavedArchive(
        @NonNull SaveResult result, @NonNull ArchiveFormat format) {}
