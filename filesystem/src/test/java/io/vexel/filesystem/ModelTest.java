package io.vexel.filesystem;

import static org.assertj.core.api.Assertions.assertThat;

import io.vexel.base.CapacityException;
import io.vexel.base.TimeSource;
import io.vexel.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Seeded operations on the file system and on a naive twin in memory, with clean and unclean remounts in between. */
final class ModelTest {

    private static final int STEPS = Boolean.getBoolean("vexel.deep") ? 3000 : 120;
    private static final int SEEDS = Boolean.getBoolean("vexel.deep") ? 10 : 2;
    private static final int MAX_FILE = 3 << 20;
    private static final long LEAST_VOLUME = 40 << 20;

    /** More than as many files and directories as a long run makes, so that a volume of large blocks is never full. */
    private static final int BLOCKS = 8192;

    static Stream<Arguments> runs() {
        return Stream.of(1024, 2048, 4096, 16384, 65536)
                .flatMap(size -> LongStream.range(0, SEEDS).mapToObj(seed -> Arguments.of(size, seed)));
    }

    @ParameterizedTest
    @MethodSource("runs")
    void volume_underRandomOperations_equalsItsTwin(int blockSize, long seed) {
        new Run(blockSize, seed).run();
    }

    /** A file or directory of the twin. */
    private static final class Node {
        final long inode;
        final boolean directory;
        byte[] data = new byte[0];
        final TreeMap<String, Node> names = new TreeMap<>();

        Node(long inode, boolean directory) {
            this.inode = inode;
            this.directory = directory;
        }
    }

    private static final class Run {
        private final Random random;
        private final String name;
        private final int blockBytes;
        private SparseDevice device;
        private FileSystem volume;
        private final Node root = new Node(FileSystem.ROOT, true);

        Run(int blockSize, long seed) {
            this.blockBytes = blockSize;
            this.random = new Random(seed * 31 + blockSize);
            this.name = "blockSize=" + blockSize + " seed=" + seed;
            this.device = new SparseDevice(Math.max(LEAST_VOLUME, (long) blockSize * BLOCKS));
            FormatOptions options =
                    FormatOptions.defaults().withBlockSize(blockSize).withIdentity(new UUID(blockSize, seed), seed);
            Mkfs.format(device, options);
            volume = open();
        }

        private FileSystem open() {
            MemoryBudget budget = new MemoryBudget(64 << 20);
            return FileSystem.open(device, new MountOptions(false, budget, TimeSource.SYSTEM));
        }

        void run() {
            int step = 0;
            try {
                for (; step < STEPS; step++) {
                    step();
                }
                remount(true);
                compare();
            } catch (RuntimeException | Error e) {
                throw new AssertionError(name + " step=" + step, e);
            }
            volume.close();
        }

        private void step() {
            switch (random.nextInt(20)) {
                case 0 -> remount(true);
                case 1 -> remount(false);
                case 2 -> compare();
                case 3 -> failing();
                default -> {
                    volume.update(tx -> {
                        for (int i = random.nextInt(4); i >= 0; i--) {
                            operation(tx);
                        }
                    });
                }
            }
        }

        private void remount(boolean clean) {
            if (clean) {
                volume.close();
            } else {
                SparseDevice crashed = device.copy();
                volume.close();
                device = crashed;
            }
            FsckReport report = Fsck.check(device, FsckOptions.defaults());
            assertThat(report.findings().stream().filter(f -> f.severity() != FsckFinding.Severity.NOTE))
                    .as(name)
                    .isEmpty();
            volume = open();
        }

        /** A body that throws after changes that the twin must not see. */
        private void failing() {
            List<Node> files = files();
            try {
                volume.apply(tx -> {
                    long inode = tx.createFile(FileSystem.ROOT, "never" + random.nextInt(), FileKind.REGULAR);
                    tx.write(inode, 0, bytes(random.nextInt(200_000)));
                    for (Node file : files) {
                        tx.write(file.inode, random.nextInt(1000), bytes(random.nextInt(80_000)));
                        tx.truncate(file.inode, random.nextInt(1000));
                    }
                    throw new IllegalArgumentException("stop");
                });
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessage("stop");
            } catch (CapacityException e) {
                // More than this small journal takes: undone all the same.
                assertThat(e.resource()).contains("journal");
            }
        }

