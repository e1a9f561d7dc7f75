package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.HashSet;
import java.util.Set;

/** Watches entry names for what tells the root of a file system from an image archive. */
final class FileSystemSigns {

    private static final Set<String> TOP = Set.of(
            ".dockerenv",
            "bin",
            "boot",
            "dev",
            "etc",
            "home",
            "lib",
            "lib64",
            "mnt",
            "opt",
            "proc",
            "root",
            "run",
            "sbin",
            "srv",
            "sys",
            "tmp",
            "usr",
            "var");

    /** Any of these is enough. */
    private static final Set<String> FILES =
            Set.of(".dockerenv", "bin/sh", "bin/busybox", "usr/bin/env", "etc/passwd", "etc/os-release");

    private static final Set<String> IMAGE = Set.of("manifest.json", "index.json", "oci-layout");

    private boolean file;
    private boolean image;
    private final Set<String> found = new HashSet<>();

    void see(@NonNull String name) {
        String top = name.startsWith("./") ? name.substring(2) : name;
        while (top.startsWith("/")) {
            top = top.substring(1);
        }
        file |= FILES.contains(top);
        image |= IMAGE.contains(top);
        int slash = top.indexOf('/');
        top = slash < 0 ? top : top.substring(0, slash);
        if (TOP.contains(top)) {
            found.add(top);
        }
    }

    /** One such name may be chance, as in an archive of somebody's {@code bin}; a container always has more. */
    boolean areThere() {
        return file || found.size() >= 2;
    }

    /** Whether there is one of an image archive's own files as well. */
    boolean withImage() {
        return image;
    }

    @NonNull
    WrongArchiveException exception() {
        return new WrongArchiveException(
                WrongArchiveException.Really.FILE_SYSTEM, "it is the file system of a container, not an image archive");
    }
}
