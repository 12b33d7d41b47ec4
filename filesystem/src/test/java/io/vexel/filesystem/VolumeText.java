package io.vexel.filesystem;

import io.vexel.base.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads everything in a mounted volume into the words of {@link ModelVolume#describe}. */
final class VolumeText {

    /** A file in the root that only takes space: it is left out. */
    static final String FILLER = "filler";

    private static final int MAX_PATH = 2_000;
    private static final long MAX_SIZE = 1 << 24;

    private record Found(String path, FileStat stat) {}

    private final FileSystem volume;
    private final List<Found> found = new ArrayList<>();

    private VolumeText(FileSystem volume) {
        this.volume = volume;
    }

    static String of(FileSystem volume) {
        VolumeText text = new VolumeText(volume);
        text.walk(FileSystem.ROOT, "");
        return text.describe();
    }

    private void walk(long directory, String path) {
        if (path.length() > MAX_PATH) {
            throw new CorruptionException(CorruptionException.NO_BLOCK, "directories in a circle");
        }
        for (DirectoryEntry entry : volume.list(directory, Optional.empty(), Integer.MAX_VALUE)) {
            if (directory == FileSystem.ROOT && entry.name().equals(FILLER)) {
                continue;
            }
            String name = path.isEmpty() ? entry.name() : path + "/" + entry.name();
            FileStat stat = volume.stat(entry.inode());
            found.add(new Found(name, stat));
            if (entry.kind() == FileKind.DIRECTORY) {
                walk(entry.inode(), name);
            }
        }
    }

    private String describe() {
        found.sort(Comparator.comparing(Found::path));
        Map<Long, String> first = new HashMap<>();
        Map<Long, Long> checksums = new HashMap<>();
        StringBuilder text = new StringBuilder();
        for (Found each : found) {
            FileStat stat = each.stat();
            first.putIfAbsent(stat.inode(), each.path());
            long crc = stat.kind() == FileKind.DIRECTORY
                    ? 0
                    : checksums.computeIfAbsent(stat.inode(), inode -> crc(inode, stat.size()));
            text.append(ModelVolume.line(
                    each.path(), stat.kind(), stat.links(), stat.size(), crc, first.get(stat.inode())));
        }
        return text.toString();
    }

    private long crc(long inode, long size) {
        if (size > MAX_SIZE) {
            throw new CorruptionException(CorruptionException.NO_BLOCK, "inode " + inode + " has size " + size);
        }
        byte[] data = new byte[(int) size];
        long count = volume.read(inode, 0, MemorySegment.ofArray(data));
        if (count != size) {
            throw new AssertionError("inode " + inode + " has size " + size + " and gave " + count + " bytes");
        }
        return ModelVolume.crc(data);
    }
}
