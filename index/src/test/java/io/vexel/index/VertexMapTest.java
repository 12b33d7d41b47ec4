package io.vexel.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vexel.base.CapacityException;
import io.vexel.memory.MemoryBudget;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The map of ordinals beside a naive twin, which is a function of how far its writers are. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VertexMapTest {

    private static final long SEED = Long.getLong("vexel.seed", 31);

    /** Entries of several units of two MiB, at the ends of which other pages take the place of those that are read. */
    private static final int ORDINALS = Boolean.getBoolean("vexel.deep") ? 1 << 23 : 1 << 21;

    private static final int WRITERS = 2;
    private static final int READERS = 2;

    /** So many ordinals later an entry takes its next value. */
    private static final int LAG = 100;

    private static final int VALUES = 4;

    /** Writers say which ordinal they work on before they do, and after. */
    private final AtomicIntegerArray begun = new AtomicIntegerArray(WRITERS);

    private final AtomicIntegerArray done = new AtomicIntegerArray(WRITERS);
    private final AtomicInteger writing = new AtomicInteger(WRITERS);

    /** What is entered for an ordinal: nothing, then a vertex, then nothing, then another one; both halves of each differ from those of the other. */
    private static int value(int ordinal, int number) {
        return switch (number) {
            case 1 -> (ordinal * 0x9E37_79B9) >>> 2;
            case 3 -> (ordinal * 0x9E37_79B9) >>> 2 ^ 0x3FFF_FFFF;
            default -> GraphLayout.NO_VERTEX;
        };
    }

    /** Which of its values an ordinal has when its writer has worked on all up to another one. */
    private static int number(int ordinal, int upTo) {
        return Math.clamp(Math.floorDiv(upTo - ordinal, LAG) + 1, 0, VALUES - 1);
    }

    private static boolean isOneOf(int found, int ordinal, int least, int most) {
        boolean known = false;
        for (int number = least; number <= most; number++) {
            known |= found == value(ordinal, number);
        }
        return known;
    }

    /** Ordinals that a writer has to itself, one after the other, as insertions, takeovers and sweeps have them. */
    private void write(VertexMap map, int writer) {
        try {
            for (int ordinal = writer; ordinal < ORDINALS; ordinal += WRITERS) {
                begun.set(writer, ordinal);
                map.ensure(ordinal);
                map.put(ordinal, value(ordinal, 1));
                int staying = ordinal - LAG / 2;
                if (staying >= 0) {
                    map.remove(staying, value(staying, 3));
                }
                int leaving = ordinal - LAG;
                if (leaving >= 0) {
                    map.remove(leaving, value(leaving, 1));
                }
                int again = ordinal - 2 * LAG;
                if (again >= 0) {
                    map.put(again, value(again, 3));
                }
                done.set(writer, ordinal);
            }
        } finally {
            writing.decrementAndGet();
        }
    }

    /** Returns how many entries it looked at. */
    private long read(VertexMap map, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        long looked = 0;
        while (writing.get() > 0) {
            int writer = random.nextInt(WRITERS);
            int last = begun.get(writer);
            // Most are near the writer, where entries change.
            int back = random.nextInt(4) == 0 ? random.nextInt(last + 1) : random.nextInt(-1, 3 * LAG);
            int ordinal = (last - back) / WRITERS * WRITERS + writer;
            if (ordinal >= 0) {
                int least = number(ordinal, done.get(writer));
                int found = map.vertex(ordinal);
                VarHandle.fullFence();
                int most = number(ordinal, begun.get(writer));
                if (!isOneOf(found, ordinal, least, most)) {
                    throw new AssertionError("ordinal " + ordinal + ": vertex " + found + ", allowed: values " + least
                            + " to " + most + " of it");
                }
                looked++;
            }
        }
        return looked;
    }

    /** Ordinals of one writer, each of which is entered and leaves a window later. */
    private void slide(VertexMap map, int window) {
        try {
            for (int ordinal = 0; ordinal < ORDINALS; ordinal++) {
                begun.set(0, ordinal);
                map.ensure(ordinal);
                map.put(ordinal, value(ordinal, 1));
                map.remove(ordinal - window, value(ordinal - window, 1));
                done.set(0, ordinal);
            }
        } finally {
            writing.decrementAndGet();
        }
    }

    @Test
    void trim_besideAWriterAndReaders_leavesWhatIsEnteredAndMemoryForThat() throws Exception {
        int window = 3 * VertexMap.PIECE_ORDINALS;
        MemoryBudget budget = MemoryBudget.unlimited();
        writing.set(1);
        done.set(0, -1);
        try (VertexMap map = new VertexMap(budget, "test");
                ExecutorService threads = Executors.newFixedThreadPool(3)) {
            Future<?> writer = threads.submit(() -> slide(map, window));
            Future<?> trimmer = threads.submit(() -> {
                while (writing.get() > 0) {
                    map.trim(done.get(0));
                }
            });
            Future<Long> reader = threads.submit(() -> {
                SplittableRandom random = new SplittableRandom(SEED);
                long seen = 0;
                while (writing.get() > 0) {
                    int last = done.get(0);
                    int ordinal = last - random.nextInt(2 * window);
                    if (ordinal >= 0) {
                        int found = map.vertex(ordinal);
                        VarHandle.fullFence();
                        boolean stays = ordinal > begun.get(0) - window;
                        assertThat(found)
                                .as("ordinal %d", ordinal)
                                .isIn(value(ordinal, 1), stays ? value(ordinal, 1) : GraphLayout.NO_VERTEX);
                        seen += found == GraphLayout.NO_VERTEX ? 0 : 1;
                    }
                }
                return seen;
            });
            writer.get();
            trimmer.get();
            assertThat(reader.get()).isPositive();
            map.trim(ORDINALS);
            assertThat(map.end()).isEqualTo(ORDINALS);
            assertThat(budget.usedBytes()).isEqualTo(4L * window).isEqualTo(map.byteSize());
            for (int ordinal = 0; ordinal < ORDINALS; ordinal++) {
                assertThat(map.vertex(ordinal))
                        .isEqualTo(ordinal < ORDINALS - window ? GraphLayout.NO_VERTEX : value(ordinal, 1));
            }
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void ensure_farOrdinals_takesMemoryForTheirPiecesOnly() {
        long piece = 4L * VertexMap.PIECE_ORDINALS;
        MemoryBudget budget = new MemoryBudget(3 * piece);
        try (VertexMap map = new VertexMap(budget, "test")) {
            for (int ordinal : new int[] {Integer.MAX_VALUE, 5, 1 << 30}) {
                map.ensure(ordinal);
                map.put(ordinal, ordinal / 2);
            }
            assertThat(budget.usedBytes()).isEqualTo(3 * piece);
            assertThatThrownBy(() -> map.ensure(1 << 20)).isInstanceOf(CapacityException.class);
            assertThat(map.vertex(1 << 20)).isEqualTo(GraphLayout.NO_VERTEX);
            assertThat(map.vertex(5)).isEqualTo(2);
            assertThat(map.vertex(1 << 30)).isEqualTo(1 << 29);
            assertThat(map.vertex(Integer.MAX_VALUE)).isEqualTo(Integer.MAX_VALUE / 2);
            map.remove(5, 2);
            map.trim(VertexMap.PIECE_ORDINALS - 1);
            assertThat(budget.usedBytes())
                    .as("a piece that may come to be used")
                    .isEqualTo(3 * piece);
            map.trim(1 << 30);
            assertThat(budget.usedBytes()).isEqualTo(2 * piece);
            map.ensure(1 << 20);
            assertThat(map.vertex(1 << 20)).isEqualTo(GraphLayout.NO_VERTEX);
        }
        assertThat(budget.usedBytes()).isZero();
    }

    @Test
    void vertex_besideWritersAndGrowth_isOneThatTheOrdinalHadMeanwhile() throws Exception {
        MemoryBudget budget = MemoryBudget.unlimited();
        // Nothing is done yet.
        for (int writer = 0; writer < WRITERS; writer++) {
            done.set(writer, -2 * LAG);
        }
        try (VertexMap map = new VertexMap(budget, "test");
                ExecutorService threads = Executors.newFixedThreadPool(WRITERS + READERS)) {
            List<Future<?>> writers = new ArrayList<>();
            List<Future<Long>> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                long seed = SEED + i;
                readers.add(threads.submit(() -> read(map, seed)));
            }
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                writers.add(threads.submit(() -> write(map, writer)));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
            for (Future<Long> reader : readers) {
                assertThat(reader.get()).isPositive();
            }
            for (int ordinal = 0; ordinal < ORDINALS; ordinal++) {
                int last = number(ordinal, done.get(ordinal % WRITERS));
                assertThat(isOneOf(map.vertex(ordinal), ordinal, last, last))
                        .as("ordinal %d", ordinal)
                        .isTrue();
            }
            assertThat(map.end()).isBetween((long) ORDINALS, ORDINALS + (64L << 10));
            assertThat(map.vertex((int) map.end())).isEqualTo(GraphLayout.NO_VERTEX);
        }
        assertThat(budget.usedBytes()).isZero();
    }
}
