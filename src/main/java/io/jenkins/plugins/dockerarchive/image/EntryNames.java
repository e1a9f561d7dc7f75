package io.jenkins.plugins.dockerarchive.image;

import edu.umd.cs.findbugs.annotations.NonNull;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads the entry names of one archive: normalises them, and refuses what could be read in two ways or leads outside. */
final class EntryNames {

    /** Names are kept to find the second of a name, so all of them together have a limit, too. */
    private static final int LONGEST_ALL = 8 << 20;

    private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

    private final int longest;
    private final Set<String> seen = new HashSet<>();
    private int all;

    EntryNames(@NonNull ArchiveLimits limits) {
        this.longest = limits.nameLength();
    }

    /** The normalised name of an entry that must be the only one of that name. */
    @NonNull
    String once(String raw) throws ArchiveException {
        String name = normalise(raw);
        if (name.isEmpty()) {
            throw new ArchiveException("entry '" + shown(raw) + "' has no name");
        }
        all += name.length();
        if (all > LONGEST_ALL) {
            throw new ArchiveException("its entry names have more than " + LONGEST_ALL + " characters");
        }
        if (!seen.add(name)) {
            throw new ArchiveException("entry '" + shown(raw) + "' is there twice");
        }
        return name;
    }

    /** The entry that a symbolic link of an archive means, from the link's own place. */
    @NonNull
    String symbolic(String link, String target) throws ArchiveException {
        checkCharacters(target);
        if (target.startsWith("/")) {
            throw new ArchiveException("link '" + shown(link) + "' leads outside the archive");
        }
        Deque<String> parts = new ArrayDeque<>();
        int slash = link.lastIndexOf('/');
        String path = slash < 0 ? target : link.substring(0, slash) + "/" + target;
        for (String part : path.split("/")) {
            if (part.equals("..")) {
                if (parts.pollLast() == null) {
                    throw new ArchiveException("link '" + shown(link) + "' leads outside the archive");
                }
            } else if (!part.isEmpty() && !part.equals(".")) {
                parts.addLast(part);
            }
        }
        return String.join("/", parts);
    }

    /** A name as an entry, a manifest or a hard link states it. */
    @NonNull
    String normalise(String raw) throws ArchiveException {
        checkCharacters(raw);
        if (raw.startsWith("/")) {
            throw new ArchiveException("entry '" + shown(raw) + "' has an absolute name");
        }
        StringBuilder name = new StringBuilder(raw.length());
        for (String part : raw.split("/")) {
            if (part.equals("..")) {
                throw new ArchiveException("entry '" + shown(raw) + "' leads outside the archive");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                name.append(name.length() == 0 ? "" : "/").append(part);
            }
        }
        return name.toString();
    }

    private void checkCharacters(String raw) throws ArchiveException {
        checkLength(raw);
        if (raw.chars().anyMatch(c -> c < 0x20 || c == 0x7f || c == '\\')) {
            throw new ArchiveException("entry '" + shown(raw) + "' has a control character or a backslash in its name");
        }
    }

    /** Of a name or of a link's target. */
    void checkLength(String raw) throws ArchiveException {
        if (raw.length() > longest) {
            throw new ArchiveException("entry '" + shown(raw) + "' has a name of " + raw.length()
                    + " characters, more than the " + longest + " allowed");
        }
    }

    /** Without control characters, line separators and marks that change the direction of text. */
    @NonNull
    static String printable(String raw) {
        return INVISIBLE.matcher(raw).replaceAll("?");
    }

    /** A name as it may stand in a message: short and without what could forge a log line. */
    @NonNull
    static String shown(String raw) {
        String clean = printable(raw);
        return clean.length() <= 120 ? clean : clean.substring(0, 117) + "...";
    }
}