        private MemorySegment bytes(int length) {
            byte[] result = new byte[length];
            random.nextBytes(result);
            return MemorySegment.ofArray(result);
        }

        private void operation(Transaction tx) {
            List<Node> directories = new ArrayList<>();
            collect(root, directories, true);
            Node directory = directories.get(random.nextInt(directories.size()));
            List<Node> files = files();
            switch (random.nextInt(10)) {
                case 0, 1 -> create(tx, directory);
                case 2 -> mkdir(tx, directory);
                case 3 -> unlink(tx, directory);
                case 4 -> rename(tx, directory, directories.get(random.nextInt(directories.size())));
                case 5 -> link(tx, directory, files);
                case 6 -> truncate(tx, files);
                case 7 -> discard(tx, files);
                default -> write(tx, files);
            }
        }

        private List<Node> files() {
            List<Node> files = new ArrayList<>();
            collect(root, files, false);
            return files;
        }

        private static void collect(Node node, List<Node> into, boolean directories) {
            if (node.directory == directories && !into.contains(node)) {
                into.add(node);
            }
            node.names.values().forEach(child -> collect(child, into, directories));
        }

        private String newName() {
            return "n" + "x".repeat(random.nextInt(8) == 0 ? 200 : random.nextInt(5)) + random.nextInt(1_000_000);
        }

        private Optional<String> someName(Node directory) {
            List<String> names = List.copyOf(directory.names.keySet());
            return names.isEmpty() ? Optional.empty() : Optional.of(names.get(random.nextInt(names.size())));
        }

        private void create(Transaction tx, Node directory) {
            String fresh = newName();
            FileKind kind = random.nextBoolean() ? FileKind.REGULAR : FileKind.VECTOR;
            directory.names.put(fresh, new Node(tx.createFile(directory.inode, fresh, kind), false));
        }

        private void mkdir(Transaction tx, Node directory) {
            String fresh = newName();
            directory.names.put(fresh, new Node(tx.createDirectory(directory.inode, fresh), true));
        }

        private void unlink(Transaction tx, Node directory) {
            someName(directory)
                    .filter(n -> directory.names.get(n).names.isEmpty())
                    .ifPresent(n -> {
                        tx.unlink(directory.inode, n);
                        directory.names.remove(n);
                    });
        }

        private void rename(Transaction tx, Node from, Node to) {
            Optional<String> old = someName(from);
            if (old.isEmpty() || from.names.get(old.get()).directory) {
                return;
            }
            Optional<String> target = random.nextBoolean()
                    ? Optional.of(newName())
                    : someName(to).filter(n -> !to.names.get(n).directory);
            target.ifPresent(n -> {
                tx.rename(from.inode, old.get(), to.inode, n);
                Node moved = from.names.remove(old.get());
                to.names.put(n, moved);
            });
        }

        private void link(Transaction tx, Node directory, List<Node> files) {
            if (!files.isEmpty()) {
                Node file = files.get(random.nextInt(files.size()));
                String fresh = newName();
                tx.link(file.inode, directory.inode, fresh);
                directory.names.put(fresh, file);
            }
        }

        private void truncate(Transaction tx, List<Node> files) {
            if (!files.isEmpty()) {
                Node file = files.get(random.nextInt(files.size()));
                int size = random.nextInt(Math.max(1, file.data.length * 5 / 4));
                tx.truncate(file.inode, size);
                file.data = Arrays.copyOf(file.data, size);
            }
        }

