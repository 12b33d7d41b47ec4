package io.vexel.collection.store;

import static io.vexel.memory.raw.RawMemory.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Which entry has a key, and where its bytes are: a hash table with chains, which readers look through and copy from without a lock while its one
 * writer changes it.
 *
 * <pre>
 *   heads[hash] --> entry --next--> entry --next--> NONE
 *                   key, address, version (even: there; odd: absent, or being filled)
 * </pre>
 *
 * <p>A reader takes the version of an entry, compares the key, copies the bytes, and takes the version again: what it copied holds if the version
 * is even and still the same. The writer makes a version odd before it changes anything of an entry, and even when all is there. A reader whose
 * chain is changed under it may end up in another chain, or in none: it misses an entry that is there, and never takes a wrong one. Versions are
 * counted modulo 2^32: a reader is deceived only when an entry is filled 2^31 times between its two looks.
 *
 * <p>Memory at the address of an absent entry must stay readable, whatever is there.
 */
final class EntryTable {

    /** No entry. */
    static final int NONE = -1;

    /** Bytes of Java memory an entry, at most. */
    static final int BYTES_PER_ENTRY = 2 * Long.BYTES + 4 * Integer.BYTES;

    /** A reader that went so far went astray. */
    private static final int MOST_STEPS = 64;

    private static final long MIXER = 0x9E37_79B9_7F4A_7C15L;
    private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

    private final int[] heads;
    private final int[] next;
    private final int[] versions;
    private final long[] keys;
    private final long[] addresses;
    private final int shift;

    /** @param entries 1..2^28 */
    EntryTable(int entries) {
        int buckets = Math.max(2, Integer.highestOneBit(Math.max(1, 2 * entries - 1)));
        heads = new int[buckets];
        Arrays.fill(heads, NONE);
        next = new int[entries];
        versions = new int[entries];
        Arrays.fill(versions, 1);
        keys = new long[entries];
        addresses = new long[entries];
        shift = Long.SIZE - Integer.numberOfTrailingZeros(buckets);
    }

    // ---- readers

    /**
     * Copies bytes of the entry with a key.
     *
     * @param offset of the first byte in the entry
     * @return the entry, or {@link #NONE} when it was not found; the target is undefined then
     */
    int copy(long key, int offset, MemorySegment target) {
        int entry = (int) INTS.getAcquire(heads, bucket(key));
        for (int steps = 0; entry != NONE && steps < MOST_STEPS; steps++) {
            int version = (int) INTS.getAcquire(versions, entry);
            if ((version & 1) == 0 && (long) LONGS.getOpaque(keys, entry) == key) {
                long address = (long) LONGS.getOpaque(addresses, entry);
                MemorySegment.copy(
                        ALL,
                        ValueLayout.JAVA_BYTE,
                        address + offset,
                        target,
                        ValueLayout.JAVA_BYTE,
                        0,
                        target.byteSize());
                VarHandle.acquireFence();
                return (int) INTS.getOpaque(versions, entry) == version ? entry : NONE;
            }
            entry = (int) INTS.getAcquire(next, entry);
        }
        return NONE;
    }

    // ---- the writer

    /** The entry with a key, or {@link #NONE}. */
    int find(long key) {
        int entry = heads[bucket(key)];
        while (entry != NONE && keys[entry] != key) {
            entry = next[entry];
        }
        return entry;
    }

    long key(int entry) {
        return keys[entry];
    }

    long address(int entry) {
        return addresses[entry];
    }

    boolean isPresent(int entry) {
        return (versions[entry] & 1) == 0;
    }

    /**
     * Gives an absent entry a key and bytes; readers find it from now on.
     *
     * @param bytes what is copied to the address
     */
    void put(int entry, long key, long address, MemorySegment bytes) {
        assert !isPresent(entry) : "entry " + entry + " is there already";
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, 0, ALL, ValueLayout.JAVA_BYTE, address, bytes.byteSize());
        LONGS.setOpaque(keys, entry, key);
        LONGS.setOpaque(addresses, entry, address);
        int bucket = bucket(key);
        INTS.setRelease(next, entry, heads[bucket]);
        INTS.setRelease(versions, entry, versions[entry] + 1);
        INTS.setRelease(heads, bucket, entry);
    }

    /** Readers find an entry no more, and what they copy from it is no good. Its memory may be written to from now on. */
    void remove(int entry) {
        assert isPresent(entry) : "entry " + entry + " is absent";
        INTS.setOpaque(versions, entry, versions[entry] + 1);
        VarHandle.storeStoreFence();
        int bucket = bucket(keys[entry]);
        int after = next[entry];
        if (heads[bucket] == entry) {
            INTS.setRelease(heads, bucket, after);
            return;
        }
        int before = heads[bucket];
        while (next[before] != entry) {
            before = next[before];
        }
        INTS.setRelease(next, before, after);
    }

    private int bucket(long key) {
        return (int) ((key * MIXER) >>> shift);
    }
}
