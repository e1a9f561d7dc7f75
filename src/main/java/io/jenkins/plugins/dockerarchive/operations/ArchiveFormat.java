package io.jenkins.plugins.dockerarchive.operations;

/** The shape of a written image archive. */
public enum ArchiveFormat {
    /** One file that any {@code docker load} takes. */
    TAR,
    /** A directory in OCI image layout, its layers as blobs by digest. */
    OCI
}
