package io.jenkins.plugins.dockerarchive.operations;

import edu.umd.cs.findbugs.annotations.CheckForNull;
import edu.umd.cs.findbugs.annotations.NonNull;
import java.io.Serializable;

/**
 * An archive to be read, as the machine with the engine sees it. Stashes and artifacts have become a file by then.
 *
 * @param file path of a file or an OCI layout directory, relative to the workspace or, for what was fetched,
 *     absolute in the temporary directory; null when {@code url} is given
 * @param url http or https address to fetch from; null when {@code file} is given
 * @param sha256 expected SHA-256 of the bytes, 64 hexadecimal digits, or null
 * @param label what a person calls this archive, as it stands in log and errors, for example {@code stash 'shop'}
 */
public record ArchiveSource(
        @CheckForNull String file,
        @CheckForNull String url,
        @CheckForNull String sha256,
        @NonNull String label) implements Serializable {}
