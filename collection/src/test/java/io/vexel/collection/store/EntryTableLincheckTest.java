package io.vexel.collection.store;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/**
 * A table that readers look through without a lock is a linearizable map, if who finds nothing looks again with the lock: entries change keys and chains
 * under readers, and none takes a wrong one. By the model checker of Lincheck, which switches threads at every access to the arrays of the table; bytes of
 * entries lie in foreign memory, and are copied in one step here. {@link EntryCacheTest} has readers copy what is half written.
 */
class EntryTableLincheckTest {

    private static final boolean DEEP = Boolean.getBoolean("vexel.deep");

    /** Fewer entries than keys: each put beyond them takes the entry of another key. */
    private static final int ENTRIES = 2;

    private static final int ENTRY_BYTES = Long.BYTES;

    /** Tables that are in use at once are far fewer. */
    private static final int TABLES = 1 << 16;

    private static final AtomicInteger TABLE = new AtomicInteger();
    private static final MemorySegment MEMORY = Arena.global().allocate((long) TABLES * ENTRIES * ENTRY_BYTES);

    @Param(name = "key", gen = IntGen.class, conf = "0:2")
    @Param(name = "value", gen = IntGen.class, conf = "1:9")
    public static class Map {

        private final EntryTable table = new EntryTable(ENTRIES);
        private final long first = (long) TABLE.getAndIncrement() % TABLES * ENTRIES * ENTRY_BYTES;
        private int next;

        /** The value of a key, or 0. */
        @Operation
        public long get(@Param(name = "key") int key) {
            long[] value = new long[1];
            if (table.copy(key, 0, MemorySegment.ofArray(value)) != EntryTable.NONE) {
                return value[0];
            }
            return getLocked(key);
        }

        private synchronized long getLocked(int key) {
            int entry = table.find(key);
            return entry == EntryTable.NONE ? 0 : MEMORY.get(ValueLayout.JAVA_LONG, first + (long) entry * ENTRY_BYTES);
        }

        /** Gives a key a value, in the place of what it had, or else of what is in the next entry. */
        @Operation
        public synchronized void put(@Param(name = "key") int key, @Param(name = "value") int value) {
            int entry = table.find(key);
            if (entry == EntryTable.NONE) {
                entry = next;
                next = (next + 1) % ENTRIES;
            }
            if (table.isPresent(entry)) {
                table.remove(entry);
            }
            long address = MEMORY.address() + first + (long) entry * ENTRY_BYTES;
            table.put(entry, key, address, MemorySegment.ofArray(new long[] {10L * key + value}));
        }

        @Operation
        public synchronized void forget(@Param(name = "key") int key) {
            int entry = table.find(key);
            if (entry != EntryTable.NONE) {
                table.remove(entry);
            }
        }
    }

    @Test
    void table_readWithoutALockWhileEntriesChange_isALinearizableMap() {
        new ModelCheckingOptions()
                .iterations(DEEP ? 30 : 3)
                .invocationsPerIteration(DEEP ? 5_000 : 150)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(2)
                .actorsAfter(1)
                .minimizeFailedScenario(false)
                .check(Map.class);
    }
}
