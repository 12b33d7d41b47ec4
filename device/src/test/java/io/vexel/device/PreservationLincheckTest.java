package io.vexel.device;

import io.vexel.memory.MemoryBudget;
import io.vexel.memory.Region;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What is taken of blocks is what they held when the preservation began, whole, in whatever order the accesses of writers and of the copier fall. By the
 * model checker of Lincheck.
 */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PreservationLincheckTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");
    private static final int BLOCK = 512;
    private static final int BLOCKS = 2;

    /** What block 0 holds at the start; the next one holds one more. */
    private static final int FIRST = 100;

    private static final int TORN = -1;

    private static final MemoryBudget BUDGET = MemoryBudget.unlimited();

    /** Of each preservation after the other: room for one block, so that of two that are written together each is preserved by itself. */
    private static final Region BUFFER = Region.allocate(BUDGET, "preservation", BLOCK);

    @AfterAll
    static void close() {
        BUFFER.close();
    }

    /** A device whose blocks have two halves that are read and written one after the other, in an array whose accesses the model checker sees. */
    private static final class HalvesDevice implements BlockDevice {

        private final int[] halves = new int[2 * BLOCKS];

        @Override
        public long size() {
            return (long) BLOCKS * BLOCK;
        }

        @Override
        public int sectorSize() {
            return BLOCK;
        }

        @Override
        public boolean readOnly() {
            return false;
        }

        @Override
        public void read(long offset, MemorySegment target) {
            int first = (int) (2 * offset / BLOCK);
            for (int half = 0; half < 2 * target.byteSize() / BLOCK; half++) {
                target.set(ValueLayout.JAVA_INT_UNALIGNED, (long) half * BLOCK / 2, halves[first + half]);
            }
        }

        @Override
        public void write(long offset, MemorySegment source) {
            int first = (int) (2 * offset / BLOCK);
            for (int half = 0; half < 2 * source.byteSize() / BLOCK; half++) {
                halves[first + half] = source.get(ValueLayout.JAVA_INT_UNALIGNED, (long) half * BLOCK / 2);
            }
        }

        @Override
        public void flush() {
            // It has nothing to lose.
        }

        @Override
        public void discard(long offset, long length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String name() {
            return "halves";
        }

        @Override
        public void close() {
            // It has nothing.
        }
    }

    /** A device that is written to while it is copied. */
    @Param(name = "block", gen = IntGen.class, conf = "0:1")
    public static class Preserved {

        private final HalvesDevice copy = new HalvesDevice();
        private final PreservingDevice device = new PreservingDevice(new HalvesDevice());
        private final Preservation begun;

        public Preserved() {
            for (int block = 0; block < BLOCKS; block++) {
                device.write((long) block * BLOCK, filled(1, FIRST + block));
            }
            BlockMarks marks = new BlockMarks(BUDGET, "marks", BLOCKS);
            marks.add(0, BLOCKS);
            begun = new Preservation(device, copy, marks, BLOCK, BUFFER);
            device.begin(begun);
        }

        private static MemorySegment filled(int blocks, int value) {
            MemorySegment contents = MemorySegment.ofArray(new byte[blocks * BLOCK]);
            for (int half = 0; half < 2 * blocks; half++) {
                contents.set(ValueLayout.JAVA_INT_UNALIGNED, (long) half * BLOCK / 2, value);
            }
            return contents;
        }

        @Operation
        public void write(@Param(name = "block") int block) {
            device.write((long) block * BLOCK, filled(1, block));
        }

        @Operation
        public void writeAll() {
            device.write(0, filled(BLOCKS, 7));
        }

        /** What the copy has of a block, once it was taken. */
        @Operation(nonParallelGroup = "copier")
        public int take(@Param(name = "block") int block) {
            return take(block, 1) - block;
        }

        @Operation(nonParallelGroup = "copier")
        public int takeAll() {
            return take(0, BLOCKS);
        }

        /** Takes blocks as a backup does; returns what the first held, when the others held as much more as they should. */
        private int take(int block, int blocks) {
            MemorySegment taken = MemorySegment.ofArray(new byte[blocks * BLOCK]);
            begun.take((long) block * BLOCK, taken);
            copy.write((long) block * BLOCK, taken);
            int value = taken.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
            for (int half = 0; half < 2 * blocks; half++) {
                int found = taken.get(ValueLayout.JAVA_INT_UNALIGNED, (long) half * BLOCK / 2);
                if (found != value + half / 2) {
                    return TORN;
                }
            }
            return value;
        }
    }

    @Test
    void take_besideWriters_givesWhatWasThereInEveryInterleaving() {
        new ModelCheckingOptions()
                .iterations(DEEP ? 60 : 4)
                .invocationsPerIteration(DEEP ? 2_000 : 60)
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(0)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(Preserved.class);
    }
}
