package io.vexel.device;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Measures random reads of 4 KiB past the page cache: one by one, together, and by a pool of threads. A program, not a test: give it a directory
 * on the disk in question. Times are medians of turns, and processor time of the whole process a turn, which follow each other closely, so that
 * other work meets all alike.
 */
final class ReadSpeed {

    private static final int PAGE = 4096;
    private static final long BYTES = 1L << 30;
    private static final int TURNS = 400;
    private static final int ROUNDS = 5;

    private ReadSpeed() {}

    private interface Way {
        void read(long[] offsets, MemorySegment[] targets, int count) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        Path image = Path.of(arguments[0]).resolve("readspeed.image");
        FileDeviceOptions options = FileDeviceOptions.readWrite().withDirectIo(DirectIo.REQUIRED);
        try (FileDevice device = FileDevice.create(image, BYTES, options);
                Arena arena = Arena.ofShared();
                ExecutorService four = Executors.newFixedThreadPool(4);
                ExecutorService eight = Executors.newFixedThreadPool(8)) {
            MemorySegment filler = arena.allocate(1 << 20, PAGE).fill((byte) 1);
            for (long at = 0; at < BYTES; at += filler.byteSize()) {
                device.write(at, filler);
            }
            device.flush();
            System.out.println("overlaps: " + device.overlapsReads());
            Way oneByOne = (offsets, targets, count) -> {
                for (int i = 0; i < count; i++) {
                    device.read(offsets[i], targets[i]);
                }
            };
            MemorySegment[] targets = new MemorySegment[64];
            Arrays.setAll(targets, i -> arena.allocate(PAGE, PAGE));
            List<Way> ways = List.of(
                    oneByOne,
                    device::readMany,
                    (offsets, into, count) -> inPool(four, device, offsets, into, count),
                    (offsets, into, count) -> inPool(eight, device, offsets, into, count));
            for (int count : new int[] {1, 2, 4, 8, 16, 32}) {
                System.out.println(measure(ways, targets, count));
            }
        } finally {
            Files.delete(image);
        }
    }

    private static void inPool(
            ExecutorService pool, FileDevice device, long[] offsets, MemorySegment[] targets, int count)
            throws InterruptedException, ExecutionException {
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int read = i;
            tasks.add(() -> {
                device.read(offsets[read], targets[read]);
                return true;
            });
        }
        for (Future<Boolean> result : pool.invokeAll(tasks)) {
            result.get();
        }
    }

    private static String measure(List<Way> ways, MemorySegment[] targets, int count) throws Exception {
        SplittableRandom random = new SplittableRandom(count);
        double[][] nanos = new double[ways.size()][ROUNDS * TURNS];
        double[] processor = new double[ways.size()];
        long[] offsets = new long[count];
        for (int round = -1; round < ROUNDS; round++) {
            for (int way = 0; way < ways.size(); way++) {
                long before = processorNanos();
                for (int turn = 0; turn < TURNS; turn++) {
                    Arrays.setAll(offsets, i -> random.nextLong(BYTES / PAGE) * PAGE);
                    long start = System.nanoTime();
                    ways.get(way).read(offsets, targets, count);
                    nanos[way][Math.max(0, round) * TURNS + turn] = System.nanoTime() - start;
                }
                processor[way] += round < 0 ? 0 : processorNanos() - before;
            }
        }
        StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%2d reads, us:", count));
        for (int way = 0; way < ways.size(); way++) {
            Arrays.sort(nanos[way]);
            line.append(String.format(
                    Locale.ROOT,
                    "  %s %.0f (processor %.0f)",
                    List.of("one by one", "together", "4 threads", "8 threads").get(way),
                    nanos[way][ROUNDS * TURNS / 2] / 1000,
                    processor[way] / (ROUNDS * TURNS) / 1000));
        }
        return line.toString();
    }

    private static long processorNanos() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .orElse(Duration.ZERO)
                .toNanos();
    }
}