        private void discard(Transaction tx, List<Node> files) {
            if (!files.isEmpty()) {
                Node file = files.get(random.nextInt(files.size()));
                int from = random.nextInt(file.data.length + 1);
                int length = random.nextInt(file.data.length + 1);
                tx.discard(file.inode, from, length);
                int first = Math.min(file.data.length, Math.ceilDiv(from, blockBytes) * blockBytes);
                int end = Math.min(file.data.length, (from + length) / blockBytes * blockBytes);
                if (first < end) {
                    Arrays.fill(file.data, first, end, (byte) 0);
                }
            }
        }

        private void write(Transaction tx, List<Node> files) {
            if (files.isEmpty() || files.stream().mapToLong(f -> f.data.length).sum() > 12 << 20) {
                return;
            }
            Node file = files.get(random.nextInt(files.size()));
            int length = switch (random.nextInt(4)) {
                case 0 -> random.nextInt(600_000);
                case 1 -> random.nextInt(70_000);
                default -> random.nextInt(2000);
            };
            int offset = random.nextInt(3) == 0 ? random.nextInt(file.data.length + 100_000) : file.data.length;
            offset = random.nextInt(4) == 0 ? offset & -65536 : offset;
            if (offset + length > MAX_FILE) {
                return;
            }
            MemorySegment source = bytes(length);
            tx.write(file.inode, offset, source);
            if (length > 0) {
                file.data = Arrays.copyOf(file.data, Math.max(file.data.length, offset + length));
                MemorySegment.copy(source, 0, MemorySegment.ofArray(file.data), offset, length);
            }
        }

        private void compare() {
            compare(root);
        }

        private void compare(Node node) {
            FileStat stat = volume.stat(node.inode);
            if (!node.directory) {
                assertThat(stat.size()).as(name).isEqualTo(node.data.length);
                byte[] found = FileSystemTest.read(volume, node.inode, 0, node.data.length + 10);
                int difference = Arrays.mismatch(found, node.data);
                assertThat(difference).as(name + " inode " + node.inode).isEqualTo(-1);
                return;
            }
            assertThat(stat.size()).isEqualTo(node.names.size());
            List<DirectoryEntry> entries = volume.list(node.inode, Optional.empty(), 100_000);
            assertThat(entries).hasSize(node.names.size());
            for (DirectoryEntry entry : entries) {
                Node child = node.names.get(entry.name());
                assertThat(child).as(name + " " + entry).isNotNull();
                assertThat(entry.inode()).isEqualTo(child.inode);
                compare(child);
            }
        }
    }

    @Test
    void directory_withManyEntries_staysFast() {
        int count = Boolean.getBoolean("vexel.deep") ? 1_000_000 : 20_000;
        SparseDevice device = new SparseDevice(Boolean.getBoolean("vexel.deep") ? 2L << 30 : 256 << 20);
        Mkfs.format(device, FormatOptions.defaults().withInodeRatio(1024));
        try (FileSystem volume = FileSystem.open(device, MountOptions.defaults())) {
            for (int start = 0; start < count; start += 1000) {
                int from = start;
                volume.apply(tx -> {
                    for (int i = from; i < from + 1000; i++) {
                        tx.createFile(FileSystem.ROOT, "entry-" + i, FileKind.REGULAR);
                    }
                });
            }
        }
        try (FileSystem volume = FileSystem.open(device, MountOptions.defaults())) {
            assertThat(volume.stat(FileSystem.ROOT).size()).isEqualTo(count);
            Random random = new Random(7);
            for (int i = 0; i < 20_000; i++) {
                String wanted = "entry-" + random.nextInt(count);
                assertThat(volume.lookup(FileSystem.ROOT, wanted)).isPresent();
            }
            assertThat(volume.lookup(FileSystem.ROOT, "entry-" + count)).isEmpty();
            for (int i = 0; i < count; i += 97) {
                int n = i;
                volume.apply(tx -> tx.unlink(FileSystem.ROOT, "entry-" + n));
            }
        }
        FsckReport report = Fsck.check(device, FsckOptions.defaults());
        assertThat(report.errors()).isZero();
    }
}
