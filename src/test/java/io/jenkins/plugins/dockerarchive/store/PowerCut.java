package io.jenkins.plugins.dockerarchive.store;

import io.jenkins.plugins.dockerarchive.store.RecordedDisk.Event;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * What a cut of the power leaves of a {@link RecordedDisk}. Contents that were not flushed are zeros of the same length, as
 * file systems with delayed allocation have them. Names that were not flushed depend on the file system.
 */
final class PowerCut {

    /** What becomes of names whose directory was not flushed. */
    enum Names {
        /** All are there: the disk was about to have everything but contents. */
        ALL,
        /** Those up to the last flush of anything, which a journal brings to the disk in their order. */
        JOURNAL,
        /** New directories, and what was flushed with the directory that it is in: nothing else is sure. */
        FLUSHED,
        /** Any of the others as well, each for itself. */
        ANY
    }

    private final List<Event> events;
    private final Map<Integer, FileTime> times = new HashMap<>();

    PowerCut(List<Event> events) {
        this.events = events;
        for (Event event : events) {
            if (event instanceof Event.Flushed flushed) {
                times.put(flushed.file(), flushed.modified());
            }
        }
    }

    /** Lays out in a new directory what is left when the power is cut after that many events. */
    void leave(int after, Names names, Random random, Path directory) throws IOException {
        List<Event> done = events.subList(0, after);
        Map<Integer, Map<String, Integer>> tree = new HashMap<>();
        Set<Integer> directories = new HashSet<>(Set.of(0));
        Map<Integer, byte[]> contents = new HashMap<>();
        int journal = 0;
        Map<Integer, Integer> flushed = new HashMap<>();
        for (int i = 0; i < after; i++) {
            Event event = done.get(i);
            if (event instanceof Event.Flushed || event instanceof Event.FlushedNames) {
                journal = i;
            }
            if (event instanceof Event.FlushedNames of) {
                flushed.put(of.directory(), i);
            }
        }
        for (int i = 0; i < after; i++) {
            Event event = done.get(i);
            if (event instanceof Event.Made made && made.directory()) {
                directories.add(made.node());
            } else if (event instanceof Event.Written written) {
                byte[] before = contents.getOrDefault(written.file(), new byte[0]);
                contents.put(written.file(), java.util.Arrays.copyOf(before, (int) written.size()));
            } else if (event instanceof Event.Flushed content) {
                contents.put(content.file(), content.content());
            } else if (event instanceof Event.Named named) {
                boolean made = directories.contains(named.node());
                if (made && names != Names.JOURNAL || stays(i, named.directory(), names, journal, flushed, random)) {
                    names(tree, named.directory()).put(named.name(), named.node());
                }
            } else if (event instanceof Event.Unnamed unnamed) {
                if (stays(i, unnamed.directory(), names, journal, flushed, random)) {
                    names(tree, unnamed.directory()).remove(unnamed.name());
                }
            } else if (event instanceof Event.Moved moved) {
                if (stays(i, moved.from(), names, journal, flushed, random)) {
                    names(tree, moved.from()).remove(moved.name());
                }
                if (stays(i, moved.to(), names, journal, flushed, random)) {
                    names(tree, moved.to()).put(moved.newName(), moved.node());
                }
            }
        }
        lay(0, tree, directories, contents, directory, new LinkedHashMap<>(), 0);
    }

    private static boolean stays(
            int at, int directory, Names names, int journal, Map<Integer, Integer> flushed, Random random) {
        boolean sure = flushed.getOrDefault(directory, -1) > at;
        return switch (names) {
            case ALL -> true;
            case JOURNAL -> at <= journal;
            case FLUSHED -> sure;
            case ANY -> sure || random.nextBoolean();
        };
    }

    private static Map<String, Integer> names(Map<Integer, Map<String, Integer>> tree, int directory) {
        return tree.computeIfAbsent(directory, none -> new LinkedHashMap<>());
    }

    private void lay(
            int node,
            Map<Integer, Map<String, Integer>> tree,
            Set<Integer> directories,
            Map<Integer, byte[]> contents,
            Path at,
            Map<Integer, Path> laid,
            int depth)
            throws IOException {
        if (depth > 20) {
            throw new IOException("directories that go round");
        }
        if (directories.contains(node)) {
            Files.createDirectories(at);
            for (Map.Entry<String, Integer> entry :
                    new ArrayList<>(names(tree, node).entrySet())) {
                lay(entry.getValue(), tree, directories, contents, at.resolve(entry.getKey()), laid, depth + 1);
            }
        } else if (laid.containsKey(node)) {
            Files.createLink(at, laid.get(node));
        } else {
            Files.write(at, contents.getOrDefault(node, new byte[0]));
            if (times.containsKey(node)) {
                Files.setLastModifiedTime(at, times.get(node));
            }
            laid.put(node, at);
        }
    }
}
